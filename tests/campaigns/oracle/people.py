"""What the interpreter knows of people, and when a condition holds for one; plain Python."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SECONDS = {"minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}


@dataclass(frozen=True)
class Happened:
    """An event of a person."""

    name: str
    at: datetime
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass
class Person:
    """Somebody, by the number that the world gives him; the database has another one."""

    number: int
    contact_id: int
    zone: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[Happened] = field(default_factory=list)
    lists: set[str] = field(default_factory=set)
    # Audience: when he entered it.
    audiences: dict[str, datetime] = field(default_factory=dict)
    # Attribute: when it was last told.
    told: dict[str, datetime] = field(default_factory=dict)
    agreed: bool | None = True
    never: bool = False
    snoozed_until: datetime | None = None


def length_of(duration: dict[str, Any]) -> timedelta:
    """Give the length of an amount of a unit: a day is 24 hours."""
    return timedelta(seconds=duration["amount"] * SECONDS[duration["unit"]])


def holds(
    condition: dict[str, Any] | None,
    person: Person,
    now: datetime,
    after: datetime | None = None,
) -> bool:
    """
    Ask a condition of a person; null never holds.

    With ``after`` only events and entries later than that count.
    """
    if condition is None:
        return False
    return KINDS[condition["kind"]](condition, person, now, after)


def _all(condition, person, now, after):
    return all(holds(one, person, now, after) for one in condition["conditions"])


def _any(condition, person, now, after):
    return any(holds(one, person, now, after) for one in condition["conditions"])


def _not(condition, person, now, after):
    return not holds(condition["condition"], person, now, after)


def _attribute(condition, person, now, after):
    return compare(condition, person.attributes.get(condition["name"]))


def _list(condition, person, now, after):
    return (condition["list"] in person.lists) == (condition["operator"] == "on")


def _audience(condition, person, now, after):
    entered = person.audiences.get(condition["audience"])
    if condition["operator"] == "not_in":
        return entered is None
    return entered is not None and (after is None or entered > after)


def _event(condition, person, now, after):
    window = condition["window"]
    begin = now - length_of(window) if window["kind"] == "last" else None
    count = sum(
        one.name == condition["name"]
        and one.at <= now
        and (begin is None or one.at > begin)
        and (after is None or one.at > after)
        and fits(condition["filters"], one)
        for one in person.events
    )
    wanted = condition["count"]
    return {
        "at_least": count >= wanted,
        "at_most": count <= wanted,
        "exactly": count == wanted,
    }[condition["operator"]]


def fits(filters: list[dict[str, Any]], event: Happened) -> bool:
    """Whether the properties of an event compare as some filters want."""
    return all(compare(one, event.properties.get(one["name"])) for one in filters)


def compare(comparison: dict[str, Any], value: Any) -> bool:
    """Compare a stored value, which is a text, a number, a flag or missing."""
    wanted = comparison.get("value")
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    return {
        "is": lambda: value is not None and value == wanted,
        "is_not": lambda: value is None or value != wanted,
        "greater_than": lambda: number is not None and number > wanted,
        "less_than": lambda: number is not None and number < wanted,
        "is_set": lambda: value is not None and value != "",
        "is_not_set": lambda: value is None or value == "",
    }[comparison["operator"]]()


KINDS = {
    "all": _all,
    "any": _any,
    "not": _not,
    "attribute": _attribute,
    "list": _list,
    "audience": _audience,
    "event": _event,
}
