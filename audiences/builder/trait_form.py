"""
The definition of a trait as a form: the parts of the condition builder, put together otherwise.

A field is called ``trait::<name>``. What was typed is kept as it was typed: ``parse_trait``
judges it later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audiences.builder.choices import Catalog
from audiences.builder.comparisons import NEW_FILTER, Filters
from audiences.builder.controls import At, Picked, SelectView, Words
from audiences.builder.fields import inside, list_of, text_of
from audiences.builder.names import EventName, NameView, read_name, show_name
from audiences.builder.times import When
from audiences.conditions.traits import FORMULAS, WITHOUT_PROPERTY

PREFIX = "trait"
START = f"{PREFIX}::"
KINDS = {
    "count": "how many times",
    "sum": "the sum of",
    "average": "the average of",
    "min": "the lowest",
    "max": "the highest",
    "most_frequent": "the most frequent",
    "first": "the first",
    "latest": "the latest",
    "unique_values": "the different values of",
    "unique_count": "how many different values of",
    "days_active": "on how many days",
    "days_since_first": "days since the first",
    "days_since_latest": "days since the latest",
    "formula": "a formula of two traits",
}
LEVELS = {"contact": "of the contact", "account": "of everybody in the account"}
MOST_FILTERS = 20
NEW = {"kind": "count", "event": "", "filters": [], "window": {"kind": "ever"}}


def numbers(catalog: Catalog) -> Sequence[tuple[Any, str]]:
    """List the traits of which a formula can be put together."""
    return [(one.name, one.label) for one in catalog.traits if one.type == "number"]


KIND = Words("kind", KINDS, "What to compute", refreshes=True)
LEVEL = Words("level", LEVELS, "Whose events")
WINDOW = When(kinds=("ever", "last"))
EVENT, FILTERS = EventName(), Filters()
LEFT = Picked("left", "Trait", "Choose a trait…", numbers)
RIGHT = Picked("right", "Trait", "Choose a trait…", numbers)
OPERATOR = Words("operator", FORMULAS, "Calculation")


@dataclass(frozen=True)
class TraitFormView:
    """The controls of a definition, in the order of the sentence."""

    kind: SelectView
    is_formula: bool
    event: NameView | None = None
    property: NameView | None = None
    window: Any = None
    level: SelectView | None = None
    filters: Any = None
    has_room: bool = False
    left: SelectView | None = None
    operator: SelectView | None = None
    right: SelectView | None = None
    place: str = ""


def is_posted(form: Mapping[str, Any]) -> bool:
    """Whether a form holds a definition at all."""
    return f"{START}kind" in form


def read_definition(form: Mapping[str, Any]) -> dict[str, Any]:
    """Read a definition from the fields of a form."""
    fields = {
        key[len(START) :]: str(form[key]) for key in form if key.startswith(START)
    }
    kind = KIND.read(fields)["kind"]
    if kind == "formula":
        return {
            "kind": kind,
            **LEFT.read(fields),
            **OPERATOR.read(fields),
            **RIGHT.read(fields),
        }
    return {
        "kind": kind,
        "event": EVENT.read(fields)["name"],
        "property": read_name(inside(fields, "property"))["name"],
        **FILTERS.read(fields),
        **WINDOW.read(fields),
        **LEVEL.read(fields),
    }


def edit(definition: dict[str, Any], action: str, detail: str) -> None:
    """Add a filter, or take one out; anything else changes nothing."""
    filters = definition.get("filters")
    if not isinstance(filters, list):
        return
    number = detail.removeprefix("filters.")
    if action == "insert" and len(filters) < MOST_FILTERS:
        filters.append(dict(NEW_FILTER))
    elif action == "drop" and number.isdecimal() and int(number) < len(filters):
        del filters[int(number)]


def show_definition(
    definition: Mapping[str, Any], *, was_chosen: bool = False
) -> TraitFormView:
    """Show a definition, complete or not; a few queries for what can be chosen."""
    at = At(START, PREFIX, "", Catalog(), was_chosen=was_chosen)
    kind = text_of(definition, "kind", "count")
    shown = KIND.show(definition, at)
    if kind == "formula":
        return TraitFormView(
            shown,
            is_formula=True,
            left=LEFT.show(definition, at),
            operator=OPERATOR.show(definition, at),
            right=RIGHT.show(definition, at),
        )
    event = text_of(definition, "event")
    named = {**definition, "name": event}
    return TraitFormView(
        shown,
        is_formula=False,
        event=EVENT.show(named, at),
        property=None
        if kind in WITHOUT_PROPERTY
        else _property(text_of(definition, "property"), event, at),
        window=WINDOW.show(definition, at),
        level=LEVEL.show(definition, at),
        filters=FILTERS.show(named, at),
        has_room=len(list_of(definition, "filters")) < MOST_FILTERS,
    )


def _property(name: str, event: str, at: At) -> NameView:
    """Show the properties of the event, without those inside of others."""
    known = [entry for entry in at.catalog.properties(event) if not entry.path]
    return show_name(
        {"name": name},
        [("Properties", known)],
        at.inside("property"),
        "Property",
        "Choose a property…",
        has_path=False,
    )
