"""What a mail says of a person without a word for those of whom it is not known."""

import re
from collections.abc import Iterable

from campaigns.emails.checks import parts_of
from campaigns.emails.document import Variant

# A value of the contact that is written out, and its filters.
OUTPUT = re.compile(
    r"\{\{-?\s*(contact(?:\.\w+|\[\s*[\"'][^\"'\]]+[\"']\s*\])+)\s*((?:\|[^}]*)?)-?\}\}"
)
DEFAULT = re.compile(r"\|\s*default\b")
# Tags that look at a value before it is written.
GUARD = re.compile(r"\{%-?\s*(?:if|elsif|unless|case)\b([^%]*)%\}")
NAME = re.compile(r"contact(?:\.\w+|\[\s*[\"'][^\"'\]]+[\"']\s*\])+")
BRACKET = re.compile(r"\[\s*[\"']([^\"'\]]+)[\"']\s*\]")


def without_default(variant: Variant) -> list[str]:
    """Name the values of the contact that a mail writes out with no default; see ``bare_in``."""
    return bare_in(part.text for part in parts_of(variant))


def bare_in(texts: Iterable[str]) -> list[str]:
    """
    Name the values of the contact that are written out with no default, in order, each once.

    One that a condition of the same text looks at is taken to be cared for.
    """
    found: dict[str, None] = {}
    for text in texts:
        guarded = {
            _dotted(name)
            for guard in GUARD.finditer(text)
            for name in NAME.findall(guard[1])
        }
        for output in OUTPUT.finditer(text):
            name = _dotted(output[1])
            if not DEFAULT.search(output[2]) and name not in guarded:
                found.setdefault(name)
    return list(found)


def _dotted(name: str) -> str:
    """Write a path with dots."""
    return BRACKET.sub(r".\1", name)
