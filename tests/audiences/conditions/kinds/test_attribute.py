"""Attributes: the past of the fields, and when time changes an answer."""

from datetime import timedelta
from random import Random

import pytest

from audiences import selection
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.waiting import flips_of
from contacts.attributes import Assertion, as_of, assert_attributes
from contacts.attributes.journal import assert_now
from contacts.models import Contact
from contacts.sources import trust_source
from tests.audiences.conditions.selecting import found_of, selected
from tests.factories.contacts import NOW, make_contact
from tests.factories.tracking import make_source


def attribute(name, operator, value=None, **more):
    document = {"kind": "attribute", "name": name, "operator": operator, **more}
    return document if value is None else {**document, "value": value}


def tell(contact, days, **values):
    assert_now(
        contact_id=contact.pk,
        values={name.replace("__", ":"): value for name, value in values.items()},
        cause="by_hand",
        now=NOW - timedelta(days=days),
    )


@pytest.mark.parametrize(
    ("name", "value", "days", "expected"),
    [
        ("first_name", "Ann", 0, {"told", "whole", "still"}),
        ("first_name", "Ann", 15, {"told", "still"}),
        ("first_name", "Bo", 15, {"whole"}),
        ("first_name", "Ann", 99, set()),
        ("last_name", "van Dam", 0, {"still"}),
        ("last_name", "Dam", 0, {"whole"}),
        ("last_name", "Lee", 15, {"whole"}),
        ("time_zone", "Europe/Paris", 0, {"told", "still"}),
        ("time_zone", "Europe/Paris", 15, {"still"}),
        ("time_zone", "Asia/Tokyo", 15, {"told"}),
        ("created_at", {"amount": 10, "unit": "days"}, 45, {"told", "whole", "still"}),
    ],
)
def test_fields_of_the_past(db, name, value, days, expected):
    people = {
        who: make_contact(now=NOW - timedelta(days=50))
        for who in ("told", "whole", "still")
    }
    tell(people["told"], 40, first_name="Ann", noticed__time_zone="Asia/Tokyo")
    tell(people["told"], 10, time_zone="Europe/Paris")
    tell(people["whole"], 40, name="Bo Lee")
    tell(people["whole"], 10, name="  Ann   Dam ")
    Contact.objects.filter(pk=people["still"].pk).update(
        first_name="Ann",
        last_name="van Dam",
        time_zone="Europe/Paris",
        attributes_at=None,
    )
    operator = "in_the_last" if name == "created_at" else "is"

    found = selected(
        attribute(name, operator, value),
        people,
        as_of=NOW - timedelta(days=days),
        is_past=True,
    )

    assert found == expected


WEEK = {"amount": 7, "unit": "days"}
SEVEN = timedelta(days=7)
NONE = timedelta()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (attribute("a", "is", "x"), set()),
        (attribute("a", "before", "2026-01-01"), set()),
        (
            attribute("a", "in_the_last", WEEK),
            {(Clock.DATE, NONE), (Clock.DATE, SEVEN)},
        ),
        (
            attribute("a", "in_the_next", WEEK),
            {(Clock.DATE, NONE), (Clock.DATE, -SEVEN)},
        ),
        (attribute("a", "longer_ago", WEEK), {(Clock.DATE, SEVEN)}),
        (attribute("a", "later_than", WEEK), {(Clock.DATE, -SEVEN)}),
        (
            attribute("a", "anniversary_today"),
            {(Clock.ANNIVERSARY, NONE), (Clock.ANNIVERSARY, timedelta(days=1))},
        ),
        (
            attribute("a", "anniversary_in_the_next", WEEK),
            {(Clock.ANNIVERSARY, -SEVEN), (Clock.ANNIVERSARY, timedelta(days=1))},
        ),
    ],
)
def test_when_time_changes_the_answer(db, document, expected):
    node, _ = selection.prepare(document, as_of=NOW)

    assert flips_of(node, {}) == {Flip(clock, "a", after) for clock, after in expected}


def test_a_date_inside_a_value_is_waited_for(db):
    document = attribute("a", "in_the_last", WEEK, path=["b", "*"])
    node, _ = selection.prepare(document, as_of=NOW)
    contact = make_contact(attributes={"a": {"b": ["2026-02-28", 3]}})

    assert {(flip.clock, flip.after) for flip in flips_of(node, {})} == {
        (Clock.DATE, timedelta(days=days)) for days in (0, 7)
    }
    assert found_of(document, contact) == {"value": ["2026-02-28", 3]}
    assert selection.describe(document) == (
        "Contacts whose a › b › any is in the last 7 days."
    )
    assert selected(document, {"contact": contact}) == {"contact"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (attribute("a", "is", 1, path="b"), "Use at most 5 steps. (at path)"),
        (attribute("a", "is", 1, path=["b"] * 6), "Use at most 5 steps. (at path)"),
        (attribute("a", "is", 1, path=["b", ""]), "Enter a value. (at path/1)"),
        (
            attribute("email", "is", "x", path=["b"]),
            "“email” is one value, there is nothing inside it. (at path)",
        ),
        (
            attribute("a", "anniversary_in_the_next", {"amount": 1, "unit": "hours"}),
            "Choose days or weeks. (at value/unit)",
        ),
    ],
)
def test_errors_name_the_place(db, document, message):
    assert str(selection.check(document)[0]) == message


def test_what_is_found_in_the_past(db):
    contact = make_contact(now=NOW - timedelta(days=50), attributes={"plan": "free"})
    tell(contact, 40, first_name="Ann", plan="pro")
    tell(contact, 10, first_name="Bo", plan="free")
    then = NOW - timedelta(days=20)

    def found(name):
        return found_of(attribute(name, "is_set"), contact, as_of=then, is_past=True)

    assert found("first_name") == {"value": "Ann"}
    assert found("plan") == {"value": "pro"}
    assert found("email") == {"value": contact.email}


VALUES = {
    "plan": ["pro", "free", None],
    "first_name": ["Ann", "Bo", None],
    "last_name": ["Lee", None],
    "name": ["Ann Lee", "Bo van Dam", None],
    "locale": ["de", "fr", None],
    "noticed:locale": ["it"],
}


@pytest.mark.parametrize("seed", range(12))
def test_claims_of_the_past_fill_in_what_nobody_had_stated(db, seed):
    random = Random(seed)
    told_by = [make_source(kind="browser"), make_source(), None]
    contact = make_contact(now=NOW - timedelta(days=50))
    for day in range(12):
        source = random.choice(told_by)
        names = random.sample(sorted(VALUES), k=random.randint(1, 3))
        assert_attributes(
            [
                Assertion(
                    contact_id=contact.pk,
                    at=NOW - timedelta(days=40 - day // 2),
                    order_key=f"{day:02}",
                    values={name: random.choice(VALUES[name]) for name in names},
                    cause="identify" if source else "by_hand",
                    source_id=source.pk if source else None,
                )
            ],
            now=NOW,
        )
    contact.refresh_from_db()
    assert as_of(contact, NOW) == {
        name: value
        for name, value in {
            "email": contact.email,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "locale": contact.locale,
            **contact.attributes,
        }.items()
        if value
    }

    for day in range(34, 42):
        then = NOW - timedelta(days=day)
        found = {
            name: found_of(attribute(name, "is_set"), contact, as_of=then, is_past=True)
            for name in ("plan", "first_name", "last_name", "locale")
        }
        told = {name: one["value"] for name, one in found.items() if one["value"]}
        known = as_of(contact, then)
        known.pop("email", None)
        assert told == known


def test_claim_that_was_outvoted_interrupts_nothing(db):
    contact = make_contact(now=NOW - timedelta(days=50))
    tell(contact, 40, plan="pro")
    browser = make_source(kind="browser")
    claim = Assertion(
        contact_id=contact.pk,
        at=NOW - timedelta(days=5),
        order_key="claim",
        values={"plan": "free"},
        cause="identify",
        source_id=browser.pk,
    )
    assert_attributes([claim], now=NOW)
    held = {
        "kind": "held",
        "name": "plan",
        "operator": "is",
        "value": "pro",
        "for": {"amount": 30, "unit": "days"},
    }

    assert selected(held, {"contact": contact}) == {"contact"}
    trust_source(source=browser, user=None, now=NOW)
    assert selected(held, {"contact": contact}) == set()


def test_zones_and_ranks_of_the_past(db):
    people = {name: make_contact(now=NOW - timedelta(days=50)) for name in ("a", "b")}
    tell(people["a"], 40, time_zone="Europe/Paris", points=9, first_name="9")
    tell(people["b"], 40, time_zone="Asia/Tokyo", points=5, first_name="5")
    tell(people["a"], 10, time_zone="Asia/Tokyo", points=1, first_name="1")
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    noon = {"kind": "local_time", "from": "12:30", "until": "13:30", "days": days}
    rank = {"kind": "rank", "operator": "top_count", "value": 1}
    then = {"as_of": NOW - timedelta(days=20), "is_past": True}

    assert selected(noon, people) == set()
    assert selected(noon, people, **then) == {"a"}
    for name in ("points", "first_name"):
        best = {**rank, "of": {"attribute": name}}
        assert selected(best, people) == {"b"}
        assert selected(best, people, **then) == {"a"}
    assert selected({**rank, "of": {"attribute": "email"}}, people, **then) == set()
