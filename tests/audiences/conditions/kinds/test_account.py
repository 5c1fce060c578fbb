"""Conditions about the people of an account, and about the account itself."""

from datetime import timedelta

import pytest

from audiences import selection
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.waiting import flips_of, waiting_of
from contacts.models import Account, AccountMember
from tests.audiences.conditions.selecting import found_of, selected
from tests.factories.audiences import make_trait
from tests.factories.contacts import NOW, make_contact, make_event

PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
FREE = {"kind": "attribute", "name": "plan", "operator": "is_not", "value": "pro"}
TWICE = {
    "kind": "event",
    "name": "visited",
    "operator": "at_least",
    "count": 2,
    "window": {"kind": "last", "amount": 7, "unit": "days"},
    "filters": [],
}


def of_account(quantifier, condition=PRO):
    return {"kind": "account", "quantifier": quantifier, "condition": condition}


def join(contact, account):
    AccountMember.objects.create(
        contact=contact, account_id=account.pk, identifier_id=contact.pk, first_at=NOW
    )


def make_people():
    """Two accounts: a pro and a free one; two pros, of whom one is in both."""
    plans = {"ann": "pro", "bob": "free", "cy": "pro", "dan": "pro", "eve": "free"}
    people = {
        name: make_contact(attributes={"plan": plan}) for name, plan in plans.items()
    }
    people["forgotten"] = make_contact()
    mixed = Account.objects.create(
        group_id="1",
        name="Acme",
        created_at=NOW,
        attributes={"seats": 5, "tags": ["old", "big"]},
    )
    pros = Account.objects.create(
        group_id="2", created_at=NOW, attributes={"seats": "9", "name2": None}
    )
    frees = Account.objects.create(group_id="3", name="Blue", created_at=NOW)
    for name in ("ann", "bob"):
        join(people[name], mixed)
    for name in ("ann", "cy", "forgotten"):
        join(people[name], pros)
    join(people["eve"], frees)
    type(people["ann"]).objects.filter(pk=people["forgotten"].pk).update(erased_at=NOW)
    del people["forgotten"]
    for number in range(2):
        make_event(people["bob"], name="visited", at=NOW - timedelta(days=number))
    return people


@pytest.mark.parametrize(
    ("quantifier", "condition", "expected"),
    [
        ("any", PRO, {"ann", "bob", "cy"}),
        ("all", PRO, {"ann", "cy"}),
        ("none", PRO, {"eve"}),
        ("any", FREE, {"ann", "bob", "eve"}),
        ("all", FREE, {"eve"}),
        ("none", FREE, {"ann", "cy"}),
        ("any", TWICE, {"ann", "bob"}),
        ("all", TWICE, set()),
        ("none", TWICE, {"ann", "cy", "eve"}),
        ("none", {"kind": "not", "condition": PRO}, {"ann", "cy"}),
        (
            "any",
            {"kind": "all", "conditions": [FREE, TWICE]},
            {"ann", "bob"},
        ),
    ],
)
def test_the_people_of_an_account(db, quantifier, condition, expected):
    assert selected(of_account(quantifier, condition), make_people()) == expected


def test_a_trait_of_colleagues(db):
    people = make_people()
    trait = make_trait({"kind": "count", "event": "visited"})
    condition = {"kind": "trait", "trait": trait.pk, "operator": "is", "value": 0}

    assert selected(of_account("any", condition), people) == {"ann", "bob", "cy", "eve"}
    assert selected(of_account("all", condition), people) == {"ann", "cy", "eve"}


def attribute(name, operator, value=None, **more):
    document = {"kind": "account_attribute", "name": name, "operator": operator, **more}
    return document if value is None else {**document, "value": value}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (attribute("name", "is", "Acme"), {"ann", "bob"}),
        (attribute("name", "is_not", "Acme"), {"cy", "dan", "eve"}),
        (attribute("name", "is_set"), {"ann", "bob", "eve"}),
        (attribute("name", "is_not_set"), {"cy", "dan"}),
        (attribute("seats", "at_least", 6), {"ann", "cy"}),
        (attribute("seats", "is_none_of", [5]), {"cy", "dan", "eve"}),
        (attribute("tags", "is", "big", path=["*"]), {"ann", "bob"}),
        (attribute("tags", "is_not", "big", path=["*"]), {"cy", "dan", "eve"}),
    ],
)
def test_the_attributes_of_an_account(db, document, expected):
    assert selected(document, make_people()) == expected


def test_what_it_waits_for_and_how_it_reads(db):
    document = of_account("none", TWICE)
    node, setting = selection.prepare(document, as_of=NOW)
    seats = attribute("seats", "at_least", 6)
    plain, _ = selection.prepare(seats, as_of=NOW)
    renewal, _ = selection.prepare(
        attribute("renewal", "in_the_next", {"amount": 7, "unit": "days"}), as_of=NOW
    )

    waiting = waiting_of(node, setting.traits)
    assert waiting.own == set()
    assert waiting.of_colleagues == {"visited", "contact_changed"}
    assert waiting.names == {"visited", "contact_changed"}
    assert flips_of(node, setting.traits) == {
        Flip(Clock.EVENT, "visited", timedelta(days=days), of_account=True)
        for days in (0, 7)
    }
    assert waiting_of(plain, {}).own == {"contact_changed"}
    assert flips_of(plain, {}) == set()
    assert {(flip.clock, flip.after) for flip in flips_of(renewal, {})} == {
        (Clock.DATE, timedelta(days=days)) for days in (-7, 0)
    }
    assert selection.describe(document) == (
        "Contacts of whose account nobody is among those who did “Visited” at least 2"
        " times in the last 7 days."
    )
    assert selection.describe(seats) == "Contacts whose account’s seats is at least 6."
    people = make_people()
    assert found_of(seats, people["ann"]) == {"value": [5, "9"]}
    assert found_of(seats, people["dan"]) == {"value": None}
    assert found_of(attribute("name", "is_set"), people["bob"]) == {"value": ["Acme"]}


@pytest.mark.parametrize(
    ("document", "errors"),
    [
        (
            of_account("some"),
            ["Quantifier must be one of any, all, none; got 'some'. (at quantifier)"],
        ),
        (of_account("any", None), ["Choose a condition. (at condition)"]),
        (
            of_account("any", {"kind": "not", "condition": of_account("all")}),
            ["Inside “of their account” there can't be another. (at condition)"],
        ),
        (
            of_account("any", {"kind": "list", "list": 10**9, "operator": "on"}),
            ["This list is gone. Choose another. (at condition/list)"],
        ),
        (
            attribute("name", "is", "x", path=["y"]),
            ["“name” is one value, there is nothing inside it. (at path)"],
        ),
    ],
)
def test_errors_name_the_place(db, document, errors):
    assert [str(error) for error in selection.check(document)] == errors
