"""Which event, attribute or property of this customer's data is probably meant."""

import re
from collections.abc import Sequence
from functools import cached_property

from audiences import catalog
from audiences.builder.choices import Catalog
from audiences.catalog import Entry

NUMBER = "number"


def plain(name: str) -> str:
    """Bring a name to its letters: "Order Completed" and "order_completed" are one."""
    return re.sub(r"[^a-z0-9]+", "", name.lower())


def guess(
    entries: Sequence[Entry], wanted: Sequence[str], sort: str = ""
) -> Entry | None:
    """
    Find the entry that is called as wanted, the first wish first; else one that mentions it.

    With a sort of data only entries of that sort are found.
    """
    able = [entry for entry in entries if not sort or entry.type == sort]
    for name in wanted:
        for entry in able:
            if plain(entry.name) == name and not entry.path:
                return entry
    for name in wanted:
        for entry in able:
            if name in plain(entry.name) and not entry.path:
                return entry
    return None


class Observed:
    """What is seen in the data; each part is read once, and only if a rule asks for it."""

    def __init__(self) -> None:
        self.catalog = Catalog()

    @cached_property
    def events(self) -> list[Entry]:
        """List the events that have happened."""
        return catalog.seen_events()

    def event(self, *wanted: str) -> str:
        """Guess an event; nothing if none is called so."""
        found = guess(self.events, wanted)
        return found.name if found else ""

    def attribute(self, *wanted: str, sort: str = "") -> Entry | None:
        """Guess an attribute of contacts."""
        return guess(self.catalog.attributes, wanted, sort)

    def account_attribute(self, *wanted: str, sort: str = "") -> Entry | None:
        """Guess an attribute of accounts."""
        return guess(self.catalog.account_attributes, wanted, sort)

    def property(self, event: str, *wanted: str, sort: str = "") -> Entry | None:
        """Guess a property of an event."""
        return guess(self.catalog.properties(event), wanted, sort)

    def numbers(self) -> list[tuple[str, Entry]]:
        """List each event with each of its properties that are numbers."""
        return [
            (event.name, entry)
            for event in self.events
            for entry in self.catalog.properties(event.name)
            if entry.type == NUMBER and not entry.path
        ]
