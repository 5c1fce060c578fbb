"""What gives a program's pages their look: a stylesheet and a logo, kept by browsers for ever."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from referrals import theme
from referrals.models import Logo

FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def show_theme(
    request: HttpRequest, color: str, scheme: str, version: str
) -> HttpResponse:
    """Answer with the colors; they follow from the address alone, so nothing is read."""
    accent = f"#{color}"
    if not theme.COLOR.fullmatch(accent) or scheme not in theme.SCHEMES:
        raise Http404("There is no such look.")
    response = HttpResponse(
        theme.stylesheet(accent, scheme), content_type="text/css; charset=utf-8"
    )
    # An address of another release shows today's colors, but is not kept.
    is_current = version == theme.version_of(accent, scheme)
    response["Cache-Control"] = FOR_EVER if is_current else "no-cache"
    return response


@require_safe
def show_logo(request: HttpRequest, digest: str) -> HttpResponse:
    """Answer with a logo."""
    logo = Logo.objects.filter(digest=digest).first()
    if logo is None:
        raise Http404("There is no such logo.")
    response = HttpResponse(bytes(logo.content), content_type="image/png")
    response["Cache-Control"] = FOR_EVER
    response["Content-Security-Policy"] = "default-src 'none'"
    return response
