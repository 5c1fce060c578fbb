"""What the oracle knows of people, accounts and the world around them."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any


@dataclass
class Happened:
    name: str
    at: datetime
    properties: dict[str, Any]


@dataclass
class Told:
    """A change of attributes; ``key`` decides between two of the same instant."""

    at: datetime
    key: str
    values: dict[str, Any]


@dataclass
class Crossed:
    """An entry into an audience, or an exit from it; ``episode`` counts the stays."""

    audience: int
    change: str
    at: datetime
    episode: int


@dataclass
class Account:
    name: str
    attributes: dict[str, Any]


@dataclass
class Person:
    """``happened`` is in the order in which it was written down, which ids follow."""

    fields: dict[str, str]
    created_at: datetime
    attributes: dict[str, Any]
    happened: list[Happened] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    crossed: list[Crossed] = field(default_factory=list)
    lists: set[int] = field(default_factory=set)
    audiences: set[int] = field(default_factory=set)
    accounts: set[int] = field(default_factory=set)
    # Where he stood on email, and since when, in the order of time.
    consents: list[tuple[datetime, str]] = field(default_factory=list)
    is_suppressed: bool = False
    is_anonymous: bool = False
    is_erased: bool = False
    # Given when the person is stored.
    id: int = 0
    first_event_id: int = 0

    @property
    def history(self) -> list[Told]:
        """All that was told, in order; at first sight, if nobody told anything later."""
        if not self.told:
            return [Told(self.created_at, "", self.fields | self.attributes)]
        return sorted(self.told, key=lambda told: (told.at, told.key))

    @cached_property
    def by_name(self) -> dict[str, list[tuple[datetime, int, Happened]]]:
        """What happened, by name, in the order of time and then of writing."""
        found: dict[str, list[tuple[datetime, int, Happened]]] = {}
        for order, event in enumerate(self.happened):
            row = (event.at, self.first_event_id + order, event)
            found.setdefault(event.name, []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: row[:2])
        return found


@dataclass
class World:
    """
    Everybody, at the time of the evaluation.

    ``since`` leaves earlier events out of account, as an audience may. ``is_past`` says that
    what people show today is no answer.
    """

    now: datetime
    people: list[Person]
    accounts: dict[int, Account] = field(default_factory=dict)
    traits: dict[int, dict[str, Any]] = field(default_factory=dict)
    everyone: frozenset[int] = frozenset()
    since: datetime | None = None
    is_past: bool = False
    remembered: dict[Any, Any] = field(default_factory=dict)

    def remember(self, key: Any, compute: Any) -> Any:
        """Compute what is the same for all only once; the key may hold documents."""
        name = json.dumps(key, default=str, sort_keys=True)
        if name not in self.remembered:
            self.remembered[name] = compute()
        return self.remembered[name]

    @cached_property
    def members(self) -> dict[int, list[Person]]:
        """The people of each account."""
        found: dict[int, list[Person]] = {}
        for person in self.people:
            for account in person.accounts:
                found.setdefault(account, []).append(person)
        return found

    def colleagues(self, person: Person) -> list[Person]:
        """Everybody of all accounts of the person, each once."""
        everybody = [
            other for pk in person.accounts for other in self.members.get(pk, ())
        ]
        return list({id(other): other for other in everybody}.values())
