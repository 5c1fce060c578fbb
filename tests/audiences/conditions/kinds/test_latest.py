"""What the latest event is like."""

from datetime import timedelta

from audiences.conditions.describe import describe_condition
from audiences.conditions.kind import Names
from audiences.conditions.parse import parse_condition
from tests.audiences.conditions.selecting import found_of, selects
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)
PROMOTER = {"name": "score", "operator": "at_least", "value": 9}


def latest(*filters, **changes):
    return {
        "kind": "latest",
        "name": "nps_answered",
        "filters": list(filters),
        **changes,
    }


def answer(contact, at, **properties):
    return make_event(contact, name="nps_answered", at=at, **properties)


def test_latest_looks_at_the_latest_alone(db):
    contact = make_contact()
    answer(contact, NOW - DAY, score=3)
    answer(contact, NOW - 2 * DAY, score=10)
    answer(contact, NOW + DAY, score=10)

    assert not selects(latest(PROMOTER), contact)
    assert selects(latest(PROMOTER), contact, at=NOW - 2 * DAY)
    assert selects(latest(PROMOTER), contact, at=NOW + DAY)
    ago = {
        "kind": "ago",
        "nearest": {"amount": 2, "unit": "days"},
        "farthest": {"amount": 9, "unit": "days"},
    }
    assert selects(latest(PROMOTER, window=ago), contact)


def test_latest_of_the_same_instant_is_the_one_told_last(db):
    contact = make_contact()
    answer(contact, NOW, score=10)
    answer(contact, NOW, score=1)

    assert not selects(latest(PROMOTER), contact)


def test_latest_without_a_value_is_none_that_compares(db):
    contact = make_contact()
    answer(contact, NOW, score=None)

    assert not selects(latest(PROMOTER), contact)
    assert selects(latest({**PROMOTER, "operator": "is_not"}), contact)
    assert not selects(latest({**PROMOTER, "operator": "is_not"}), make_contact())
    assert selects(latest(), contact)


def test_latest_leaves_earlier_ones_out_of_account(db):
    contact = make_contact()
    answer(contact, NOW - DAY, score=10)

    assert selects(latest(PROMOTER), contact, counts_from=NOW - 2 * DAY)
    assert not selects(latest(PROMOTER), contact, counts_from=NOW - DAY)


def test_latest_says():
    def say(document):
        return describe_condition(parse_condition(document), Names())

    window = {"kind": "last", "amount": 2, "unit": "weeks"}
    assert say(latest(PROMOTER, window=window)) == (
        "Contacts whose latest “Nps answered” in the last 2 weeks is one where score is"
        " at least 9."
    )
    assert say(latest()) == "Contacts who did “Nps answered”."


def test_latest_tells_what_it_is_like(db):
    contact = make_contact()
    event = answer(contact, NOW - DAY, score="9", comment="Great")
    answer(contact, NOW - 2 * DAY, score=1)

    assert found_of(latest(PROMOTER), contact) == {
        "unit": "moment",
        "value": "2026-02-28T12:00:00+00:00",
        "properties": {"score": "9"},
        "events": [event.pk],
    }
    assert found_of(latest(PROMOTER), make_contact()) == {
        "unit": "moment",
        "value": None,
        "properties": None,
        "events": [],
    }
