"""What conditions of every kind say they found, and what is missing."""

from datetime import timedelta

from audiences.explain import explain
from audiences.explain.nearly import Near, people_near
from audiences.traits import create_trait
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)


def group(kind, *conditions):
    return {"kind": kind, "conditions": list(conditions)}


def leaf_of(document, contact, now=NOW):
    return explain(document, contact.pk, as_of=now).tree


def test_an_amount_is_told_in_its_currency(db):
    contact = make_contact()
    for total in (100, "387.60"):
        make_event(contact, at=NOW - DAY, total=total, currency="USD")
    spent = create_trait(
        name="Spent",
        definition={"kind": "sum", "event": "order_completed", "property": "total"},
        now=NOW,
    )
    rule = {
        "kind": "trait",
        "trait": spent.pk,
        "operator": "greater_than",
        "value": 500,
    }

    leaf = leaf_of(rule, contact)
    make_event(contact, at=NOW, total="12.40", currency="USD")
    edge = leaf_of(rule, contact)
    (near,) = people_near(rule, 0, as_of=NOW, offset=0, size=5)

    assert (leaf.sentence, leaf.found, leaf.distance) == (
        "“Spent” is greater than 500",
        "$487.60",
        "$12.40 short",
    )
    assert len(leaf.events) == 2
    assert (edge.found, edge.distance) == (
        "$500.00",
        "exactly at the limit, which does not count",
    )
    assert near == Near(contact, edge.found, edge.distance)


def test_kinds_of_all_sorts_say_what_they_found(db):
    contact = make_contact(
        attributes={"renews_at": "2026-03-11", "plan": "pro", "ok": True},
        time_zone="Europe/Berlin",
    )
    make_event(contact, at=NOW - 40 * DAY)
    make_event(contact, at=NOW - 3 * DAY)
    week = {"amount": 1, "unit": "weeks"}
    base = {"name": "order_completed", "filters": []}
    renews = {"kind": "attribute", "name": "renews_at"}
    rules = [
        {**renews, "operator": "in_the_next", "value": week},
        {**renews, "operator": "before", "value": "2026-03-01"},
        {**renews, "operator": "after", "value": "2026-04-01"},
        {**renews, "operator": "in_the_last", "value": week},
        {**renews, "operator": "longer_ago", "value": week},
        {
            **renews,
            "operator": "later_than",
            "value": {"amount": 3, "unit": "weeks"},
        },
        {"kind": "attribute", "name": "ok", "operator": "is_false"},
        {"kind": "attribute", "name": "plan", "operator": "at_least", "value": 3},
        {"kind": "attribute", "name": "none", "operator": "at_least", "value": 3},
        {"kind": "attribute", "name": "none", "operator": "in_the_last", "value": week},
        {
            **base,
            "kind": "stopped",
            "times": 2,
            "active": {"amount": 60, "unit": "days"},
            "quiet": week,
        },
        {
            **base,
            "kind": "regular",
            "times": 1,
            "period": week,
            "at_least": 3,
            "of": 4,
        },
        {
            **base,
            "kind": "resumed",
            "quiet": {"amount": 50, "unit": "days"},
            "window": {"kind": "last", "amount": 7, "unit": "days"},
        },
        {
            "kind": "local_time",
            "from": "09:00",
            "until": "10:00",
            "days": ["mon"],
        },
        {
            **base,
            "kind": "sequence",
            "window": {"kind": "ever"},
            "then": [{"did": True, "name": "opened", "filters": [], "within": week}],
        },
    ]

    leaves = explain(group("any", *rules), contact.pk, as_of=NOW).leaves

    assert [(leaf.holds, leaf.found, leaf.distance) for leaf in leaves] == [
        (False, "2026-03-11", "2 days 12 hours to go"),
        (False, "2026-03-11", "10 days too late"),
        (False, "2026-03-11", "22 days too early"),
        (False, "2026-03-11", "9 days 12 hours to go"),
        (False, "2026-03-11", "16 days 12 hours short"),
        (False, "2026-03-11", "11 days 12 hours too soon"),
        (False, "yes", ""),
        (False, "pro", "can't be compared"),
        (False, "nothing", "nothing is known"),
        (False, "nothing", "nothing is known"),
        (False, "once, and once since", "once since: 4 days short"),
        (False, "1 of 4 periods (from now back: 1, 0, 0, 0)", "2 more periods"),
        (False, "37 days", "13 days short"),
        (False, "Sunday 13:00 in Europe/Berlin", ""),
        (False, "1 of 2 steps", "1 more step"),
    ]
