"""
Moments of each contact that are kept in a table, so that the clock finds them by time.

A plain attribute is kept under its own name. What takes more to find is kept under a name that
is made of how it is found: a place inside a value, a property of an event, the value of a
trait, since when an attribute compares as it does.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha1
from typing import Any

from audiences.conditions.comparisons import is_relative
from audiences.conditions.kind import Clock, Flip, Setting
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import (
    contact_subject,
    content_subject,
    elements,
    read_moment,
    step_into,
)

PREFIX = "kept:"
# When a comparison with the present turns: counted from the moment or its anniversary, so
# many times its duration later, and so much more.
ONE_DAY = timedelta(days=1)
TURNS: dict[str, list[tuple[Clock, int, timedelta]]] = {
    "in_the_last": [(Clock.DATE, 0, timedelta()), (Clock.DATE, 1, timedelta())],
    "in_the_next": [(Clock.DATE, -1, timedelta()), (Clock.DATE, 0, timedelta())],
    "longer_ago": [(Clock.DATE, 1, timedelta())],
    "later_than": [(Clock.DATE, -1, timedelta())],
    "anniversary_today": [
        (Clock.ANNIVERSARY, 0, timedelta()),
        (Clock.ANNIVERSARY, 0, ONE_DAY),
    ],
    "anniversary_in_the_next": [
        (Clock.ANNIVERSARY, -1, timedelta()),
        (Clock.ANNIVERSARY, 0, ONE_DAY),
    ],
}


@dataclass(frozen=True)
class Kept:
    """
    Moments under a name, which a flip gives.

    ``rows`` gives a SELECT of them as ``at`` over the alias ``contact``, in a statement that
    names the contacts.
    """

    name: str
    rows: Callable[[Setting], Fragment]


def kept_name(*parts: object) -> str:
    """Make a name of how moments are found."""
    return f"{PREFIX}{sha1(repr(parts).encode(), usedforsecurity=False).hexdigest()}"


def turns(name: str, operator: str, expected: Any) -> Iterable[Flip]:
    """Say when a comparison of moments, kept under a name, with the present turns."""
    span = getattr(expected, "delta", timedelta())
    for clock, times, extra in TURNS.get(operator, ()):
        yield Flip(clock, name, times * span + extra)


def plain(name: str) -> Fragment:
    """Select the moment that a field or an attribute holds."""
    return contact_subject(name).moment.format("SELECT {} AS at")


def inside(source: str, name: str, path: Sequence[str]) -> Fragment:
    """Select the moments to which a path leads in a jsonb column of ours."""
    rows, content = into(source, name, path)
    listed = combine(", LATERAL ".join("{}" for _ in rows), *rows)
    moment = content_subject(content).moment
    if not rows:
        return moment.format("SELECT {} AS at")
    return combine("SELECT {} AS at FROM {}", moment, listed)


def into(
    source: str, name: str, path: Sequence[str]
) -> tuple[list[Fragment], Fragment]:
    """Follow a path: the lists whose every element is taken, and what is found there."""
    content = step_into(Fragment(source), (name,))
    rows: list[Fragment] = []
    rest = tuple(path)
    while "*" in rest:
        at = rest.index("*")
        alias = f"kept_{len(rows)}"
        rows.append(elements(step_into(content, rest[:at]), alias))
        content, rest = Fragment(f"{alias}.content"), rest[at + 1 :]
    return rows, step_into(content, rest)


def in_filters(event: str, filters: Iterable[Any]) -> Iterable[Kept]:
    """Keep the moments that events hold, in properties that are compared with the present."""
    for inner in filters:
        if is_relative(inner.operator):
            name = _name_in_event(event, inner)
            yield Kept(name, _Properties(event, inner.name, inner.path))


def turns_of_filters(
    event: str, filters: Iterable[Any], *, of_account: bool = False
) -> Iterable[Flip]:
    """Say when a comparison of a property of an event with the present turns."""
    for inner in filters:
        for flip in turns(_name_in_event(event, inner), inner.operator, inner.value):
            yield replace(flip, of_account=of_account)


def in_text(text: Fragment) -> Fragment:
    """Select the moment that a text is."""
    return combine(
        "SELECT {} AS at FROM (SELECT {} AS text OFFSET 0) AS found",
        read_moment(Fragment("found.text")),
        text,
    )


def _name_in_event(event: str, inner: Any) -> str:
    """Name the moments that a property of an event holds."""
    return kept_name("event", event, inner.name, inner.path)


@dataclass(frozen=True)
class _Properties:
    """Selects the moments that a property of the events of a name holds."""

    event: str
    name: str
    path: tuple[str, ...]

    def __call__(self, setting: Setting) -> Fragment:
        """Select them. Leans on event_of_contact."""
        return combine(
            "SELECT held.at FROM contacts_event AS event CROSS JOIN LATERAL ({}) AS held"
            " WHERE event.contact_id = contact.id AND event.name = (SELECT {})",
            inside("event.properties", self.name, self.path),
            value(self.event, "text"),
        )
