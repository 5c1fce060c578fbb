"""
What values look like: the names of their types, and the paths that lead to them.

A path is "total", "address.city" or "products.$.price", where "$" stands for each element
of a list. A date is a text in ISO 8601, as every client writes it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

TEXT = "text"
NUMBER = "number"
INTEGER = "integer"
FLAG = "flag"
DATE = "date"
LIST = "list"
OBJECT = "object"
EMPTY = "empty"

# The names of types, as people read them.
TYPE_LABELS = {
    TEXT: "text",
    NUMBER: "number",
    INTEGER: "whole number",
    FLAG: "yes or no",
    DATE: "date",
    LIST: "list",
    OBJECT: "object",
    EMPTY: "empty",
}
ELEMENT = "$"
DATE_PATTERN = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
# The longest text that may be a date.
LONGEST_DATE = 40
# More paths than these in one message say nothing about its shape.
MOST_PATHS = 300
MOST_ELEMENTS = 20
MOST_LEVELS = 5
CONTAINERS = (dict, list)


def type_of(value: Any) -> str:
    """Name the type of a value as JSON has it."""
    if isinstance(value, str):
        return DATE if is_date(value) else TEXT
    # A flag is an integer to Python, so it comes first.
    if isinstance(value, bool):
        return FLAG
    if isinstance(value, int):
        return INTEGER
    if isinstance(value, float):
        return NUMBER
    if value is None:
        return EMPTY
    return LIST if isinstance(value, list | tuple) else OBJECT


def is_date(text: str) -> bool:
    """Whether a text is a day or a moment in ISO 8601."""
    return 10 <= len(text) <= LONGEST_DATE and DATE_PATTERN.fullmatch(text) is not None


def walk(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """
    List the paths in the properties of a message with their values, objects and lists too.

    A path of a list's elements comes once for each element. Bounded in depth, in elements
    looked at and in paths, so that a hostile message costs little.
    """
    waiting: list[tuple[str, Any, int]] = [("", values, 0)]
    left = MOST_PATHS
    while waiting:
        prefix, container, level = waiting.pop()
        for name, value in _children(container):
            if left == 0:
                return
            left -= 1
            path = prefix + name
            yield path, value
            if value.__class__ in CONTAINERS and value and level < MOST_LEVELS:
                waiting.append((f"{path}.", value, level + 1))


def _children(container: Any) -> Iterable[tuple[str, Any]]:
    """List the parts of an object or a list."""
    if isinstance(container, dict):
        return container.items()
    return [(ELEMENT, value) for value in container[:MOST_ELEMENTS]]
