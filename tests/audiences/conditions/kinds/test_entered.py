"""Entries into audiences, and exits."""

from datetime import timedelta

import pytest

from audiences import selection
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.waiting import flips_of, waiting_of
from audiences.models import MembershipChange
from tests.audiences.conditions.selecting import found_of, selected
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact

WEEK = {"kind": "last", "amount": 7, "unit": "days"}


def entered(audience, change="entered", window=WEEK):
    return {
        "kind": "entered",
        "audience": audience.pk,
        "change": change,
        "window": window,
    }


@pytest.fixture
def audience(db):
    return make_audience(name="Pros")


def make_people(audience):
    people = {name: make_contact() for name in ("edge", "new", "gone", "later", "none")}
    for name, change, days in [
        ("edge", "entered", 7),
        ("new", "entered", 6.999),
        ("gone", "entered", 9),
        ("gone", "left", 0),
        ("later", "entered", -1),
    ]:
        MembershipChange.objects.create(
            contact=people[name],
            audience=audience,
            episode=1,
            change=change,
            changed_at=NOW - timedelta(days=days),
            cause="filled",
        )
    return people


@pytest.mark.parametrize(
    ("change", "window", "expected"),
    [
        ("entered", WEEK, {"new"}),
        ("left", WEEK, {"gone"}),
        ("entered", {"kind": "ever"}, {"edge", "new", "gone"}),
        (
            "entered",
            {
                "kind": "ago",
                "nearest": {"amount": 7, "unit": "days"},
                "farthest": {"amount": 10, "unit": "days"},
            },
            {"edge", "gone"},
        ),
    ],
)
def test_the_ledger_is_read(audience, change, window, expected):
    assert (
        selected(entered(audience, change, window), make_people(audience)) == expected
    )


def test_it_flips_when_an_entry_leaves_the_window(audience):
    document = entered(audience)
    node, _ = selection.prepare(document, as_of=NOW)
    people = make_people(audience)

    assert waiting_of(node, {}).own == set()
    assert flips_of(node, {}) == {
        Flip(Clock.CHANGE, str(audience.pk), timedelta(days=7))
    }
    assert selection.describe(document) == (
        "Contacts who entered the audience “Pros” in the last 7 days."
    )
    assert found_of(document, people["none"]) == {"value": None}
    assert found_of(document, people["new"])["value"].startswith("2026-02-22T12:01")
    assert audience.pk in make_audience(rule=document).names_audiences()


def test_an_audience_that_is_gone_is_refused(audience):
    document = {**entered(audience), "audience": 10**9, "change": "joined"}

    assert str(selection.check(document)[0]) == (
        "Change must be one of entered, left; got 'joined'. (at change)"
    )
    assert str(selection.check({**document, "change": "left"})[0]) == (
        "This audience is gone. Choose another. (at audience)"
    )
