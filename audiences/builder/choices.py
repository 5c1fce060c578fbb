"""The options of the builder's selects, and what they are read from."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from audiences import catalog
from audiences.builder.fields import kept
from audiences.catalog import Entry
from audiences.conditions.traits import VALUES
from audiences.models import Audience, Trait
from contacts.models import ContactList

OTHER = "__other__"
# Begins the value of an option that leads into an attribute or a property.
INTO = "__into__"


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
    def account_attributes(self) -> list[Entry]:
        """List the attributes of accounts."""
        return catalog.account_attributes()

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

    @cached_property
    def traits(self) -> list[Entry]:
        """List the traits, and which sort of data each gives."""
        rows = Trait.objects.order_by("name", "pk")
        return [
            Entry(str(pk), name, VALUES[definition["kind"]])
            for pk, name, definition in rows.values_list("pk", "name", "definition")
        ]

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


def option_of(name: str, path: Sequence[Any] = ()) -> str:
    """Write a name, and the way into it, as the value of an option."""
    return INTO + kept([name, *path]) if path else name


def grouped(
    groups: Sequence[tuple[str, Sequence[Entry]]], name: str, path: Sequence[Any] = ()
) -> tuple[list[Choices], bool]:
    """Make the options for names; a name that is in none of the groups is "other"."""
    chosen = option_of(name, path)
    is_known = False
    shown = []
    for label, entries in groups:
        options = []
        for entry in entries:
            option = option_of(entry.name, entry.path)
            is_known = is_known or option == chosen
            options.append(Choice(option, entry.label, option == chosen))
        if options:
            shown.append(Choices(label, options))
    is_other = bool(name or path) and not is_known
    other = Choices("Other", [Choice(OTHER, "Another name…", selected=is_other)])
    return [*shown, other], is_other
