"""
What a condition may mention: attributes, events and their properties, as seen in the data.

Apps above give their events a label and properties, in ``AppConfig.ready``::

    catalog.register_event("link_visited", "Link visited", ["channel"])

They offer conditions on them by name with ``register_happenings``.

Everything is read from a sample of the newest rows, so a page costs the same with a million
contacts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from audiences.conditions.operands import NUMBER
from audiences.conditions.subjects import MOMENT_PATTERN
from audiences.conditions.words import readable
from contacts.models import Account, Contact, Event

NEWEST_CONTACTS = 2_000
NEWEST_EVENTS = 300
MOST_EVENT_NAMES = 500
MOST_SAMPLES = 30
# Values inside values: how deep, how many elements of a list are read, how many are offered.
DEEPEST_WAY = 3
MOST_ELEMENTS = 20
MOST_WAYS = 400
# A name, and the keys inside it.
Way = tuple[str, ...]
MOMENT = re.compile(MOMENT_PATTERN)


@dataclass(frozen=True)
class Entry:
    """
    A thing with a value: its stored name, its label, the sort of data, and samples.

    ``path`` leads inside it: keys, and a star for each element of a list.
    """

    name: str
    label: str
    type: str = "text"
    samples: tuple[str, ...] = ()
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownEvent:
    """An event that an app above records."""

    name: str
    label: str
    properties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offered:
    """A condition that an app above offers by name, ready made."""

    label: str
    about: str
    document: Mapping[str, Any]
    icon: str = "bolt"


KNOWN_EVENTS: dict[str, KnownEvent] = {}
# By the headings under which they are offered.
ASKS_AND_REFERRALS = "Asks and referrals"
OFFERED: dict[str, list[Offered]] = {}

FIELDS = (
    ("email", "Email", "text"),
    ("first_name", "First name", "text"),
    ("last_name", "Last name", "text"),
    ("locale", "Language", "text"),
    ("time_zone", "Time zone", "text"),
    ("created_at", "Date added", "date"),
)

# Jumps from name to name in the index event_by_name instead of reading every event.
EVENT_NAMES = """
WITH RECURSIVE seen AS (
    (SELECT name FROM contacts_event ORDER BY name LIMIT 1)
    UNION ALL
    SELECT (
        SELECT event.name FROM contacts_event AS event
        WHERE event.name > seen.name
        ORDER BY event.name
        LIMIT 1
    )
    FROM seen
    WHERE seen.name IS NOT NULL
)
SELECT name FROM seen WHERE name IS NOT NULL LIMIT %s
"""


def register_event(name: str, label: str, properties: Sequence[str] = ()) -> None:
    """Give an event a label and properties, whether or not it has happened yet."""
    KNOWN_EVENTS[name] = KnownEvent(name, label, tuple(properties))


def register_happenings(
    category: str, offered: Iterable[tuple[str, str, str, Mapping[str, str]]]
) -> None:
    """
    Offer conditions on events under a heading of the builder.

    Each is the name of an event, a label, what it means, and properties that must be so.
    """
    OFFERED.setdefault(category, []).extend(
        Offered(label, about, happened(name, properties))
        for name, label, about, properties in offered
    )


def happened(name: str, properties: Mapping[str, str]) -> dict[str, Any]:
    """Write the condition that an event with these properties has ever happened."""
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [
            {"name": key, "operator": "is", "value": content}
            for key, content in properties.items()
        ],
    }


def fields() -> list[Entry]:
    """List the built-in fields of a contact; one query for their samples."""
    newest = list(
        Contact.objects.order_by("-pk").values("locale", "time_zone")[:NEWEST_CONTACTS]
    )
    return [
        Entry(name, label, sort, _samples(row.get(name) for row in newest))
        for name, label, sort in FIELDS
    ]


def attributes() -> list[Entry]:
    """List the attributes of the newest contacts; one query."""
    newest = Contact.objects.order_by("-pk").values_list("attributes", flat=True)
    return _entries(newest[:NEWEST_CONTACTS])


def account_attributes() -> list[Entry]:
    """List the name and the attributes of the newest accounts; two queries."""
    newest = Account.objects.order_by("-pk")
    names = newest.values_list("name", flat=True)[:NEWEST_CONTACTS]
    seen = newest.values_list("attributes", flat=True)[:NEWEST_CONTACTS]
    return [Entry("name", "Name", "text", _samples(names)), *_entries(seen)]


def events() -> list[Entry]:
    """List the events that have happened, and those that are known to an app; one query."""
    return _event_entries({*_seen_names(), *KNOWN_EVENTS})


def seen_events() -> list[Entry]:
    """List the events that have happened; one query."""
    return _event_entries(_seen_names())


def _seen_names() -> set[str]:
    """Read the names of all events; one query."""
    with connection.cursor() as cursor:
        cursor.execute(EVENT_NAMES, [MOST_EVENT_NAMES])
        return {row[0] for row in cursor.fetchall()}


def _event_entries(names: Iterable[str]) -> list[Entry]:
    """Label events, in the order of their labels."""
    return sorted(
        (Entry(name, event_label(name), "event") for name in names),
        key=lambda entry: (entry.label.lower(), entry.name),
    )


def event_label(name: str) -> str:
    """Call an event by its label, or by its name in words."""
    known = KNOWN_EVENTS.get(name)
    return known.label if known else readable(name, capital=True)


def event_labels() -> dict[str, str]:
    """Map the names of known events to their labels."""
    return {name: known.label for name, known in KNOWN_EVENTS.items()}


def properties(event_name: str) -> list[Entry]:
    """List the properties of the newest events of a name; one query."""
    newest = Event.objects.filter(name=event_name).order_by("-occurred_at", "-pk")
    seen = _entries(newest.values_list("properties", flat=True)[:NEWEST_EVENTS])
    known = KNOWN_EVENTS.get(event_name)
    names = {entry.name for entry in seen if not entry.path}
    promised = [
        Entry(name, readable(name, capital=True))
        for name in (known.properties if known else ())
        if name not in names
    ]
    return sorted([*seen, *promised], key=lambda entry: entry.label.lower())


def _entries(documents: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Find the keys of JSON objects, inside them too; what sort each holds, and samples."""
    found: dict[Way, list[Any]] = {}
    for document in documents:
        for name, content in document.items():
            if len(found) < MOST_WAYS:
                _gather(content, (name,), found)
    entries = [
        Entry(way[0], way_label(way), sort_of(values), _samples(values), way[1:])
        for way, values in found.items()
    ]
    return sorted(entries, key=lambda entry: (entry.label.lower(), entry.name))


def _gather(content: Any, way: Way, found: dict[Way, list[Any]]) -> None:
    """Gather a value, and those inside it."""
    if content in (None, ""):
        return
    found.setdefault(way, []).append(content)
    if len(way) > DEEPEST_WAY:
        return
    if isinstance(content, dict):
        for key, inner in content.items():
            _gather(inner, (*way, key), found)
    elif isinstance(content, list):
        for element in content[:MOST_ELEMENTS]:
            _gather(element, (*way, "*"), found)


def way_label(way: Sequence[str]) -> str:
    """Say the way into a value: "Items › any › Sku"."""
    steps = ["any" if key == "*" else readable(key, capital=True) for key in way[1:]]
    return " › ".join([readable(way[0], capital=True), *steps])


def sort_of(values: Sequence[Any]) -> str:
    """Name the sort of data that all of the values are: number, date, flag, list or text."""
    tests = {
        "flag": lambda content: isinstance(content, bool),
        "number": lambda content: (
            not isinstance(content, bool) and NUMBER.fullmatch(str(content)) is not None
        ),
        "date": lambda content: (
            isinstance(content, str) and MOMENT.fullmatch(content) is not None
        ),
        "list": lambda content: isinstance(content, list),
    }
    return next(
        (sort for sort, test in tests.items() if all(map(test, values))), "text"
    )


def _samples(values: Iterable[Any]) -> tuple[str, ...]:
    """Pick the most frequent short texts and numbers."""
    counts: dict[str, int] = {}
    for content in values:
        if isinstance(content, str | int | float) and not isinstance(content, bool):
            text = str(content)
            if 0 < len(text) <= 60:
                counts[text] = counts.get(text, 0) + 1
    often = sorted(counts, key=lambda text: (-counts[text], text))
    return tuple(often[:MOST_SAMPLES])
