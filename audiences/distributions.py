"""The values that a trait gives everybody: how they are distributed, a sample, all of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from audiences.conditions.kind import Setting
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import property_subject
from audiences.conditions.traits import (
    Aggregate,
    Trait,
    parse_trait,
    sides,
    value_type,
)
from audiences.conditions.values import (
    events_of,
    value_of_one,
    value_without_events,
    values_of_all,
)
from audiences.models import Trait as TraitRow
from audiences.models.trait import definitions_of
from audiences.selection import generous_cursor
from contacts.models import Contact

# What a definition that is not saved yet is called.
UNSAVED = 0
BARS = 30
SHARES = (0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1)
MOST_VALUES = 12
CHUNK = 2_000

# The value of everybody of whom an event counts and who was not forgotten.
VALUED = """
WITH valued AS MATERIALIZED (
    SELECT contact.id AS contact_id, found.value
    FROM ({}) AS found
    JOIN contacts_contact AS contact ON contact.id = found.contact_id
    WHERE contact.erased_at IS NULL AND found.value IS NOT NULL
)
"""
# Counts numbers, takes those at some shares, and counts them by bars of equal width up to the
# 99th percentile; the last bar holds what lies beyond.
NUMBERS = f"""
, marked AS (
    SELECT count(*), percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY value) AS marks
    FROM valued
), bars AS (
    SELECT
        least({BARS}, width_bucket(
            value, marks[1],
            CASE WHEN marks[7] > marks[1] THEN marks[7] ELSE marks[1] + 1 END, {BARS}
        )) AS bar,
        count(*)
    FROM valued, marked
    GROUP BY bar
)
SELECT count, marks, (SELECT jsonb_object_agg(bar, count) FROM bars) FROM marked
"""  # noqa: S608 - numbers of ours
# Counts the people of the most frequent texts.
TEXTS = """
, counted AS (
    SELECT {} AS word, count(*) FROM valued {} GROUP BY word
)
SELECT
    (SELECT count(*) FROM valued), (SELECT count(*) FROM counted),
    (SELECT jsonb_agg(jsonb_build_array(left(word, 200), count)) FROM (
        SELECT word, count FROM counted ORDER BY count DESC, word LIMIT {}
    ) AS top)
"""
# How many events count, of how many the property has a text, and of how many a number.
EVENTS = """
SELECT count(*), count(*) FILTER (WHERE {} <> ''), count({}) {}
"""


@dataclass(frozen=True)
class Distribution:
    """
    How the values of a trait are distributed.

    ``people`` have a value of their own; the rest of ``everybody`` has 0 where ``is_zero``
    says so, else nothing. ``marks`` are the least, the 10th, 25th, 50th, 75th, 90th and 99th
    percentile, and the greatest. ``bars`` count people from the least to the 99th percentile.
    ``values`` are the most frequent texts with their people, of ``different`` ones.
    ``unreadable`` of the ``events`` have something that is no number, ``missing`` nothing.
    """

    type: str
    everybody: int
    people: int
    is_zero: bool = False
    marks: Sequence[float] = ()
    bars: Sequence[int] = ()
    different: int = 0
    values: Sequence[Sequence[Any]] = field(default_factory=list)
    events: int = 0
    missing: int = 0
    unreadable: int = 0

    def as_json(self) -> dict[str, Any]:
        """Write it for a column."""
        return asdict(self)


def distribution_of(definition: Mapping[str, Any], *, as_of: datetime) -> Distribution:
    """
    Look at the values of everybody; two statements and a short one.

    :raises ConditionError: if the definition can't be understood, or names what is gone
    """
    trait, setting = _prepare(definition, as_of)
    everybody = Contact.objects.filter(erased_at=None).count()
    sort = value_type(trait)
    start = combine(VALUED, values_of_all(UNSAVED, setting))
    events = _count_events(trait, setting)
    is_zero = value_without_events(trait, setting) == 0
    if sort == "number":
        count, marks, bars = _fetch(
            start, NUMBERS, ([float(share) for share in SHARES],)
        )
        counted = json.loads(bars or "{}")
        return Distribution(
            sort,
            everybody,
            count,
            is_zero=is_zero,
            marks=[float(mark) for mark in marks or ()],
            bars=[counted.get(str(bar), 0) for bar in range(1, BARS + 1)]
            if count
            else [],
            **events,
        )
    elements = "CROSS JOIN LATERAL jsonb_array_elements_text(value) AS element (word)"
    ending = combine(
        TEXTS,
        Fragment("element.word" if sort == "list" else "value"),
        Fragment(elements if sort == "list" else ""),
        Fragment(str(MOST_VALUES)),
    )
    count, different, values = _fetch(start, ending.text, ending.params)
    return Distribution(
        sort,
        everybody,
        count,
        different=different,
        values=json.loads(values or "[]"),
        **events,
    )


def sample_values(
    definition: Mapping[str, Any], *, as_of: datetime, size: int
) -> list[tuple[Contact, Any]]:
    """Fetch some people with their values, the newest first."""
    trait, setting = _prepare(definition, as_of)
    statement = combine(
        "{} SELECT contact_id, value FROM valued ORDER BY contact_id DESC LIMIT {}",
        combine(VALUED, values_of_all(UNSAVED, setting)),
        value(size),
    )
    with generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        rows = cursor.fetchall()
    contacts = Contact.objects.in_bulk([row[0] for row in rows])
    return [(contacts[pk], plain(found, trait)) for pk, found in rows if pk in contacts]


def all_values(
    definition: Mapping[str, Any], *, as_of: datetime
) -> Iterator[tuple[str, str, str, Any]]:
    """Read address, names and value of everybody who has one, in chunks; one statement."""
    trait, setting = _prepare(definition, as_of)
    default = value_without_events(trait, setting)
    other = Fragment("NULL") if default is None else Fragment(str(default))
    statement = combine(
        "SELECT contact.email, contact.first_name, contact.last_name,"
        " coalesce(found.value, {})"
        " FROM contacts_contact AS contact"
        " LEFT JOIN ({}) AS found ON found.contact_id = contact.id"
        " WHERE contact.erased_at IS NULL AND coalesce(found.value, {}) IS NOT NULL"
        " ORDER BY contact.id",
        other,
        values_of_all(UNSAVED, setting),
        other,
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        while rows := cursor.fetchmany(CHUNK):
            for email, first_name, last_name, found in rows:
                yield email, first_name, last_name, plain(found, trait)


def values_of_contact(
    contact_id: int, rows: Sequence[TraitRow], *, as_of: datetime
) -> dict[int, Any]:
    """Compute traits of one contact; one statement. What can't be read any more is left out."""
    traits = definitions_of([row.pk for row in rows])
    setting = Setting(as_of, few=True, traits=traits)
    wanted = [
        row.pk
        for row in rows
        if row.pk in traits and traits.keys() >= set(sides(traits[row.pk]))
    ]
    if not wanted:
        return {}
    columns = [value_of_one(pk, setting) for pk in wanted]
    statement = combine(
        "SELECT {} FROM contacts_contact AS contact WHERE contact.id = {}",
        combine(", ".join(["{}"] * len(columns)), *columns),
        value(contact_id),
    )
    with generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        found = cursor.fetchone() or [None] * len(wanted)
    return {pk: plain(one, traits[pk]) for pk, one in zip(wanted, found, strict=True)}


def plain(found: Any, trait: Trait) -> Any:
    """Write a value as people do: a number without idle zeros, a list with commas."""
    if isinstance(found, str) and value_type(trait) == "list":
        return ", ".join(json.loads(found))
    if isinstance(found, Decimal):
        whole = found.to_integral_value()
        return int(found) if found == whole else found.normalize()
    return found


def _prepare(definition: Mapping[str, Any], as_of: datetime) -> tuple[Trait, Setting]:
    """Read a definition, and those of which it is put together."""
    trait = parse_trait(definition)
    traits = {**definitions_of(sides(trait)), UNSAVED: trait}
    return trait, Setting(as_of, traits=traits)


def _fetch(start: Fragment, ending: str, params: tuple[Any, ...]) -> Any:
    """Fetch the one row of a statement."""
    with generous_cursor() as cursor:
        cursor.execute(start.text + ending, (*start.params, *params))
        return cursor.fetchone()


def _count_events(trait: Trait, setting: Setting) -> dict[str, Any]:
    """Count the events, those without the property, and those where it is no number."""
    if not isinstance(trait, Aggregate) or not trait.property:
        return {}
    subject = property_subject(trait.property)
    statement = combine(EVENTS, subject.text, subject.number, events_of(trait, setting))
    with generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        events, texts, numbers = cursor.fetchone()
    unreadable = texts - numbers if value_type(trait) == "number" else 0
    if trait.kind == "unique_count":
        unreadable = 0
    return {"events": events, "missing": events - texts, "unreadable": unreadable}
