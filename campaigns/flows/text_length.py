"""How many parts a text message is sent in: 7 bits a character where they suffice, else 16."""

from dataclasses import dataclass

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# These take two places.
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
# In one part, and in each of several.
GSM_LENGTHS = (160, 153)
WIDE_LENGTHS = (70, 67)


@dataclass(frozen=True)
class TextLength:
    """The length of a text in places, and in how many parts it is sent."""

    places: int
    parts: int
    is_wide: bool


def measure(text: str) -> TextLength:
    """Measure a text; a character is not cut in two by the end of a part."""
    is_wide = not set(text) <= GSM | GSM_EXTENDED
    sizes = [_size(character, is_wide) for character in text]
    alone, together = WIDE_LENGTHS if is_wide else GSM_LENGTHS
    places = sum(sizes)
    if places <= alone:
        return TextLength(places, 1, is_wide)
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > together:
            parts, filled = parts + 1, 0
        filled += size
    return TextLength(places, parts, is_wide)


def _size(character: str, is_wide: bool) -> int:
    """Say how many places a character takes."""
    if is_wide:
        return len(character.encode("utf-16-le", "surrogatepass")) // 2
    return 2 if character in GSM_EXTENDED else 1
