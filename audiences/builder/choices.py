"""The options of the builder's selects, and what they are read from."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from audiences import catalog
from audiences.builder.reading import OTHER
from audiences.catalog import Entry
from audiences.models import Audience
from contacts.models import ContactList


@dataclass(frozen=True)
class Choice:
    """An option of a select."""

    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True)
class Choices:
    """Options under one heading."""

    label: str
    options: Sequence[Choice]


@dataclass
class Catalog:
    """What the selects offer; each part is read once, and only if a node needs it."""

    audience: Audience | None = None
    known_properties: dict[str, list[Entry]] = dataclasses.field(default_factory=dict)

    @cached_property
    def fields(self) -> list[Entry]:
        """List the built-in fields."""
        return catalog.fields()

    @cached_property
    def attributes(self) -> list[Entry]:
        """List the attributes."""
        return catalog.attributes()

    @cached_property
    def events(self) -> list[Entry]:
        """List the events."""
        return catalog.events()

    @cached_property
    def lists(self) -> list[tuple[int, str]]:
        """List the lists."""
        return list(
            ContactList.objects.order_by("name", "pk").values_list("pk", "name")
        )

    @cached_property
    def audiences(self) -> list[tuple[int, str]]:
        """List the audiences but the one that is edited."""
        others = Audience.objects.live().order_by("name", "pk")
        if self.audience is not None:
            others = others.exclude(pk=self.audience.pk)
        return list(others.values_list("pk", "name"))

    def properties(self, event_name: str) -> list[Entry]:
        """List the properties of an event."""
        if event_name not in self.known_properties:
            self.known_properties[event_name] = (
                catalog.properties(event_name) if event_name else []
            )
        return self.known_properties[event_name]


def choices(options: Mapping[str, str], chosen: str) -> list[Choice]:
    """Make the options of a select; what was chosen stays, even if it is unknown."""
    known = [Choice(key, label, key == chosen) for key, label in options.items()]
    if chosen and chosen not in options:
        return [Choice(chosen, chosen, selected=True), *known]
    return known


def grouped(
    groups: Sequence[tuple[str, Sequence[Entry]]], chosen: str
) -> tuple[list[Choices], bool]:
    """Make the options for names; a name that is in none of the groups is "other"."""
    is_known = any(entry.name == chosen for _, entries in groups for entry in entries)
    shown = [
        Choices(
            label,
            [
                Choice(entry.name, entry.label, entry.name == chosen)
                for entry in entries
            ],
        )
        for label, entries in groups
        if entries
    ]
    is_other = bool(chosen) and not is_known
    other = Choices("Other", [Choice(OTHER, "Another name…", selected=is_other)])
    return [*shown, other], is_other
