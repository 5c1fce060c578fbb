"""
The colors of a program's public pages, computed from one accent so that all can be read.

Contrast is that of WCAG 2.2: 4.5 for text, 3 for what is only recognized.
"""

import hashlib
import re
from dataclasses import dataclass

LIGHT, DARK, AUTO = "light", "dark", "auto"
SCHEMES = (AUTO, LIGHT, DARK)
# The green of pages without a color of their own.
USUAL = "#15693b"
TEXT_CONTRAST = 4.5
COLOR = re.compile(r"#[0-9a-f]{6}")
WHITE, BLACK = "#ffffff", "#000000"
STEPS = 50


@dataclass(frozen=True)
class Ground:
    """What text stands on in one scheme, and the text itself."""

    ink: str
    ink_soft: str
    paper: str
    sheet: str
    line: str
    bad: str
    tint: float


GROUNDS = {
    LIGHT: Ground("#17201b", "#55605a", "#f4f6f3", WHITE, "#dde3de", "#a8261c", 0.1),
    DARK: Ground(
        "#eef3ef", "#a9b5ad", "#0f1411", "#181f1b", "#2b352f", "#ff9c92", 0.16
    ),
}


def channels(color: str) -> tuple[int, int, int]:
    """Split a color like #15693b into red, green and blue."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def luminance(color: str) -> float:
    """Measure how bright a color is, from 0 to 1."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Measure the contrast of two colors, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(color: str, other: str, share: float) -> str:
    """Mix a share of another color into a color."""
    pairs = zip(channels(color), channels(other), strict=True)
    mixed = [round(one + (two - one) * share) for one, two in pairs]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def text_on(color: str) -> str:
    """Choose the color of text on a ground: white if that can be read, else black."""
    return WHITE if contrast(WHITE, color) >= TEXT_CONTRAST else BLACK


def readable(color: str, grounds: tuple[str, ...], toward: str) -> str:
    """Shift a color toward another, no further than needed to be read on all grounds."""
    for step in range(STEPS + 1):
        shifted = mix(color, toward, step / STEPS)
        if all(contrast(shifted, ground) >= TEXT_CONTRAST for ground in grounds):
            return shifted
    return toward


def palette(accent: str, scheme: str) -> dict[str, str]:
    """Compute the colors of a scheme, light or dark, by the names that the styles use."""
    ground = GROUNDS[scheme]
    soft = mix(ground.sheet, accent, ground.tint)
    toward = BLACK if scheme == LIGHT else WHITE
    on_accent = text_on(accent)
    return {
        "ink": ground.ink,
        "ink-soft": ground.ink_soft,
        "paper": ground.paper,
        "sheet": ground.sheet,
        "line": ground.line,
        "bad": ground.bad,
        "accent": accent,
        "accent-strong": mix(accent, BLACK if on_accent == WHITE else WHITE, 0.18),
        "on-accent": on_accent,
        "accent-text": readable(accent, (ground.sheet, ground.paper, soft), toward),
        "accent-soft": soft,
    }


def stylesheet(accent: str, scheme: str) -> str:
    """Write the colors as a stylesheet that follows the general one."""
    light = _rule(LIGHT, palette(accent, LIGHT))
    dark = _rule(DARK, palette(accent, DARK))
    if scheme == AUTO:
        return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
    return dark if scheme == DARK else light


def _rule(scheme: str, colors: dict[str, str]) -> str:
    """Write the colors of one scheme."""
    lines = "".join(f"  --{name}: {color};\n" for name, color in colors.items())
    return f":root {{\n  color-scheme: {scheme};\n{lines}}}\n"


def version_of(accent: str, scheme: str) -> str:
    """Name the contents of a stylesheet, so that browsers may keep it for ever."""
    return hashlib.sha256(stylesheet(accent, scheme).encode()).hexdigest()[:10]
