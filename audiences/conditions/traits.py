"""
What a trait is: a value computed from events, of each contact or of each account.

A definition is a document (JSON) like a condition; ``LANGUAGE.md`` has its words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import PropertyIs
from audiences.conditions.windows import Ever, Window

# What each kind of trait gives: a number, a text (or flag), or a list of texts.
VALUES = {
    "count": "number",
    "sum": "number",
    "average": "number",
    "min": "number",
    "max": "number",
    "most_frequent": "text",
    "first": "text",
    "latest": "text",
    "unique_values": "list",
    "unique_count": "number",
    "days_active": "number",
    "days_since_first": "number",
    "days_since_latest": "number",
    "formula": "number",
}
# What is computed of events alone, without one of their properties.
WITHOUT_PROPERTY = ("count", "days_active", "days_since_first", "days_since_latest")
# What somebody has of whom no event counts; of anything else nothing is known.
WITHOUT_EVENTS = {"count": 0, "sum": 0, "unique_count": 0, "days_active": 0}


@dataclass(frozen=True)
class Aggregate:
    """A value computed from the events of a name within a window."""

    kind: str
    event: str
    property: str = ""
    window: Window = Ever()
    filters: tuple[PropertyIs, ...] = ()
    # Over all events of all contacts of the accounts to which the contact belongs.
    is_of_account: bool = False


@dataclass(frozen=True)
class Formula:
    """Two traits put together: "add", "subtract", "multiply" or "divide"."""

    left: int
    operator: str
    right: int


Trait = Aggregate | Formula
Traits = Mapping[int, Trait]


def value_type(definition: Mapping[str, Any]) -> str:
    """Say which sort of data a definition gives."""
    return VALUES[str(definition["kind"])]
