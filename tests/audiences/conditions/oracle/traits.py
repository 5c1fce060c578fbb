"""Values computed from events, from the words of the language alone."""

from collections import Counter
from datetime import UTC, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from tests.audiences.conditions.oracle.events import is_within, satisfies
from tests.audiences.conditions.oracle.people import Happened, Person, World
from tests.audiences.conditions.oracle.values import number_of, text_of

DECIMALS = 10**10
EXACT = Context(prec=2_000)


def value_of(trait: int, person: Person, world: World) -> Any:
    """The value of a trait; None where it is not set."""
    return world.remember(
        ["trait", trait, id(person)],
        lambda: compute(world.traits[trait], person, world),
    )


def compute(definition: dict[str, Any], person: Person, world: World) -> Any:
    if definition["kind"] == "formula":
        return formula(definition, person, world)
    events = events_of(definition, person, world)
    if definition["kind"] in TIMES:
        return TIMES[definition["kind"]](events, world)
    found = [event.properties.get(definition["property"]) for event in events]
    if definition["kind"] in NUMBERS:
        read = [number_of(value) for value in found]
        numbers = [Fraction(number) for number in read if number is not None]
        return as_decimal(NUMBERS[definition["kind"]](numbers))
    texts = [text for text in map(text_of, found) if text]
    return TEXTS[definition["kind"]](texts)


def events_of(
    definition: dict[str, Any], person: Person, world: World
) -> list[Happened]:
    """The events that count, by time and then by id."""
    is_of_account = definition.get("level") == "account"
    rows = sorted(
        (
            row
            for one in (world.colleagues(person) if is_of_account else [person])
            for row in one.by_name.get(definition["event"], ())
        ),
        key=lambda row: row[:2],
    )
    return [
        event
        for at, _, event in rows
        if is_within(at, definition["window"], world.now)
        and satisfies(event, definition["filters"], world.now)
    ]


def rounded(number: Fraction) -> Fraction:
    """To ten decimals, half away from zero."""
    size = int(abs(number) * DECIMALS + Fraction(1, 2))
    return Fraction(size if number >= 0 else -size, DECIMALS)


def as_decimal(number: Fraction | None) -> Decimal | None:
    """Exactly, without zeros at the end: the denominators have no factors but 2 and 5."""
    if number is None:
        return None
    places = 0
    while number.denominator != 1:
        number, places = number * 10, places + 1
    return Decimal(number.numerator).scaleb(-places, EXACT)


def formula(definition: dict[str, Any], person: Person, world: World) -> Any:
    sides = [value_of(definition[side], person, world) for side in ("left", "right")]
    if None in sides:
        return None
    left, right = map(Fraction, sides)
    operator = definition["operator"]
    if operator == "divide":
        return as_decimal(rounded(left / right)) if right else None
    return as_decimal(
        {"add": left + right, "subtract": left - right, "multiply": left * right}[
            operator
        ]
    )


def days(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(days=1))


def most_frequent(texts: list[str]) -> str | None:
    ranked = Counter(texts)
    return min(ranked, key=lambda text: (-ranked[text], text), default=None)


TIMES = {
    "count": lambda events, world: Decimal(len(events)),
    "days_active": lambda events, world: Decimal(
        len({event.at.astimezone(UTC).date() for event in events})
    ),
    "days_since_first": lambda events, world: (
        days(world.now - events[0].at) if events else None
    ),
    "days_since_latest": lambda events, world: (
        days(world.now - events[-1].at) if events else None
    ),
}
NUMBERS = {
    "sum": lambda numbers: sum(numbers, Fraction(0)),
    "average": lambda numbers: (
        rounded(sum(numbers, Fraction(0)) / len(numbers)) if numbers else None
    ),
    "min": lambda numbers: min(numbers, default=None),
    "max": lambda numbers: max(numbers, default=None),
}
TEXTS = {
    "most_frequent": most_frequent,
    "first": lambda texts: texts[0] if texts else None,
    "latest": lambda texts: texts[-1] if texts else None,
    "unique_values": lambda texts: sorted(set(texts)) or None,
    "unique_count": lambda texts: Decimal(len(set(texts))),
}
