"""What the editor of a mail does with a picture that is uploaded."""

from django.http import HttpRequest
from django.utils import timezone

from campaigns.emails import edits
from campaigns.emails.document import Content
from campaigns.pictures import keep_picture, picture_url
from contacts.pictures import MOST_BYTES, PictureRefused


def put_picture(
    request: HttpRequest, content: Content, locale: str, index: int
) -> tuple[Content, str]:
    """
    Keep what was uploaded, and let an image block show it.

    :returns: the mail, and what was done in words
    :raises ContentEditError: if it is no picture, or there is no such block
    """
    file = request.FILES.get("picture")
    if file is None:
        raise edits.ContentEditError("Choose a picture first.")
    if (file.size or 0) > MOST_BYTES:
        raise edits.ContentEditError(
            f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Make it smaller."
        )
    # Looked at before anything is kept.
    edits.set_picture(content, locale, index, url="", width=0)
    user = request.user if request.user.is_authenticated else None
    try:
        picture = keep_picture(
            content=file.read(), name=file.name or "", user=user, now=timezone.now()
        )
    except PictureRefused as error:
        raise edits.ContentEditError(str(error)) from error
    # A fine picture is drawn twice as wide as it is shown.
    changed = edits.set_picture(
        content, locale, index, url=picture_url(picture), width=picture.width
    )
    return changed, "Put in a picture"
