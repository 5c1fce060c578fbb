"""
What those who stay with the shop do: renew their club, say thanks, drink its coffee at work.

A chance of its own decides about it, so that it changes nothing about anybody else.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contacts.demo.people import Person

SEED = 4
MONTH = timedelta(days=30)
# What people write when their ticket is closed; nothing, mostly.
COMMENTS = (
    "Thank you, that was quick!",
    "Thanks a lot, the new bag arrived the next day.",
    "Solved. The grind was still too coarse, though.",
    "It took three mails, but in the end it was solved.",
    "",
    "",
    "",
)
# Companies that drink the shop's coffee, and how many of 100 employees use it.
OFFICES = (
    ("Nordlicht Architects", 97),
    ("Atelier Moreau", 94),
    ("Kōji Software", 92),
    ("Blue Harbor Logistics", 90),
    ("Weber & Söhne", 83),
    ("Ibérica Solar", 71),
    ("Hill Street Clinic", 64),
    ("Copper Lane Studio", 38),
)
MEMBERS = (3, 7)


@dataclass(frozen=True)
class Office:
    """A company, and who of the customers works there."""

    key: str
    name: str
    seat_adoption: int
    members: Sequence[Person]

    @property
    def traits(self) -> dict[str, Any]:
        """Say what its administration tells of it."""
        return {
            "name": self.name,
            "plan": "office",
            "seat_adoption": self.seat_adoption,
        }


def stay(people: Sequence[Person], *, days: int, now: datetime) -> None:
    """Let members renew each month, and people rate how their tickets went."""
    chance = random.Random(SEED)  # noqa: S311 - the same seed makes the same people
    for person in people:
        if person.attributes["plan"] != "none":
            renew(chance, person, days, now)
        for name, _, _, properties in person.events:
            if name == "ticket_closed":
                properties["rating"] = chance.choices([1, 2, 3, 4, 5], [1, 1, 2, 6, 9])[
                    0
                ]
                properties["comment"] = chance.choice(COMMENTS)


def renew(chance: random.Random, person: Person, days: int, now: datetime) -> None:
    """Let somebody renew his membership each month since he has it."""
    at = max(person.created_at, now - timedelta(days=days))
    at += timedelta(days=chance.uniform(1, 29))
    plan = person.attributes["plan"]
    number = 0
    while (at := at + MONTH) < now:
        number += 1
        key = f"club-{person.number}-{number}"
        person.did("subscription_renewed", key, at, plan=plan)


def offices(customers: Sequence[Person]) -> Iterator[Office]:
    """Let some customers work in companies; nobody in two."""
    chance = random.Random(SEED)  # noqa: S311 - the same seed makes the same offices
    sizes = [chance.randint(*MEMBERS) for _ in OFFICES]
    staff = iter(chance.sample(list(customers), min(sum(sizes), len(customers))))
    for number, ((name, adoption), size) in enumerate(zip(OFFICES, sizes, strict=True)):
        members = [person for _, person in zip(range(size), staff, strict=False)]
        if members:
            yield Office(f"office-{number + 1}", name, adoption, members)
