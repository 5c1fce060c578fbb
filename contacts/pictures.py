"""
Pictures that somebody has uploaded, drawn anew, so that nothing of the file itself is served.

What comes out is a PNG, a JPEG or a GIF without any metadata, as every mail program and browser
shows them.
"""

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, ImageSequence

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 30_000_000
MOST_FRAMES = 200
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
KINDS = "Choose a PNG, JPEG, GIF or WebP file."


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept; ``extension`` is png, jpg or gif."""

    extension: str
    width: int
    height: int
    content: bytes

    @property
    def digest(self) -> str:
        """Name it by what it shows."""
        return hashlib.sha256(self.content).hexdigest()


class PictureRefused(ValueError):
    """The file can't be taken; the message is for the marketer."""


def redraw(content: bytes, *, widest: int) -> Picture:
    """
    Draw a picture anew, no wider than asked for; one that moves goes on moving.

    :raises PictureRefused: if it is none, or too large
    """
    if len(content) > MOST_BYTES:
        raise PictureRefused(
            f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Make it smaller."
        )
    try:
        with warnings.catch_warnings():
            # What Pillow only warns of is too large, too.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=FORMATS) as image:
                return _draw(image, widest)
    except PictureRefused:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise PictureRefused(
            f"This is no picture that can be shown. {KINDS}"
        ) from error


def _draw(image: Image.Image, widest: int) -> Picture:
    """Draw what was opened; the sizes are looked at before anything is unpacked."""
    frames = getattr(image, "n_frames", 1)
    if image.width * image.height * frames > MOST_PIXELS:
        raise PictureRefused(
            f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels. Make it"
            " smaller."
        )
    if frames > MOST_FRAMES:
        raise PictureRefused(f"The picture has more than {MOST_FRAMES} frames.")
    if image.format == "GIF" and frames > 1:
        return _moving(image, widest)
    upright = _shrink(ImageOps.exif_transpose(image), widest)
    out = BytesIO()
    if image.format in ("PNG", "GIF") or _is_clear(upright):
        shown = upright.convert("RGBA" if _is_clear(upright) else "RGB")
        shown.save(out, "PNG", optimize=True)
        return Picture("png", *shown.size, out.getvalue())
    shown = upright.convert("RGB")
    shown.save(out, "JPEG", quality=85, optimize=True, progressive=True)
    return Picture("jpg", *shown.size, out.getvalue())


def _moving(image: Image.Image, widest: int) -> Picture:
    """Draw each frame of a picture that moves."""
    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        durations.append(frame.info.get("duration", 100))
        frames.append(_shrink(frame.convert("RGBA"), widest))
    out = BytesIO()
    frames[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=image.info.get("loop", 0),
        disposal=2,
    )
    return Picture("gif", *frames[0].size, out.getvalue())


def _shrink(image: Image.Image, widest: int) -> Image.Image:
    """Make a picture that is too wide as wide as it may be."""
    if image.width <= widest:
        return image
    height = max(1, round(image.height * widest / image.width))
    mode = image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGBA")
    return mode.resize((widest, height), Image.Resampling.LANCZOS)


def _is_clear(image: Image.Image) -> bool:
    """Whether one may see through it somewhere."""
    if image.mode in ("RGBA", "LA", "PA"):
        lowest = image.getchannel("A").getextrema()[0]
        return isinstance(lowest, (int, float)) and lowest < 255
    return "transparency" in image.info
