"""The edges of windows, for everybody and for few contacts."""

from datetime import UTC, datetime, timedelta

import pytest

from audiences import selection
from tests.factories.contacts import make_contact, make_event

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LAST_TWO_DAYS = {"kind": "last", "amount": 2, "unit": "days"}
FEBRUARY = {"kind": "between", "from": "2026-02-01", "until": "2026-02-28"}
MORNING = {
    "kind": "between",
    "from": "2026-03-01T08:00:00+01:00",
    "until": "2026-03-01T11:00:00",
}


@pytest.mark.parametrize(
    ("window", "at", "is_inside"),
    [
        ({"kind": "ever"}, AS_OF, True),
        ({"kind": "ever"}, AS_OF + TICK, False),
        (LAST_TWO_DAYS, AS_OF, True),
        (LAST_TWO_DAYS, AS_OF + TICK, False),
        (LAST_TWO_DAYS, AS_OF - timedelta(days=2), False),
        (LAST_TWO_DAYS, AS_OF - timedelta(days=2) + TICK, True),
        (FEBRUARY, datetime(2026, 2, 1, tzinfo=UTC), True),
        (FEBRUARY, datetime(2026, 2, 1, tzinfo=UTC) - TICK, False),
        (FEBRUARY, datetime(2026, 3, 1, tzinfo=UTC) - TICK, True),
        (FEBRUARY, datetime(2026, 3, 1, tzinfo=UTC), False),
        (MORNING, datetime(2026, 3, 1, 7, tzinfo=UTC), True),
        (MORNING, datetime(2026, 3, 1, 7, tzinfo=UTC) - TICK, False),
        (MORNING, datetime(2026, 3, 1, 11, tzinfo=UTC), False),
        (MORNING, datetime(2026, 3, 1, 11, tzinfo=UTC) - TICK, True),
    ],
)
def test_window_holds_what_lies_inside(db, window, at, is_inside):
    contact = make_contact()
    make_event(contact, at=at)
    document = {"kind": "event", "name": "order_completed", "window": window}

    everybody = selection.count_contacts(document, as_of=AS_OF)
    few = selection.count_contacts(document, as_of=AS_OF, contact_ids=[contact.pk])

    assert (everybody, few) == (is_inside, is_inside)


@pytest.mark.parametrize(
    ("operator", "count", "expected"),
    [
        ("at_least", 1, {1, 2, 3}),
        ("at_least", 2, {2, 3}),
        ("at_most", 0, {0}),
        ("at_most", 2, {0, 1, 2}),
        ("exactly", 0, {0}),
        ("exactly", 2, {2}),
    ],
)
def test_counts(db, operator, count, expected):
    people = {times: make_contact() for times in range(4)}
    for times, contact in people.items():
        for _ in range(times):
            make_event(contact, at=AS_OF)
    document = {
        "kind": "event",
        "name": "order_completed",
        "operator": operator,
        "count": count,
    }
    ids = {contact.pk: times for times, contact in people.items()}

    few = selection.matching_ids(document, as_of=AS_OF, contact_ids=list(ids))
    everybody = selection.sample_contacts(document, as_of=AS_OF, size=9)

    assert {ids[pk] for pk in few} == expected
    assert {ids[contact.pk] for contact in everybody} == expected
