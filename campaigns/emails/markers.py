"""
Hide Liquid behind plain letters while other tools work on the text.

MRML turns ``>`` into ``&gt;`` and fails on ``<`` inside of a tag; escaping would break quotes.
"""

import re

LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


class Markers:
    """The Liquid of one text, out of sight; ``missing`` tells what got lost meanwhile."""

    def __init__(self, text: str) -> None:
        """Hide each piece of Liquid in the text."""
        self.prefix = "LQ"
        while self.prefix in text:
            self.prefix += "X"
        self.pieces: list[str] = []
        self.text = LIQUID.sub(self.hide, text)
        self.pattern = re.compile(rf"{self.prefix}(\d{{5}})QL")

    def hide(self, match: re.Match[str]) -> str:
        """Put a marker in the place of a piece."""
        self.pieces.append(match.group())
        return f"{self.prefix}{len(self.pieces) - 1:05d}QL"

    def restore(self, text: str) -> str:
        """Put each piece back where its marker is."""
        return self.pattern.sub(lambda match: self.pieces[int(match.group(1))], text)

    def missing(self, text: str) -> list[str]:
        """Name the pieces whose marker is not in the text any more."""
        found = {int(number) for number in self.pattern.findall(text)}
        return [piece for index, piece in enumerate(self.pieces) if index not in found]
