"""Attributes that have been so for some time, by their history."""

from datetime import timedelta

import pytest

from audiences import selection
from audiences.conditions.kind import Clock
from audiences.conditions.waiting import flips_of, waiting_of
from contacts.attributes.journal import assert_now
from contacts.models import Contact, ImportChange
from tests.audiences.conditions.selecting import found_of, selected
from tests.factories.contacts import NOW, make_contact
from tests.factories.imports import make_import

MONTH = {"amount": 30, "unit": "days"}


def held(operator="is", value="pro", name="plan"):
    document = {"kind": "held", "name": name, "operator": operator, "for": MONTH}
    return document if value is None else {**document, "value": value}


def told(contact, plan, days):
    assert_now(
        contact_id=contact.pk,
        values={"plan": plan},
        cause="by_hand",
        now=NOW - timedelta(days=days),
    )


def make_people():
    """Each with what was told of the plan, and how many days ago."""
    stories = {
        "long": [("pro", 40)],
        "edge": [("free", 40), ("pro", 30)],
        "short": [("free", 40), ("pro", 29)],
        "again": [("pro", 40), ("pro", 10)],
        "broken": [("pro", 40), ("free", 20), ("pro", 10)],
        "lost": [("pro", 40), (None, 20), ("pro", 10)],
        "was": [("pro", 40), ("free", 1)],
        "never": [("free", 40)],
        "nothing": [],
        "taken": [("pro", 40), (None, 35)],
    }
    people = {name: make_contact(now=NOW - timedelta(days=50)) for name in stories}
    for name, story in stories.items():
        for plan, days in story:
            told(people[name], plan, days)
    return people


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", "pro", {"long", "edge", "again"}),
        ("is_not", "pro", {"never", "nothing", "taken"}),
        ("is_set", None, {"long", "edge", "short", "again", "broken", "was", "never"}),
        ("is_not_set", None, {"nothing", "taken"}),
        ("contains", "r", {"long", "edge", "short", "again", "broken", "was", "never"}),
    ],
)
def test_the_journal_decides(db, operator, value, expected):
    assert selected(held(operator, value), make_people()) == expected


@pytest.mark.parametrize(
    ("days", "is_plan", "expected"),
    [
        (35, "pro", {"long", "again", "broken", "lost", "was"}),
        (30, "pro", {"long", "edge", "again", "broken", "lost", "was"}),
        (15, "pro", {"long", "edge", "short", "again", "was"}),
        (45, "pro", set()),
        (15, "free", {"broken", "never"}),
    ],
)
def test_an_attribute_of_the_past(db, days, is_plan, expected):
    document = {"kind": "attribute", "name": "plan", "operator": "is", "value": is_plan}

    found = selected(
        document, make_people(), as_of=NOW - timedelta(days=days), is_past=True
    )

    assert found == expected


def test_held_in_the_past(db):
    found = selected(held(), make_people(), as_of=NOW - timedelta(days=5), is_past=True)

    assert found == {"long", "again", "was"}


def test_who_came_with_an_import_has_what_he_came_with(db):
    """No journal has begun: the beginning and what imports have changed count."""
    people = {name: make_contact() for name in ("old", "new", "changed", "twice")}
    plans = {"old": "pro", "new": "pro", "changed": "pro", "twice": "pro"}
    for name, plan in plans.items():
        Contact.objects.filter(pk=people[name].pk).update(
            attributes={"plan": plan},
            attributes_at=None,
            created_at=NOW - timedelta(days=20 if name == "new" else 50),
        )
    changes = [("changed", 10, "free", "pro"), ("twice", 45, None, "free")]
    changes += [("twice", 40, "free", "pro")]
    for name, days, before, after in changes:
        run = make_import()
        type(run).objects.filter(pk=run.pk).update(
            confirmed_at=NOW - timedelta(days=days)
        )
        ImportChange.objects.create(
            contact=people[name],
            import_run=run,
            before={"attributes": {"plan": before} if before else {}},
            after={"attributes": {"plan": after}},
        )
    plan = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}

    def then(days):
        moment = NOW - timedelta(days=days)
        return selected(plan, people, as_of=moment, is_past=True)

    assert selected(held(), people) == {"old", "twice"}
    assert then(5) == {"old", "new", "changed", "twice"}
    assert then(15) == {"old", "new", "twice"}
    assert then(30) == {"old", "twice"}
    assert then(42) == then(47) == {"old"}
    assert then(51) == set()


def test_it_is_waited_for_said_and_explained(db):
    node, _ = selection.prepare(held(), as_of=NOW)

    assert waiting_of(node, {}).own == {"contact_changed"}
    assert [(flip.clock, flip.after) for flip in flips_of(node, {})] == [
        (Clock.DATE, timedelta(days=30))
    ]
    assert selection.describe(held()) == (
        "Contacts whose plan is “pro” and has for 30 days."
    )
    assert found_of(held(), make_people()["again"]) == {
        "value": "pro",
        "holds": True,
        "since": "2026-01-20T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (held(name="email"), "“email” can't be followed over time. Choose another. (at name)"),
        ({**held(), "for": None}, "Enter how long, like 90 days. (at for)"),
    ],
)  # fmt: skip
def test_errors_name_the_place(db, document, message):
    assert str(selection.check(document)[0]) == message
