"""
The meaning of a condition document in plain Python: the judge of the compiler.

Written from the words of the language alone (``audiences/conditions/LANGUAGE.md``). It reads
documents, not nodes, and shares no code with ``audiences``.
"""

import hashlib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.audiences.conditions.oracle.events import EVENTS, is_within
from tests.audiences.conditions.oracle.people import Person, World
from tests.audiences.conditions.oracle.traits import value_of
from tests.audiences.conditions.oracle.values import (
    OPPOSITES,
    compares,
    exactly,
    number_of,
    span,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = available_timezones()


def is_selected(document: dict[str, Any], person: Person, world: World) -> bool:
    return not person.is_erased and holds(document, person, world)


def holds(document: dict[str, Any], person: Person, world: World) -> bool:
    kind = document["kind"]
    if kind == "all":
        return all(holds(child, person, world) for child in document["conditions"])
    if kind == "any":
        return any(holds(child, person, world) for child in document["conditions"])
    if kind == "not":
        return not holds(document["condition"], person, world)
    return LEAVES[kind](document, person, world)


def stored_in(person: Person, name: str, world: World) -> Any:
    if name == "created_at":
        return person.created_at
    if name == "email":
        return person.fields[name]
    if world.is_past:
        return told_until(world.now, person, name)
    return (person.fields | person.attributes).get(name)


def told_until(moment: datetime, person: Person, name: str) -> Any:
    """The value of an attribute at a moment."""
    told = [one.values for one in person.history if one.at <= moment]
    return next((values[name] for values in reversed(told) if name in values), None)


def lowered(document: dict[str, Any]) -> dict[str, Any]:
    value = document.get("value")
    if isinstance(value, str):
        value = value.lower()
    elif isinstance(value, list):
        value = [part.lower() if isinstance(part, str) else part for part in value]
    return {**document, "value": value}


def attribute(document: dict[str, Any], person: Person, world: World) -> bool:
    name = document["name"]
    test = lowered(document) if name == "email" else document
    return compares(stored_in(person, name, world), test, world.now)


def held(document: dict[str, Any], person: Person, world: World) -> bool:
    name = document["name"]
    test = lowered(document) if name == "email" else document
    start = world.now - span(document["for"])
    since = [
        told.values[name]
        for told in person.history
        if start < told.at <= world.now and name in told.values
    ]
    values = [stored_in(person, name, world), told_until(start, person, name), *since]
    return all(compares(value, test, world.now) for value in values)


def listed(document: dict[str, Any], person: Person, world: World) -> bool:
    inside = document["list"] in person.lists or document["list"] in world.everyone
    return inside == (document["operator"] == "on")


def audience(document: dict[str, Any], person: Person, world: World) -> bool:
    pk = document["audience"]
    inside = pk in person.audiences
    if world.is_past:
        known = [one for one in person.crossed if one.audience == pk]
        changes = [one.change for one in known if one.at <= world.now]
        inside = changes[-1:] == ["entered"]
    return inside == (document["operator"] == "in")


def entered(document: dict[str, Any], person: Person, world: World) -> bool:
    return any(
        (one.audience, one.change) == (document["audience"], document["change"])
        and is_within(one.at, document["window"], world.now)
        for one in person.crossed
    )


def state(document: dict[str, Any], person: Person, world: World) -> bool:
    stands = [
        state for at, state in person.consents if at <= world.now or not world.is_past
    ]
    found = {
        "email_granted": stands[-1:] == ["granted"],
        "email_withdrawn": stands[-1:] == ["withdrawn"],
        "email_unknown": not stands,
        "suppressed": person.is_suppressed,
        "anonymous": person.is_anonymous,
        "reachable_by_email": bool(person.fields.get("email"))
        and stands[-1:] == ["granted"]
        and not person.is_suppressed,
    }
    return found[document["state"]] == (document["operator"] == "is")


def random(document: dict[str, Any], person: Person, world: World) -> bool:
    digest = hashlib.md5(f"{document['salt']}:{person.id}".encode()).hexdigest()
    return int(digest[:8], 16) % 10_000 < exactly(document["percent"]) * 100


def local_time(document: dict[str, Any], person: Person, world: World) -> bool:
    zone = stored_in(person, "time_zone", world)
    if zone not in ZONES:
        return False
    there = world.now.astimezone(ZoneInfo(zone))
    clock = there.time()
    start, end = (time.fromisoformat(document[key]) for key in ("from", "until"))
    today, yesterday = (
        day_of(there.date() - timedelta(days=back)) in document["days"]
        for back in (0, 1)
    )
    if start < end:
        return today and start <= clock < end
    return (today and clock >= start) or (yesterday and clock < end)


def day_of(day: date) -> str:
    return DAYS[day.weekday()]


def rank(document: dict[str, Any], person: Person, world: World) -> bool:
    of = document["of"]
    own = rankable(of, person, world)
    if own is None:
        return False
    everybody = world.remember(
        ["rank", of],
        lambda: [
            number
            for other in world.people
            if not other.is_erased
            and (number := rankable(of, other, world)) is not None
        ],
    )
    end, measure = document["operator"].split("_")
    better = sum(number > own if end == "top" else number < own for number in everybody)
    limit = exactly(document["value"])
    if measure == "count":
        return better < limit
    return better * 100 < limit * len(everybody)


def rankable(of: dict[str, Any], person: Person, world: World) -> Decimal | None:
    if "trait" in of:
        return number_of(value_of(of["trait"], person, world))
    return number_of(stored_in(person, of["attribute"], world))


def trait(document: dict[str, Any], person: Person, world: World) -> bool:
    return compares(value_of(document["trait"], person, world), document, world.now)


def account(document: dict[str, Any], person: Person, world: World) -> bool:
    def one(pk: int) -> bool:
        return bool(
            world.remember(
                ["account", pk, document],
                lambda: quantified(
                    document["quantifier"],
                    [
                        holds(document["condition"], other, world)
                        for other in world.members[pk]
                    ],
                ),
            )
        )

    return any(one(pk) for pk in person.accounts)


def quantified(quantifier: str, answers: list[bool]) -> bool:
    return {"any": any(answers), "all": all(answers), "none": not any(answers)}[
        quantifier
    ]


def account_attribute(document: dict[str, Any], person: Person, world: World) -> bool:
    operator = document["operator"]
    if operator in OPPOSITES:
        positive = {**document, "operator": OPPOSITES[operator]}
        return not account_attribute(positive, person, world)
    name = document["name"]
    accounts = [world.accounts[pk] for pk in person.accounts]
    return any(
        compares(
            one.name if name == "name" else one.attributes.get(name),
            document,
            world.now,
        )
        for one in accounts
    )


LEAVES = {
    **EVENTS,
    "attribute": attribute,
    "held": held,
    "list": listed,
    "audience": audience,
    "entered": entered,
    "state": state,
    "random": random,
    "local_time": local_time,
    "rank": rank,
    "trait": trait,
    "account": account,
    "account_attribute": account_attribute,
}
