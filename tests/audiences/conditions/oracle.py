"""
The meaning of a condition document in plain Python: the judge of the compiler.

Written from the words of the language alone. It reads documents, not nodes, and shares no
code with ``audiences``.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

COLUMNS = ("email", "first_name", "last_name", "locale", "time_zone")


@dataclass
class Happened:
    name: str
    at: datetime
    properties: dict[str, Any]


@dataclass
class Person:
    fields: dict[str, str]
    created_at: datetime
    attributes: dict[str, Any]
    happened: list[Happened] = field(default_factory=list)
    lists: set[int] = field(default_factory=set)
    audiences: set[int] = field(default_factory=set)


def holds(document: dict[str, Any], person: Person, as_of: datetime) -> bool:
    kind = document["kind"]
    if kind == "all":
        return all(holds(child, person, as_of) for child in document["conditions"])
    if kind == "any":
        return any(holds(child, person, as_of) for child in document["conditions"])
    if kind == "not":
        return not holds(document["condition"], person, as_of)
    if kind == "list":
        return (document["list"] in person.lists) == (document["operator"] == "on")
    if kind == "audience":
        inside = document["audience"] in person.audiences
        return inside == (document["operator"] == "in")
    if kind == "attribute":
        name = document["name"]
        if name == "created_at":
            return compares(person.created_at, document, as_of)
        if name in COLUMNS:
            stored: Any = person.fields.get(name, "")
            if name == "email":
                document = lowered(document)
        else:
            stored = person.attributes.get(name)
        return compares(stored, document, as_of)
    assert kind == "event"
    count = sum(counts(event, document, as_of) for event in person.happened)
    wanted = document["count"]
    return {
        "at_least": count >= wanted,
        "at_most": count <= wanted,
        "exactly": count == wanted,
    }[document["operator"]]


def lowered(document: dict[str, Any]) -> dict[str, Any]:
    value = document.get("value")
    if isinstance(value, str):
        value = value.lower()
    elif isinstance(value, list):
        value = [part.lower() if isinstance(part, str) else part for part in value]
    return {**document, "value": value}


def counts(event: Happened, document: dict[str, Any], as_of: datetime) -> bool:
    window = document["window"]
    if event.name != document["name"] or event.at > as_of:
        return False
    if window["kind"] == "last" and event.at <= as_of - span(window):
        return False
    if window["kind"] == "between":
        start, _ = day_or_moment(window["from"])
        _, end = day_or_moment(window["until"])
        if not start <= event.at < end:
            return False
    return all(
        compares(event.properties.get(test["name"]), test, as_of)
        for test in document["filters"]
    )


def span(duration: dict[str, Any]) -> timedelta:
    return timedelta(**{duration["unit"]: duration["amount"]})


def day_or_moment(raw: str) -> tuple[datetime, datetime]:
    """The first moment, and the first moment after a day; a moment is its own end."""
    if len(raw) == 10:
        start = datetime.combine(date.fromisoformat(raw), datetime.min.time(), UTC)
        return start, start + timedelta(days=1)
    moment = datetime.fromisoformat(raw)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment, moment


def compares(stored: Any, test: dict[str, Any], as_of: datetime) -> bool:
    operator, value = test["operator"], test.get("value")
    opposite = {
        "is_not": "is",
        "is_none_of": "is_one_of",
        "not_contains": "contains",
        "is_not_set": "is_set",
    }
    if operator in opposite:
        return not compares(stored, {**test, "operator": opposite[operator]}, as_of)
    if operator == "is_set":
        return text_of(stored) not in (None, "")
    if operator in ("is", "is_one_of"):
        choices = value if operator == "is_one_of" else [value]
        return any(equals(stored, choice) for choice in choices)
    if operator in ("is_true", "is_false"):
        words = {"is_true": "true t yes y 1", "is_false": "false f no n 0"}[operator]
        text = text_of(stored)
        return text is not None and text.lower() in words.split()
    if operator in ("contains", "starts_with", "ends_with"):
        text = text_of(stored)
        if text is None:
            return False
        return {
            "contains": value in text,
            "starts_with": text.startswith(value),
            "ends_with": text.endswith(value),
        }[operator]
    if operator in ("before", "after", "in_the_last", "in_the_next", "longer_ago"):
        return compares_moment(moment_of(stored), operator, value, as_of)
    return compares_number(number_of(stored), operator, value)


def equals(stored: Any, expected: Any) -> bool:
    if isinstance(expected, bool):
        return text_of(stored) == ("true" if expected else "false")
    if isinstance(expected, str):
        return text_of(stored) == expected
    return number_of(stored) == exactly(expected)


def compares_number(number: Decimal | None, operator: str, value: Any) -> bool:
    if number is None:
        return False
    if operator == "between":
        return exactly(value[0]) <= number <= exactly(value[1])
    bound = exactly(value)
    return {
        "greater_than": number > bound,
        "less_than": number < bound,
        "at_least": number >= bound,
        "at_most": number <= bound,
    }[operator]


def compares_moment(
    moment: datetime | None, operator: str, value: Any, as_of: datetime
) -> bool:
    if moment is None:
        return False
    if operator in ("before", "after"):
        start, end = day_or_moment(value)
        if operator == "before":
            return moment < start
        return moment > start if end == start else moment >= end
    length = span(value)
    return {
        "in_the_last": as_of - length < moment <= as_of,
        "in_the_next": as_of < moment <= as_of + length,
        "longer_ago": moment <= as_of - length,
    }[operator]


def exactly(number: Any) -> Decimal:
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def text_of(stored: Any) -> str | None:
    if stored is None or isinstance(stored, str):
        return stored
    if isinstance(stored, datetime):
        return stored.isoformat()
    return json_text(stored)


def json_text(stored: Any) -> str:
    """As PostgreSQL writes jsonb."""
    if isinstance(stored, bool) or stored is None:
        return {True: "true", False: "false", None: "null"}[stored]
    if isinstance(stored, int | float):
        number = exactly(stored)
        return format(abs(number) if number == 0 else number, "f")
    if isinstance(stored, str):
        return json.dumps(stored, ensure_ascii=False)
    if isinstance(stored, list):
        return f"[{', '.join(map(json_text, stored))}]"
    keys = sorted(stored, key=lambda key: (len(key.encode()), key.encode()))
    inside = (f"{json_text(key)}: {json_text(stored[key])}" for key in keys)
    return "{" + ", ".join(inside) + "}"


def number_of(stored: Any) -> Decimal | None:
    if isinstance(stored, bool) or stored is None:
        return None
    if isinstance(stored, int | float):
        return exactly(stored)
    if isinstance(stored, str):
        text = stored.strip(" ")
        if len(stored) <= 60 and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
            return Decimal(text)
    return None


def moment_of(stored: Any) -> datetime | None:
    if isinstance(stored, datetime):
        return stored
    if not isinstance(stored, str):
        return None
    match = re.fullmatch(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
        r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})?)?",
        stored,
    )
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if not 1000 <= int(year) <= 2999:
        return None
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
            UTC,
        )
    except ValueError:
        return None
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 14 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        moment -= offset if zone[0] == "+" else -offset
    return moment
