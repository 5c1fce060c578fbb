"""Addresses that somebody typed or pasted as text, such as ``Ana Ruiz <ana@example.com>``."""

import re

from contacts.cells import LONGEST, NAMED_ADDRESS, split_name

MAX_TYPED = 1_000
# What separates entries, and a quoted name, in which nothing separates.
PIECES = re.compile(r'"[^"\n]*"|[^",;\n]+|"')


def split_entries(text: str) -> list[str]:
    """Split a text at commas, semicolons and line breaks outside of quotes."""
    entries = [""]
    end = 0
    for piece in PIECES.finditer(text):
        if piece.start() > end:
            entries.append("")
        entries[-1] += piece.group()
        end = piece.end()
    return [entry.strip() for entry in entries if entry.strip()]


def read_typed(text: str) -> list[tuple[str, str, str]]:
    """
    Split typed text into (address, first name, last name).

    Commas, semicolons, line breaks and spaces between bare addresses all separate. What is no
    address stays a row of its own and is refused later, with the reason.
    """
    rows = []
    for entry in split_entries(text):
        named = NAMED_ADDRESS.match(entry[:LONGEST])
        if named:
            first_name, last_name = _names(named.group("name").strip(" \"'"))
            rows.append((named.group("address"), first_name, last_name))
        elif "<" not in entry and entry.count("@") > 1:
            rows.extend((word, "", "") for word in entry.split())
        else:
            rows.append((entry, "", ""))
    return rows


def _names(text: str) -> tuple[str, str]:
    """Split ``Ann Lee`` or ``Lee, Ann`` into first and last name."""
    if "," in text:
        last_name, _, first_name = text.partition(",")
        return first_name.strip(), last_name.strip()
    return split_name(text)
