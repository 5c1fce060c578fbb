"""A link as a QR code to print."""

from collections.abc import Mapping
from io import BytesIO

import segno
from django.http import HttpResponse

from referrals.links import link_url

KINDS = {"svg": "image/svg+xml", "png": "image/png"}


def qr_file(code: str, tags: Mapping[str, str], *, kind: str) -> HttpResponse:
    """Draw a link as a file to download; without a channel of its own it is tagged "qr"."""
    url = link_url(
        code,
        tags.get("channel") or "qr",
        asset=tags.get("asset", ""),
        place=tags.get("place", ""),
    )
    drawn = segno.make(url, error="m", micro=False)
    file = BytesIO()
    drawn.save(file, kind=kind, scale=8 if kind == "svg" else 16, border=4)
    response = HttpResponse(file.getvalue(), content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="link-{code}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response
