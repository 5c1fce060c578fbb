"""Files of pictures."""

from io import BytesIO
from typing import Any

from PIL import Image


def make_file(
    kind: str = "PNG", *, size: tuple[int, int] = (40, 20), color: Any = "red"
) -> bytes:
    """Draw a picture of one color as a file."""
    out = BytesIO()
    mode = "RGBA" if isinstance(color, tuple) and len(color) == 4 else "RGB"
    Image.new(mode, size, color).save(out, kind)
    return out.getvalue()


def make_moving_file(
    *, size: tuple[int, int] = (40, 20), frames: int = 3, kind: str = "GIF"
) -> bytes:
    """Draw a picture that moves: each frame is of another color."""
    out = BytesIO()
    first, *others = [
        Image.new("RGB", size, (number * 40 % 256, 0, 0)) for number in range(frames)
    ]
    first.save(out, kind, save_all=True, append_images=others, duration=70, loop=0)
    return out.getvalue()
