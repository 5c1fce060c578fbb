"""Conditions on events over time: in both shapes, at each moment at which they may change."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiences.conditions.compiler import compile_node
from audiences.conditions.kind import Clock, Setting
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.parse import dump_condition, parse_condition
from audiences.conditions.sql import combine, value
from contacts.models import Event
from tests.factories.contacts import make_contact

START = datetime(2026, 2, 28, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Happened:
    """An event of a history: its name, hours after the start, and two properties."""

    name: str
    hour: int
    total: object
    order: object


names = st.sampled_from(["a", "b", "c"])
totals = st.sampled_from([None, 1, 2, "2", "x"])
orders = st.sampled_from([None, "", "p", 7, "7"])
# On a grid that the lengths of time share, so that edges are met again and again.
histories = st.lists(
    st.builds(Happened, names, st.integers(0, 72), totals, orders), max_size=8
)
durations = st.sampled_from(
    [{"amount": n, "unit": "hours"} for n in (1, 2, 3, 5, 8, 13, 24)]
    + [{"amount": 1, "unit": "days"}, {"amount": 120, "unit": "minutes"}]
)
lasts = durations.map(lambda duration: {"kind": "last", **duration})


def hours(duration):
    return (
        duration["amount"]
        * {"minutes": 1 / 60, "hours": 1, "days": 24}[duration["unit"]]
    )


spans_ago = (
    st.tuples(durations, durations)
    .map(lambda pair: sorted(pair, key=hours))
    .filter(lambda pair: hours(pair[0]) < hours(pair[1]))
    .map(lambda pair: {"kind": "ago", "nearest": pair[0], "farthest": pair[1]})
)
betweens = st.sampled_from(
    [
        {"kind": "between", "from": "2026-02-28", "until": "2026-02-28"},
        {"kind": "between", "from": "2026-03-01", "until": "2026-03-02"},
        {
            "kind": "between",
            "from": "2026-02-28T05:00:00Z",
            "until": "2026-03-01T03:00:00Z",
        },
    ]
)
windows = st.just({"kind": "ever"}) | lasts | spans_ago | betweens
filters = st.lists(
    st.sampled_from(
        [
            {"name": "total", "operator": "at_least", "value": 2},
            {"name": "total", "operator": "is_not", "value": 1},
            {"name": "order", "operator": "is_set"},
        ]
    ),
    max_size=1,
)
few = st.integers(1, 3)


def of_kind(kind, **parts):
    return st.fixed_dictionaries(
        {"kind": st.just(kind), "name": names, "filters": filters, **parts}
    )


def steps(did):
    return st.fixed_dictionaries(
        {"did": did, "name": names, "filters": filters, "within": durations},
        optional={"same": st.just("order")},
    )


thens = st.tuples(st.lists(steps(st.just(True)), max_size=2), steps(st.booleans())).map(
    lambda pair: [*pair[0], pair[1]]
)


@st.composite
def regulars(draw):
    of = draw(st.integers(1, 5))
    return {
        **draw(of_kind("regular", times=few, period=durations)),
        "of": of,
        "at_least": draw(st.integers(1, of)),
    }


documents = st.one_of(
    of_kind(
        "event",
        operator=st.sampled_from(["at_least", "at_most", "exactly"]),
        count=few,
        window=windows,
    ),
    of_kind("first_time", window=windows),
    of_kind("latest", window=windows),
    of_kind("sequence", window=windows, then=thens),
    of_kind("sequence", window=windows, then=thens),
    regulars(),
    of_kind("stopped", times=few, active=durations, quiet=durations),
    of_kind("resumed", quiet=durations, window=lasts),
)


def store(contact, history):
    """Write a history."""
    return Event.objects.bulk_create(
        Event(
            contact=contact,
            name=one.name,
            key=str(number),
            occurred_at=START + timedelta(hours=one.hour),
            properties={"total": one.total, "order": one.order},
        )
        for number, one in enumerate(history)
    )


def flip_moments(node, history):
    """When time alone may change the answer, from the first such moment on."""
    kind = KIND_OF[type(node)]
    found = {START - timedelta(hours=1)}
    for flip in kind.flips(node, {}):
        assert flip.clock == Clock.EVENT
        found |= {
            START + timedelta(hours=one.hour) + flip.after
            for one in history
            if one.name == flip.name
        }
    return sorted(found)


def answers(node, contact, moments, **changes):
    """The answers of both shapes, and the contrary of those of their opposites, by moment."""
    pieces = [
        compile_node(node, setting, holds=holds).format("(({}) IS TRUE)")
        for moment in moments
        for setting in (
            Setting(as_of=moment, few=False, **changes),
            Setting(as_of=moment, few=True, **changes),
        )
        for holds in (True, False)
    ]
    statement = combine(
        f"SELECT ARRAY[{', '.join('{}' for _ in pieces)}]"
        " FROM contacts_contact AS contact WHERE contact.id = {}",
        *pieces,
        value(contact.pk),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        (row,) = cursor.fetchone()
    return {
        moment: (row[i], not row[i + 1], row[i + 2], not row[i + 3])
        for i, moment in zip(range(0, len(row), 4), moments, strict=True)
    }


RANDOM = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@RANDOM
@given(
    document=documents, history=histories, counts_from=st.integers(0, 72) | st.none()
)
def test_answers_change_at_flips_and_never_between(db, document, history, counts_from):
    node = parse_condition(document)
    moments = flip_moments(node, history)
    asked = {
        moment: beginning
        for beginning, end in pairwise([*moments, moments[-1] + timedelta(days=9)])
        for moment in (
            beginning,
            beginning + (end - beginning) / 2,
            end - MICROSECOND,
        )
    }
    changes = {}
    if counts_from is not None:
        changes["counts_from"] = START + timedelta(hours=counts_from)

    with transaction.atomic():
        contact, other = make_contact(), make_contact()
        store(contact, history)
        store(other, [replace(one, hour=one.hour + 1) for one in history])
        found = answers(node, contact, sorted(asked), **changes)
        transaction.set_rollback(True)

    assert found == {moment: (found[asked[moment]][0],) * 4 for moment in found}


@settings(max_examples=200, deadline=None)
@given(document=documents)
def test_a_document_survives_being_parsed_and_written(document):
    node = parse_condition(document)

    assert parse_condition(dump_condition(node)) == node


@RANDOM
@given(document=documents, history=histories)
def test_what_is_found_are_events_of_the_contact(db, document, history):
    node = parse_condition(document)
    setting = Setting(as_of=START + timedelta(hours=48), few=True)
    statement = combine(
        "SELECT {}, {} FROM contacts_contact AS contact WHERE contact.id = {}",
        KIND_OF[type(node)].found(node, setting),
        compile_node(node, setting),
        value(0),
    )
    with transaction.atomic():
        contact = make_contact()
        told = {event.pk: event for event in store(contact, history)}
        with connection.cursor() as cursor:
            cursor.execute(statement.text, [*statement.params[:-1], contact.pk])
            found, holds = cursor.fetchone()
        transaction.set_rollback(True)

    if isinstance(found, str):
        found = json.loads(found)
    names = {node.name, *(step.name for step in getattr(node, "then", ()))}
    counted = [told[pk] for pk in found["events"]]
    assert {event.name for event in counted} <= names
    assert [event.occurred_at for event in counted] == sorted(
        (event.occurred_at for event in counted), reverse=True
    )
    assert max([event.occurred_at for event in counted], default=START) <= setting.as_of
    if holds and document.get("operator") != "at_most":
        assert counted
    if "needed" in found and "operator" not in document:
        enough = found["value"] is not None and found["value"] >= found["needed"]
        assert holds == (enough and not found.get("since"))


# Many events of a few contacts, the last of them before those that are asked for.
CROWD = """
INSERT INTO contacts_event (contact_id, name, key, occurred_at, received_at, properties)
SELECT %s + number %% 50, 'a', number::text, %s - make_interval(mins => number), %s, '{}'
FROM generate_series(1, 5000) AS number
"""


def test_few_contacts_are_looked_up_by_contact_whatever_the_statistics_say(db):
    first = min(make_contact().pk for _ in range(50))
    document = {
        "kind": "event",
        "name": "a",
        "operator": "at_least",
        "count": 2,
        "window": {"kind": "last", "amount": 1, "unit": "hours"},
        "filters": [],
    }
    condition = compile_node(
        parse_condition(document), Setting(START + timedelta(days=30), few=True)
    )
    looked = combine(
        "EXPLAIN SELECT ({}) FROM unnest({}) AS looked (id)"
        " JOIN contacts_contact AS contact ON contact.id = looked.id",
        condition,
        value([first, first + 1], "bigint[]"),
    )
    with connection.cursor() as cursor:
        cursor.execute(CROWD, [first, START, START])
        cursor.execute("ANALYZE contacts_event")
        cursor.execute(looked.text, looked.params)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "event_of_contact" in plan
    assert "event_by_name" not in plan
