"""What a rule waits for, and when time alone may turn it."""

from dataclasses import replace
from datetime import timedelta

from audiences import selection
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.waiting import flips_of, waiting_of
from tests.factories.audiences import make_trait
from tests.factories.contacts import NOW

ORDERS = {"event": "order_completed", "window": {"kind": "ever"}}


def test_what_a_comparison_waits_for_and_when_it_flips(db):
    orders = make_trait(
        {
            **ORDERS,
            "kind": "count",
            "window": {"kind": "last", "amount": 7, "unit": "days"},
        }
    )
    tickets = {"kind": "days_since_latest", "event": "ticket"}
    since = make_trait({**tickets, "level": "account"})
    ratio = make_trait(
        {"kind": "formula", "left": orders.pk, "operator": "divide", "right": since.pk}
    )

    def looked_at(trait, operator, value):
        document = {"kind": "trait", "trait": trait.pk}
        document |= {"operator": operator, "value": value}
        node, setting = selection.prepare(document, as_of=NOW)
        waiting = waiting_of(node, setting.traits)
        return (
            set(waiting.own),
            set(waiting.of_colleagues),
            set(flips_of(node, setting.traits)),
        )

    week = timedelta(days=7)
    came = Flip(Clock.EVENT, "order_completed")
    left = Flip(Clock.EVENT, "order_completed", week)
    assert looked_at(orders, "at_least", 2) == (
        {"order_completed"},
        set(),
        {came, left},
    )
    assert looked_at(since, "greater_than", "13.5") == (
        set(),
        {"ticket", "contact_changed"},
        {
            Flip(Clock.EVENT, "ticket", timedelta(days=number), of_account=True)
            for number in (0, 13, 14)
        },
    )
    own, colleagues, flips = looked_at(ratio, "greater_than", 1)
    assert (own, colleagues) == ({"order_completed"}, {"ticket", "contact_changed"})
    assert Flip(Clock.POLL) in flips


def test_what_compares_with_the_present_is_kept_or_polled(db):
    recent = [
        {
            "name": "due",
            "operator": "in_the_next",
            "value": {"amount": 1, "unit": "days"},
        }
    ]
    filtered = make_trait({**ORDERS, "kind": "count", "filters": recent})
    since = make_trait({**ORDERS, "kind": "days_since_first"})

    def flips(trait, operator, value):
        document = {"kind": "trait", "trait": trait.pk, "operator": operator}
        document["value"] = value
        negated = {
            "kind": "not",
            "condition": {"kind": "all", "conditions": [document]},
        }
        node, setting = selection.prepare(negated, as_of=NOW)
        return flips_of(node, setting.traits)

    came = Flip(Clock.EVENT, "order_completed")
    due, one, *rest = sorted(
        flips(filtered, "is", 1) - {came}, key=lambda flip: flip.after, reverse=True
    )
    assert (due.clock, due.after, one, rest) == (
        Clock.DATE,
        timedelta(),
        replace(due, after=timedelta(days=-1)),
        [],
    )
    assert flips(since, "contains", "1") == {came, Flip(Clock.POLL)}
    assert flips(since, "later_than", recent[0]["value"]) >= {Flip(Clock.POLL)}
