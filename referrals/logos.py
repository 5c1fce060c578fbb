"""Take a logo from a marketer: only the picture, drawn anew, so nothing else comes along."""

import hashlib
import warnings
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from referrals.models import Logo, Program

MOST_BYTES = 2_000_000
MOST_PIXELS = 16_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
# Twice as large as it is shown, for screens with fine dots.
SHOWN = (240, 60)
DRAWN = (480, 120)
# A page has 60 kB; a photo with many colors gets fewer.
HEAVY = 24_000


class LogoRefused(ValueError):
    """The file is no picture that we take; the text says what to do about it."""


@dataclass(frozen=True)
class Drawing:
    """A picture as we keep it, and how large it is shown."""

    content: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        """Name the picture by its contents."""
        return hashlib.sha256(self.content).hexdigest()


def draw_logo(content: bytes) -> Drawing:
    """
    Draw an uploaded picture anew, small, as PNG: neither scripts nor remarks survive.

    :raises LogoRefused: if it is no picture, or too large
    """
    try:
        with warnings.catch_warnings():
            # The size is looked at below, before anything is unpacked.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise LogoRefused("The picture is too large. 1,000 pixels wide is plenty.")
        drawn = ImageOps.exif_transpose(picture).convert("RGBA")
    except (
        Image.DecompressionBombError,
        UnidentifiedImageError,
        OSError,
        SyntaxError,
    ) as error:
        raise LogoRefused(
            "This is not a PNG, JPEG or WebP picture. Save the logo as PNG and upload"
            " that."
        ) from error
    drawn.thumbnail(DRAWN)
    packed = _packed(drawn)
    if len(packed) > HEAVY:
        packed = _packed(drawn.quantize(128, method=Image.Quantize.FASTOCTREE))
    scale = min(1, SHOWN[0] / drawn.width, SHOWN[1] / drawn.height)
    return Drawing(
        packed,
        max(1, round(drawn.width * scale)),
        max(1, round(drawn.height * scale)),
    )


def _packed(picture: Image.Image) -> bytes:
    """Write a picture as PNG."""
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def read_logo(upload: UploadedFile) -> Drawing:
    """
    Read an uploaded file.

    :raises LogoRefused: if it is no picture, or too large
    """
    if (upload.size or 0) > MOST_BYTES:
        raise LogoRefused("The file is larger than 2 MB. Save it smaller.")
    return draw_logo(upload.read())


@transaction.atomic
def set_logo(
    *,
    program: Program,
    drawing: Drawing | None,
    user: AbstractBaseUser | None,
    now: datetime,
) -> None:
    """Give a program a logo, or none; the picture stays for those who still load it."""
    if drawing:
        Logo.objects.get_or_create(
            digest=drawing.digest,
            defaults={
                "content": drawing.content,
                "created_at": now,
                "created_by_id": user.pk if user else None,
            },
        )
    program.logo_digest = drawing.digest if drawing else ""
    program.logo_width = drawing.width if drawing else 0
    program.logo_height = drawing.height if drawing else 0
    program.save(update_fields=["logo_digest", "logo_width", "logo_height"])
