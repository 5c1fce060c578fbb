"""What the sources send, learned from what came: events, properties, types, volumes."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from contacts.shapes import EMPTY, MOST_ELEMENTS, is_date, walk

SAMPLES = 5
LONGEST_SAMPLE = 100
LONGEST_PATH = 250
# Further properties of an event in one batch say that its keys are no names.
MOST_PATHS = 1_000
# The types of values that tell by their class.
PLAIN = {
    int: "integer",
    float: "number",
    bool: "flag",
    type(None): EMPTY,
    list: "list",
    dict: "object",
}
CONTAINERS = (dict, list)
# Among so many values of a property, its samples are found.
MOST_LOOKS = 20
# What is larger, or nested deeper, is looked at for itself.
MOST_FIELDS = 50
MOST_LEVELS = 4

encode = msgspec.json.Encoder().encode

Type = tuple[str, str]


class Seen(NamedTuple):
    """A message that was accepted: what it is, from whom, when, and its properties or traits."""

    kind: str
    name: str
    source_id: int
    at: datetime
    body: Mapping[str, Any]


# Names and types, and those of what is nested; equal for messages that look alike.
Outline = tuple[Any, ...]


class Path:
    """What a batch shows of a property: how often, of which types, and a few values."""

    __slots__ = ("looks", "samples", "types")

    def __init__(self) -> None:
        self.types: dict[str, int] = {}
        self.samples: dict[str, None] = {}
        # How many values were looked at for samples.
        self.looks = 0


# Counts the messages, and gives the id of each event type. Ordered, against deadlocks.
COUNT_TYPES = """
INSERT INTO contacts_eventtype AS event
    (kind, name, first_seen_at, last_seen_at, count, people_counted_to)
SELECT kind, name, first_seen_at, last_seen_at, count, 0
FROM jsonb_to_recordset(%s) AS seen (
    kind text, name text, first_seen_at timestamptz, last_seen_at timestamptz, count bigint
)
ORDER BY kind, name
ON CONFLICT (kind, name) DO UPDATE SET
    first_seen_at = least(event.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(event.last_seen_at, excluded.last_seen_at),
    count = event.count + excluded.count
RETURNING kind, name, id
"""

COUNT_DAYS = """
INSERT INTO contacts_eventvolume AS volume (event_type_id, source_id, day, count)
SELECT event_type_id, source_id, day, count
FROM jsonb_to_recordset(%s) AS seen (
    event_type_id bigint, source_id bigint, day date, count bigint
)
ORDER BY event_type_id, source_id, day
ON CONFLICT (event_type_id, source_id, day)
DO UPDATE SET count = volume.count + excluded.count
"""

# Adds the types up by name, and puts new samples before the old ones.
COUNT_PROPERTIES = f"""
INSERT INTO contacts_propertytype AS property
    (event_type_id, path, count, types, samples, first_seen_at, last_seen_at)
SELECT event_type_id, path, count, types, samples, first_seen_at, last_seen_at
FROM jsonb_to_recordset(%s) AS seen (
    event_type_id bigint, path text, count bigint, types jsonb, samples jsonb,
    first_seen_at timestamptz, last_seen_at timestamptz
)
ORDER BY event_type_id, path
ON CONFLICT (event_type_id, path) DO UPDATE SET
    count = property.count + excluded.count,
    types = (
        SELECT jsonb_object_agg(name, total)
        FROM (
            SELECT name, sum(number::bigint) AS total
            FROM (
                SELECT * FROM jsonb_each_text(property.types)
                UNION ALL
                SELECT * FROM jsonb_each_text(excluded.types)
            ) AS both_sides (name, number)
            GROUP BY name
        ) AS added
    ),
    samples = CASE
        WHEN property.samples @> excluded.samples THEN property.samples
        ELSE (
            SELECT jsonb_agg(value ORDER BY place)
            FROM (
                SELECT value, min(place) AS place
                FROM jsonb_array_elements(excluded.samples || property.samples)
                    WITH ORDINALITY AS sample (value, place)
                GROUP BY value
                ORDER BY min(place)
                LIMIT {SAMPLES}
            ) AS newest
        )
    END,
    first_seen_at = least(property.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(property.last_seen_at, excluded.last_seen_at)
"""  # noqa: S608 - names and texts of ours


def learn(seen: Sequence[Seen]) -> None:
    """Count a batch of messages, their properties and the types of these; three statements."""
    if not seen:
        return
    by_type: dict[Type, list[Seen]] = {}
    for one in seen:
        by_type.setdefault((one.kind, one.name), []).append(one)
    spans = {
        key: (min(one.at for one in group), max(one.at for one in group))
        for key, group in by_type.items()
    }
    types = [
        {
            "kind": kind,
            "name": name,
            "first_seen_at": spans[kind, name][0].isoformat(),
            "last_seen_at": spans[kind, name][1].isoformat(),
            "count": len(group),
        }
        for (kind, name), group in by_type.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(COUNT_TYPES, [json.dumps(types)])
        ids = {(kind, name): number for kind, name, number in cursor.fetchall()}
        cursor.execute(COUNT_DAYS, [json.dumps(_days(by_type, ids))])
        properties = [
            row
            for key, group in by_type.items()
            for row in _properties(ids[key], group, spans[key])
        ]
        if properties:
            cursor.execute(COUNT_PROPERTIES, [json.dumps(properties)])


def _days(
    by_type: Mapping[Type, Iterable[Seen]], ids: Mapping[Type, int]
) -> list[dict[str, Any]]:
    """Count what came by type, source and day."""
    days: Counter[tuple[int, int, date]] = Counter(
        (ids[key], one.source_id, one.at.astimezone(UTC).date())
        for key, group in by_type.items()
        for one in group
    )
    return [
        {
            "event_type_id": number,
            "source_id": source_id,
            "day": day.isoformat(),
            "count": count,
        }
        for (number, source_id, day), count in days.items()
    ]


def _properties(
    event_type_id: int, group: Iterable[Seen], span: tuple[datetime, datetime]
) -> list[dict[str, Any]]:
    """Say which properties the events of a type had, and of which kinds."""
    paths: dict[str, Path] = {}
    _look_at_all([one.body for one in group], paths)
    return [
        {
            "event_type_id": event_type_id,
            "path": name,
            "count": sum(path.types.values()),
            "types": path.types,
            "samples": list(path.samples),
            "first_seen_at": span[0].isoformat(),
            "last_seen_at": span[1].isoformat(),
        }
        for name, path in paths.items()
        if path.types
    ]


def _look_at_all(bodies: Iterable[Mapping[str, Any]], paths: dict[str, Path]) -> None:
    """
    Note the properties of messages.

    Most look alike. The first of each kind are looked at one by one, for they give the samples;
    the others only count.
    """
    alike: dict[Outline, list[Any]] = {}
    for body in bodies:
        outline = outline_of(body)
        if outline is None:
            _look_at(body, paths)
            continue
        known = alike.get(outline)
        if known is None:
            known = alike[outline] = [0, body]
        known[0] += 1
        if known[0] <= MOST_LOOKS:
            _look_at(body, paths)
    for count, body in alike.values():
        if count > MOST_LOOKS:
            _look_at(body, paths, count - MOST_LOOKS)


def outline_of(body: Any, level: int = 1) -> Outline | None:
    """
    Give what messages have in common that count the same; None if that takes too long.

    Names in their order, each with the type of its value.
    """
    if len(body) > MOST_FIELDS or level > MOST_LEVELS:
        return None
    is_object = body.__class__ is dict
    parts: list[Any] = list(body) if is_object else []
    for value in body.values() if is_object else body[:MOST_ELEMENTS]:
        kind: Any = PLAIN.get(value.__class__)
        if kind is None:
            kind = "date" if value[4:5] == "-" and is_date(value) else "text"
        parts.append(kind)
        if value.__class__ in CONTAINERS:
            inner = outline_of(value, level + 1)
            if inner is None:
                return None
            parts.append(inner)
    return tuple(parts)


def _look_at(body: Mapping[str, Any], paths: dict[str, Path], times: int = 1) -> None:
    """Note the properties of a message that came so many times alike."""
    for value in body.values():
        if value.__class__ in CONTAINERS:
            for name, nested in walk(body):
                _note(name, nested, paths, times)
            return
    for name, value in body.items():
        _note(name, value, paths, times)


def _note(name: str, value: Any, paths: dict[str, Path], times: int) -> None:
    """Note one value of a property."""
    path = paths.get(name)
    if path is None:
        if len(paths) >= MOST_PATHS or len(name) > LONGEST_PATH:
            return
        path = paths[name] = Path()
    kind = PLAIN.get(value.__class__)
    if kind is None:
        # A date has its first hyphen there; nearly no other text does.
        kind = "date" if value[4:5] == "-" and is_date(value) else "text"
    types = path.types
    types[kind] = types.get(kind, 0) + times
    if path.looks < MOST_LOOKS and value is not None:
        path.looks += 1
        if len(path.samples) < SAMPLES:
            path.samples[_sample(value)] = None


def _sample(value: Any) -> str:
    """Write a value as a sample shows it."""
    text = value if isinstance(value, str) else encode(value).decode()
    return text[:LONGEST_SAMPLE]
