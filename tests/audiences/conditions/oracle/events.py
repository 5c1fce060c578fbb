"""Conditions about events, from the words of the language alone."""

from datetime import datetime
from typing import Any

from tests.audiences.conditions.oracle.people import Happened, Person, World
from tests.audiences.conditions.oracle.values import (
    compares,
    day_or_moment,
    span,
    text_of,
)


def known(name: str, person: Person, world: World) -> list[Happened]:
    """The events of a name that exist for the rule, by time and then by id."""
    return [
        event
        for at, _, event in person.by_name.get(name, ())
        if at <= world.now and (world.since is None or at > world.since)
    ]


def satisfies(event: Happened, filters: list[dict[str, Any]], now: datetime) -> bool:
    return all(compares(event.properties.get(t["name"]), t, now) for t in filters)


def satisfying(
    document: dict[str, Any], person: Person, world: World
) -> list[Happened]:
    return [
        event
        for event in known(document["name"], person, world)
        if satisfies(event, document.get("filters", []), world.now)
    ]


def is_within(moment: datetime, window: dict[str, Any], now: datetime) -> bool:
    if moment > now:
        return False
    if window["kind"] == "ever":
        return True
    if window["kind"] == "last":
        return moment > now - span(window)
    if window["kind"] == "ago":
        return now - span(window["farthest"]) < moment <= now - span(window["nearest"])
    start, _ = day_or_moment(window["from"])
    _, end = day_or_moment(window["until"])
    return start <= moment < end


def event(document: dict[str, Any], person: Person, world: World) -> bool:
    found = satisfying(document, person, world)
    count = sum(is_within(one.at, document["window"], world.now) for one in found)
    wanted = document["count"]
    return {
        "at_least": count >= wanted,
        "at_most": count <= wanted,
        "exactly": count == wanted,
    }[document["operator"]]


def first_time(document: dict[str, Any], person: Person, world: World) -> bool:
    found = satisfying(document, person, world)
    return bool(found) and is_within(found[0].at, document["window"], world.now)


def latest(document: dict[str, Any], person: Person, world: World) -> bool:
    inside = [
        one
        for one in known(document["name"], person, world)
        if is_within(one.at, document["window"], world.now)
    ]
    return bool(inside) and satisfies(inside[-1], document["filters"], world.now)


def sequence(document: dict[str, Any], person: Person, world: World) -> bool:
    return any(
        is_followed(one, document["then"], person, world)
        for one in satisfying(document, person, world)
        if is_within(one.at, document["window"], world.now)
    )


def is_followed(
    before: Happened, steps: list[dict[str, Any]], person: Person, world: World
) -> bool:
    if not steps:
        return True
    step, *rest = steps
    end = before.at + span(step["within"])
    following = [
        one
        for one in satisfying(step, person, world)
        if before.at < one.at < end and shares(before, one, step.get("same"))
    ]
    if step["did"]:
        return any(is_followed(one, rest, person, world) for one in following)
    return not following and end <= world.now


def shares(before: Happened, after: Happened, name: str | None) -> bool:
    if not name:
        return True
    text = text_of(after.properties.get(name))
    return text is not None and text == text_of(before.properties.get(name))


def regular(document: dict[str, Any], person: Person, world: World) -> bool:
    moments = [one.at for one in satisfying(document, person, world)]
    period = span(document["period"])
    ends = [world.now - number * period for number in range(document["of"])]
    busy = [
        sum(end - period < moment <= end for moment in moments) >= document["times"]
        for end in ends
    ]
    return sum(busy) >= document["at_least"]


def stopped(document: dict[str, Any], person: Person, world: World) -> bool:
    moments = [one.at for one in satisfying(document, person, world)]
    quiet_since = world.now - span(document["quiet"])
    active_since = quiet_since - span(document["active"])
    before = sum(active_since < moment <= quiet_since for moment in moments)
    return before >= document["times"] and not any(m > quiet_since for m in moments)


def resumed(document: dict[str, Any], person: Person, world: World) -> bool:
    moments = [one.at for one in satisfying(document, person, world)]
    quiet = span(document["quiet"])
    return any(
        is_within(moment, document["window"], world.now)
        and not any(moment - quiet < other < moment for other in moments)
        and any(other <= moment - quiet for other in moments)
        for moment in moments
    )


EVENTS = {
    "event": event,
    "first_time": first_time,
    "latest": latest,
    "sequence": sequence,
    "regular": regular,
    "stopped": stopped,
    "resumed": resumed,
}
