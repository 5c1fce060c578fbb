"""The pictures of mails, for whoever opens one; kept by browsers for ever."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from campaigns.models import Picture
from campaigns.pictures import TYPES

FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def show_picture(request: HttpRequest, digest: str, extension: str) -> HttpResponse:
    """Answer with a picture; its address is its hash, so it is never another one."""
    picture = Picture.objects.filter(digest=digest, extension=extension).first()
    if picture is None:
        raise Http404("There is no such picture.")
    response = HttpResponse(
        bytes(picture.content), content_type=TYPES[picture.extension]
    )
    response["Cache-Control"] = FOR_EVER
    response["Content-Security-Policy"] = "default-src 'none'"
    # Mails are read on pages of others.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
