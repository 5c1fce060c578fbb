"""
The picture that a chat shows for a link: the offer, large, in the color of the program.

Drawn from the program's own words with the font that comes with the packages, which knows the
letters of English only. An offer with others is told by the card's text, and the picture shows
the logo or the brand; where it knows neither there is no picture.
"""

import hashlib
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from referrals.models import Logo, Program
from referrals.theme import WHITE, text_on

SIZE = (1200, 630)
MARGIN = 90
# A new number draws all pictures anew.
VERSION = 1
LINES = 4


def version_of(program: Program) -> str:
    """Name a picture by all that it shows, so that apps may keep it for ever."""
    shown = (
        str(VERSION),
        program.accent,
        program.brand,
        program.friend_headline,
        program.logo_digest,
    )
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:16]


def has_card(program: Program) -> bool:
    """Whether there is anything to show."""
    words = (program.brand, program.friend_headline)
    return bool(program.logo_digest) or any(is_drawable(text) for text in words)


def draw_card(program: Program) -> bytes:
    """Draw the picture of a program that speaks the friend's language, as PNG."""
    logo = Logo.objects.filter(digest=program.logo_digest or "none").first()
    return _draw(
        program.accent,
        program.brand,
        program.friend_headline,
        bytes(logo.content) if logo else b"",
    )


@lru_cache(maxsize=32)
def _draw(accent: str, brand: str, headline: str, logo: bytes) -> bytes:
    """Draw the picture from what it shows."""
    ink = text_on(accent)
    picture = Image.new("RGB", SIZE, accent)
    draw = ImageDraw.Draw(picture)
    if logo:
        _paste_logo(picture, logo)
    elif is_drawable(brand):
        draw.text((MARGIN, MARGIN), brand, fill=ink, font=_font(40))
    if is_drawable(headline):
        _write(draw, headline, ink)
    file = BytesIO()
    picture.quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()


def _paste_logo(picture: Image.Image, logo: bytes) -> None:
    """Put the logo on a light plate, for it was made for a page."""
    drawn = Image.open(BytesIO(logo)).convert("RGBA")
    width, height = drawn.width + 48, drawn.height + 40
    plate = Image.new("RGB", (width, height), WHITE)
    plate.paste(drawn, (24, 20), drawn)
    picture.paste(plate, (MARGIN, MARGIN))


def _write(draw: ImageDraw.ImageDraw, text: str, ink: str) -> None:
    """Write the headline as large as it fits, from the bottom up."""
    for size in (104, 84, 68, 54, 44):
        font = _font(size)
        lines = _wrap(draw, text, font)
        if len(lines) <= (2 if size > 84 else LINES if size < 84 else 3):
            break
    step = round(size * 1.2)
    top = SIZE[1] - MARGIN - step * len(lines[:LINES])
    for number, line in enumerate(lines[:LINES]):
        draw.text((MARGIN, top + number * step), line, fill=ink, font=font)


def _wrap(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont
) -> list[str]:
    """Break a text into lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font=font) <= SIZE[0] - 2 * MARGIN or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def is_drawable(text: str) -> bool:
    """Whether the font has all letters of a text."""
    return text.isascii() and text.isprintable()


def _font(size: int) -> ImageFont.FreeTypeFont:
    """Take the font that comes with Pillow."""
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("expected Pillow with FreeType")
    return font
