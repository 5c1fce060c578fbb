"""
An event with filters as a form of its own: the parts of the condition builder, without the rest.

A field is called ``<prefix>::<name>``. What was typed is kept as it was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audiences.builder.choices import Catalog
from audiences.builder.comparisons import NEW_FILTER, Filters
from audiences.builder.controls import At
from audiences.builder.fields import list_of
from audiences.builder.names import EventName, NameView

MOST_FILTERS = 20
EVENT, FILTERS = EventName(), Filters()


@dataclass(frozen=True)
class EventFormView:
    """The controls: the event, and its filters."""

    event: NameView
    filters: Any
    has_room: bool
    place: str = ""


def is_posted(form: Mapping[str, Any], prefix: str) -> bool:
    """Whether a form holds an event of that name at all."""
    return any(key.startswith(f"{prefix}::") for key in form)


def read_event(form: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Read name and filters from the fields of a form."""
    start = f"{prefix}::"
    fields = {
        key[len(start) :]: str(form[key]) for key in form if key.startswith(start)
    }
    return {"name": EVENT.read(fields)["name"], **FILTERS.read(fields)}


def edit(event: dict[str, Any], action: str, detail: str) -> None:
    """Add a filter, or take one out; anything else changes nothing."""
    filters = event["filters"]
    number = detail.removeprefix("filters.")
    if action == "insert" and len(filters) < MOST_FILTERS:
        filters.append(dict(NEW_FILTER))
    elif action == "drop" and number.isdecimal() and int(number) < len(filters):
        del filters[int(number)]


def show_event(
    event: Mapping[str, Any], prefix: str, *, was_chosen: bool = False
) -> EventFormView:
    """Show an event, complete or not; a few queries for what can be chosen."""
    at = At(f"{prefix}::", prefix, "", Catalog(), was_chosen=was_chosen)
    return EventFormView(
        event=EVENT.show(event, at),
        filters=FILTERS.show(event, at),
        has_room=bool(event.get("name"))
        and len(list_of(event, "filters")) < MOST_FILTERS,
    )
