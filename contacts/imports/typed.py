"""Addresses that somebody typed or pasted as text, such as ``Ana Ruiz <ana@example.com>``."""

import re

from contacts.imports.cells import NAMED_ADDRESS, split_name

MAX_TYPED = 1_000
BREAKS = re.compile(r"[\n;]+|,(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")


def read_typed(text: str) -> list[tuple[str, str, str]]:
    """
    Split typed text into (address, first name, last name).

    Commas, semicolons, line breaks and spaces between bare addresses all separate. What is no
    address stays a row of its own and is refused later, with the reason.
    """
    rows = []
    for piece in BREAKS.split(text):
        entry = piece.strip()
        if not entry:
            continue
        named = NAMED_ADDRESS.match(entry)
        if named:
            first_name, last_name = split_name(named.group("name").strip(" \"'"))
            rows.append((named.group("address"), first_name, last_name))
        elif "<" not in entry and entry.count("@") > 1:
            rows.extend((word, "", "") for word in entry.split())
        else:
            rows.append((entry, "", ""))
    return rows
