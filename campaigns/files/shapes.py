"""
Shapes of values that come from outside: what each must be, and what does not fit.

A shape looks at a value and yields a misfit for each thing that is not as it must be, with
its place. Nothing is taken for granted, not even that a list is a list.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.flows.findings import is_time
from campaigns.local_time import find_zone

LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_TEXT = 5_000
MOST_WHOLE = 10**9
MOST_PARTS = 200
MOST_LOCALES = 60

Place = tuple[str | int, ...]
Shape = Callable[[Any, Place], Iterator["Misfit"]]


@dataclass(frozen=True)
class Misfit:
    """
    Something that does not fit: where, and what would.

    ``is_extra`` speaks of a value that nobody here knows and that may be left out.
    """

    place: Place
    message: str
    is_extra: bool = False


def say_place(place: Place) -> str:
    """Write a place as people count: "steps › 2 › name"."""
    return " › ".join(
        str(part + 1) if isinstance(part, int) else part[:60] for part in place
    )


def say_value(value: Any) -> str:
    """Name a value in a sentence, however large it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    words = str(value)[:40]
    return f"“{words}”" if isinstance(value, str) else words


def text(longest: int = LONGEST_TEXT) -> Shape:
    """Want a text."""

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        if not isinstance(value, str):
            yield Misfit(place, f"Expected a text; got {say_value(value)}.")
        elif len(value) > longest:
            yield Misfit(place, f"A text of more than {longest:,} characters.")

    return check


def line(longest: int = LONGEST_TEXT) -> Shape:
    """Want a text on one line."""
    inner = text(longest)

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        yield from inner(value, place)
        if isinstance(value, str) and CONTROL.search(value):
            yield Misfit(place, "Expected one line, without control characters.")

    return check


def wall_time(value: Any, place: Place) -> Iterator[Misfit]:
    """Want a time of day."""
    if not isinstance(value, str) or not is_time(value):
        message = f"Expected a time of day such as 09:00; got {say_value(value)}."
        yield Misfit(place, message)


def locale(value: Any, place: Place) -> Iterator[Misfit]:
    """Want the tag of a language."""
    if not isinstance(value, str) or not LOCALE.fullmatch(value):
        message = f"Expected a language such as en or pt-BR; got {say_value(value)}."
        yield Misfit(place, message)


def zone(value: Any, place: Place) -> Iterator[Misfit]:
    """Want a time zone."""
    if not isinstance(value, str) or find_zone(value) is None:
        message = f"Expected a zone such as Europe/Berlin; got {say_value(value)}."
        yield Misfit(place, message)


def address(value: Any, place: Place) -> Iterator[Misfit]:
    """Want the address of a mailbox."""
    if not isinstance(value, str) or not ADDRESS.fullmatch(value):
        message = (
            f"Expected an address such as hello@example.com; got {say_value(value)}."
        )
        yield Misfit(place, message)


def share(value: Any, place: Place) -> Iterator[Misfit]:
    """Want a percentage."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value < 100:
        yield Misfit(place, f"Expected a share below 100; got {say_value(value)}.")


def blank_or(shape: Shape) -> Shape:
    """Want something, or an empty text."""

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        if value != "":
            yield from shape(value, place)

    return check


def whole(least: int = -MOST_WHOLE, most: int = MOST_WHOLE) -> Shape:
    """Want a whole number within bounds."""

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            wanted = f"a whole number from {least:,} to {most:,}"
            yield Misfit(place, f"Expected {wanted}; got {say_value(value)}.")

    return check


def flag(value: Any, place: Place) -> Iterator[Misfit]:
    """Want yes or no."""
    if not isinstance(value, bool):
        yield Misfit(place, f"Expected true or false; got {say_value(value)}.")


def scalar(value: Any, place: Place) -> Iterator[Misfit]:
    """Want a text, a number or a flag."""
    if isinstance(value, dict | list) or value is None:
        yield Misfit(
            place, f"Expected a text, a number or a flag; got {say_value(value)}."
        )
    elif isinstance(value, str):
        yield from text()(value, place)
    elif not isinstance(value, bool) and abs(value) > 10**15:
        yield Misfit(place, "The number is too large.")


def one_of(*words: str) -> Shape:
    """Want one of some words."""

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        if value not in words:
            wanted = ", ".join(word or '""' for word in words)
            yield Misfit(place, f"Expected one of {wanted}; got {say_value(value)}.")

    return check


def maybe(shape: Shape) -> Shape:
    """Want something, or nothing."""

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        if value is not None:
            yield from shape(value, place)

    return check


def many(shape: Shape, most: int = MOST_PARTS) -> Shape:
    """Want a list of such values."""

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        if not isinstance(value, list):
            yield Misfit(place, f"Expected a list; got {say_value(value)}.")
        elif len(value) > most:
            yield Misfit(place, f"A list of more than {most:,}.")
        else:
            for index, inner in enumerate(value):
                yield from shape(inner, (*place, index))

    return check


def record(shapes: Mapping[str, Shape], *, needed: tuple[str, ...] = ()) -> Shape:
    """Want an object with values of these names; others are extra."""

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        if not isinstance(value, dict):
            yield Misfit(place, f"Expected an object; got {say_value(value)}.")
            return
        for key in needed:
            if key not in value:
                yield Misfit(place, f"“{key}” is missing.")
        for key, inner in value.items():
            if key in shapes:
                yield from shapes[key](inner, (*place, key))
            else:
                yield Misfit((*place, key), "Not known here.", is_extra=True)

    return check


def by_locale(shape: Shape) -> Shape:
    """Want an object with a value for each of some languages."""

    def check(value: Any, place: Place) -> Iterator[Misfit]:
        if not isinstance(value, dict):
            yield Misfit(place, f"Expected an object; got {say_value(value)}.")
        elif len(value) > MOST_LOCALES:
            yield Misfit(place, f"More than {MOST_LOCALES} languages.")
        else:
            for locale, inner in value.items():
                if not LOCALE.fullmatch(locale):
                    message = "Expected a language such as en or pt-BR."
                    yield Misfit((*place, locale[:60]), message)
                yield from shape(inner, (*place, locale))

    return check


def like(default: Any) -> Shape:
    """Want what something begins with, as far as that tells."""
    if isinstance(default, bool):
        return flag
    if isinstance(default, int):
        return whole()
    if isinstance(default, str):
        return text()
    if isinstance(default, list):
        return many(anything)
    if isinstance(default, dict) and default:
        return record({name: like(inner) for name, inner in default.items()})
    return anything


def anything(value: Any, place: Place) -> Iterator[Misfit]:
    """Want nothing in particular."""
    yield from ()
