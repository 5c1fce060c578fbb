"""
What a trait is: a value computed from events, of each contact or of each account.

A definition is a document (JSON) like a condition; ``LANGUAGE.md`` has its words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import (
    PropertyIs,
    dump_comparison,
    parse_choice,
    parse_reference,
)
from audiences.conditions.errors import ConditionError
from audiences.conditions.happenings import parse_filters, say_filters
from audiences.conditions.kind import Names
from audiences.conditions.operands import dump_window, parse_text, parse_window
from audiences.conditions.windows import Ever, Last, Window
from audiences.conditions.words import describe_window, quoted, readable

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

FORMULAS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷"}
LEVELS = ("contact", "account")
SENTENCES = {
    "count": "number of",
    "sum": "sum of",
    "average": "average of",
    "min": "lowest",
    "max": "highest",
    "most_frequent": "most frequent",
    "first": "first",
    "latest": "latest",
    "unique_values": "different values of",
    "unique_count": "number of different values of",
    "days_active": "days with",
    "days_since_first": "days since the first",
    "days_since_latest": "days since the latest",
}


def parse_trait(document: object) -> Trait:
    """
    Read a definition.

    :raises ConditionError: for the first thing that can't be understood
    """
    if not isinstance(document, Mapping):
        raise ConditionError((), "Choose what to compute.")
    kind = parse_choice(document, (), "kind", VALUES)
    if kind == "formula":
        return Formula(
            left=_parse_side(document, "left"),
            operator=parse_choice(document, (), "operator", FORMULAS),
            right=_parse_side(document, "right"),
        )
    event = document.get("event")
    if not isinstance(event, str) or not event.strip():
        raise ConditionError(("event",), "Choose an event.")
    return Aggregate(
        kind=kind,
        event=parse_text(event, ("event",)),
        property="" if kind in WITHOUT_PROPERTY else _parse_property(document),
        window=_parse_window(document),
        filters=parse_filters(document, ()),
        is_of_account=document.get("level", "contact") != "contact"
        and parse_choice(document, (), "level", LEVELS) == "account",
    )


def _parse_side(document: Mapping[str, Any], side: str) -> int:
    """Read which trait stands on a side of a formula."""
    try:
        return parse_reference({"trait": document.get(side)}, (), "trait")
    except ConditionError as error:
        raise ConditionError((side,), error.message) from None


def _parse_property(document: Mapping[str, Any]) -> str:
    """Read the name of the property."""
    name = document.get("property")
    if not isinstance(name, str) or not name.strip():
        raise ConditionError(("property",), "Choose a property.")
    return parse_text(name, ("property",))


def _parse_window(document: Mapping[str, Any]) -> Window:
    """Read over which time: ever, or a span that ends now."""
    window = parse_window(document.get("window", {"kind": "ever"}), ("window",))
    if not isinstance(window, Ever | Last):
        raise ConditionError(("window",), "Choose “ever” or “in the last”.")
    return window


def dump_trait(trait: Trait) -> dict[str, Any]:
    """Write a definition as a document that parses to the same."""
    if isinstance(trait, Formula):
        return {
            "kind": "formula",
            "left": trait.left,
            "operator": trait.operator,
            "right": trait.right,
        }
    inside = {"property": trait.property} if trait.property else {}
    return {
        "kind": trait.kind,
        "event": trait.event,
        **inside,
        "filters": [dump_comparison(inner) for inner in trait.filters],
        "window": dump_window(trait.window),
        "level": "account" if trait.is_of_account else "contact",
    }


def describe_trait(trait: Trait, names: Names) -> str:
    """Say what is computed, as a phrase without an article."""
    if isinstance(trait, Formula):
        left, right = (
            quoted(names.traits.get(side, "a deleted trait"))
            for side in (trait.left, trait.right)
        )
        return f"{left} {FORMULAS[trait.operator]} {right}"
    event = quoted(names.events.get(trait.event) or readable(trait.event, capital=True))
    of = f" {readable(trait.property)} of" if trait.property else ""
    whose = " by anybody of the account" if trait.is_of_account else ""
    return (
        f"{SENTENCES[trait.kind]}{of} {event}{whose}"
        f"{describe_window(trait.window)}{say_filters(trait.filters)}"
    )


def sides(trait: Trait) -> tuple[int, ...]:
    """List the traits of which one is put together."""
    return (trait.left, trait.right) if isinstance(trait, Formula) else ()


def aggregates_of(trait_id: int, traits: Traits) -> list[Aggregate]:
    """List what is computed from events for a trait: itself, or the sides of its formula."""
    trait = traits.get(trait_id)
    found = [traits.get(side) for side in sides(trait)] if trait else []
    return [one for one in [trait, *found] if isinstance(one, Aggregate)]


def value_type(trait: Trait) -> str:
    """Say which sort of data a trait gives: "number", "text" or "list"."""
    return VALUES["formula" if isinstance(trait, Formula) else trait.kind]
