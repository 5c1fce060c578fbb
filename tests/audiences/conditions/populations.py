"""
Random worlds: people with attributes, histories, events and accounts, and traits.

All is drawn from a ``random.Random``: a seeded one, or hypothesis' own, which can shrink.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.audiences.conditions import pools
from tests.audiences.conditions.oracle.people import (
    Account,
    Crossed,
    Happened,
    Person,
    Told,
    World,
)

# Around the change of clocks, at the turn of a year, on 29 February.
MOMENTS = [
    datetime(2026, 3, 29, 0, 59, 59, 999_999, UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999_999, UTC),
    datetime(2025, 2, 28, 10, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
]


def make_world(random: Random, size: int) -> World:
    now = pools.NOW if random.random() < 0.6 else random.choice(MOMENTS)
    people = [make_person(random, now) for _ in range(size)]
    suppressed = {
        person.fields["email"]
        for person in people
        if person.fields["email"] and random.random() < 0.2
    }
    for person in people:
        person.is_suppressed = person.fields["email"] in suppressed
    return World(
        now=now,
        people=people,
        accounts={
            pk: Account(random.choice(["", "Acme", *pools.WORDS]), make_object(random))
            for pk in pools.ACCOUNTS
        },
        traits={
            pk: make_trait(random, kind, number)
            for number, (pk, kind) in enumerate(pools.TRAITS.items())
        },
        everyone=frozenset([pools.EVERYONE]),
        since=make_moment(random, now) if random.random() < 0.3 else None,
        is_past=random.random() < 0.2,
    )


def some(random: Random, pool: list[int], most: int) -> set[int]:
    return {random.choice(pool) for _ in range(random.randint(0, most))}


def make_person(random: Random, now: datetime) -> Person:
    told = make_history(random, now)
    attributes = {} if told else make_object(random)
    for one in sorted(told, key=lambda one: (one.at, one.key)):
        attributes |= one.values
    crossed = make_crossings(random, now)
    is_erased = random.random() < 0.06
    zones = pools.NO_ZONES if random.random() < 0.2 else pools.ZONES
    fields = {
        "first_name": random.choice(pools.WORDS),
        "last_name": random.choice(["", *pools.CITIES]),
        "locale": random.choice(["", "de", "pt-BR"]),
        "time_zone": random.choice(zones),
    }
    if told:
        # All that there is was told some day.
        told[0].values |= fields if random.random() < 0.8 else {}
        fields = {name: told[0].values.get(name, "") for name in fields}
    return Person(
        fields={
            "email": random.choice(["", "a@b.example", *pools.WORDS]).lower(),
            **fields,
        },
        created_at=make_moment(random, now),
        attributes={name: one for name, one in attributes.items() if one is not None},
        happened=make_events(random, now),
        told=told,
        crossed=crossed,
        lists=some(random, pools.LISTS, 2),
        audiences={pk for pk in pools.AUDIENCES if is_inside(pk, crossed)},
        accounts=set() if is_erased else some(random, pools.ACCOUNTS, 2),
        consents=[
            (at, random.choice(["granted", "granted", "withdrawn"]))
            for at in make_moments(random, now)[:2]
        ],
        is_anonymous=random.random() < 0.2,
        is_erased=is_erased,
    )


def make_crossings(random: Random, now: datetime) -> list[Crossed]:
    """In and out of audiences in turns, in the order of time."""
    made = []
    for pk in pools.AUDIENCES:
        for number, at in enumerate(make_moments(random, now)):
            change = "left" if number % 2 else "entered"
            made.append(Crossed(pk, change, at, number // 2 + 1))
    return made


def make_moments(random: Random, now: datetime) -> list[datetime]:
    """Some different ones, in order."""
    return sorted(
        {make_moment(random, now) for _ in range(random.choice([0, 1, 1, 2, 3]))}
    )


def is_inside(pk: int, crossed: list[Crossed]) -> bool:
    return [one.change for one in crossed if one.audience == pk][-1:] == ["entered"]


def make_moment(random: Random, now: datetime) -> datetime:
    """At, just before or just after the edges of windows; sometimes after now."""
    sign = 1 if random.random() < 0.1 else -1
    nudge = random.choice([0, 0, 0, -1, 1]) * pools.MICROSECOND
    return now + sign * random.choice(pools.OFFSETS) + nudge


def make_events(random: Random, now: datetime) -> list[Happened]:
    """In any order; of the same instant, and the same event twice, too."""
    made: list[Happened] = []
    for _ in range(random.choice([0, 1, 2, 3, 4, 6, 9])):
        if made and random.random() < 0.2:
            other = random.choice(made)
            properties = (
                other.properties if random.random() < 0.5 else make_object(random)
            )
            made.append(Happened(other.name, other.at, properties))
        else:
            name = random.choice(["bought", "bought", *pools.EVENT_NAMES])
            made.append(Happened(name, make_moment(random, now), make_object(random)))
    return made


def make_history(random: Random, now: datetime) -> list[Told]:
    """Changes of attributes up to now; the text of a number, and nothing, among the values."""
    return [
        Told(
            min(make_moment(random, now), now),
            f"m{number}",
            {
                random.choice(pools.KEYS[:3]): make_value(random)
                for _ in range(random.randint(1, 2))
            },
        )
        for number in range(random.choice([0, 0, 1, 2, 4]))
    ]


def make_object(random: Random) -> dict[str, Any]:
    return {
        random.choice(pools.KEYS): make_value(random)
        for _ in range(random.randint(0, 4))
    }


def make_value(random: Random, depth: int = 0) -> Any:
    draw = random.random()
    if draw < 0.4:
        return random.choice(pools.COMMON)
    if draw < 0.55:
        return random.choice(pools.WORDS)
    if draw < 0.7:
        return random.choice([random.randint(-6, 6), *pools.NUMBERS])
    if draw < 0.8:
        moment = make_moment(random, pools.NOW)
        shift = timedelta(hours=random.choice([0, 0, 2, -5]))
        return (moment.astimezone(UTC) + shift).isoformat()
    if depth > 2:
        return random.choice(pools.COMMON)
    inside = [make_value(random, depth + 1) for _ in range(random.randint(0, 3))]
    if draw < 0.9:
        return inside
    return {random.choice(pools.INNER_KEYS): one for one in inside}


def make_trait(random: Random, kind: str, number: int) -> dict[str, Any]:
    if kind == "formula":
        return {
            "kind": kind,
            "left": random.choice(pools.NUMERIC_TRAITS),
            "operator": random.choice(["add", "subtract", "multiply", "divide"]),
            "right": random.choice(pools.NUMERIC_TRAITS),
        }
    amount, unit = random.choice(pools.LENGTHS)
    window = {"kind": "last", "amount": amount, "unit": unit}
    made = {
        "kind": kind,
        "event": random.choice(pools.EVENT_NAMES[:2]),
        "filters": [make_filter(random)] if random.random() < 0.3 else [],
        "window": window if random.random() < 0.5 else {"kind": "ever"},
        "level": "account" if random.random() < 0.35 else "contact",
    }
    if kind not in pools.WITHOUT_PROPERTY:
        made["property"] = random.choice(pools.KEYS)
    return made


def make_filter(random: Random) -> dict[str, Any]:
    operator, value = random.choice(
        [
            ("is", "pro"),
            ("is_not", 5),
            ("is_set", None),
            ("is_not_set", None),
            ("at_least", 1),
            ("contains", "%"),
        ]
    )
    made = {"name": random.choice(pools.KEYS), "operator": operator}
    return made if value is None else {**made, "value": value}
