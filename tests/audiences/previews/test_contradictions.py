"""Conditions that nobody, or everybody, fits."""

import pytest

from audiences.previews.contradictions import find_contradictions
from tests.factories.contacts import NOW


def attribute(operator, value=None, name="age", **more):
    leaf = {"kind": "attribute", "name": name, "operator": operator, **more}
    return leaf if value is None else {**leaf, "value": value}


def did(operator, count, days=30):
    return {
        "kind": "event",
        "name": "order",
        "operator": operator,
        "count": count,
        "window": {"kind": "last", "amount": days, "unit": "days"},
        "filters": [],
    }


def days(amount):
    return {"amount": amount, "unit": "days"}


NEVER = [
    (did("at_least", 5), did("at_most", 3)),
    (did("exactly", 2), did("exactly", 3)),
    (attribute("greater_than", 5), attribute("less_than", 5)),
    (attribute("at_least", 5), attribute("less_than", 5)),
    (attribute("is", 7), attribute("between", [1, 3])),
    (attribute("is", "pro"), attribute("is", "free")),
    (attribute("is", "pro"), attribute("is_not", "pro")),
    (attribute("is_set"), attribute("is_not_set")),
    (attribute("before", "2026-01-01"), attribute("after", "2026-01-01")),
    (attribute("in_the_last", days(5)), attribute("longer_ago", days(9))),
    (attribute("in_the_last", days(5)), attribute("in_the_next", days(5))),
    (
        {"kind": "list", "list": 3, "operator": "on"},
        {"kind": "list", "list": 3, "operator": "not_on"},
    ),
]
FINE = [
    (did("at_least", 3), did("at_most", 3)),
    (did("at_least", 5), did("at_most", 3, days=7)),
    (attribute("at_least", 5), attribute("at_most", 5)),
    (attribute("greater_than", 0), attribute("at_most", 5)),
    (attribute("is", "pro"), attribute("is", "free", name="tier")),
    (attribute("is", 7), attribute("before", "2026-01-01")),
    (attribute("in_the_last", days(9)), attribute("longer_ago", days(5))),
    (attribute("contains", "a"), attribute("contains", "b")),
    (attribute("is_true"), attribute("is_true")),
]


@pytest.mark.parametrize("pair", NEVER)
def test_two_that_exclude_each_other_are_told(pair):
    [told] = find_contradictions({"kind": "all", "conditions": [*pair]}, as_of=NOW)

    assert told.startswith("Nobody can fit both: contacts who")


@pytest.mark.parametrize("pair", FINE)
def test_two_that_may_hold_together_are_not(pair):
    assert find_contradictions({"kind": "all", "conditions": [*pair]}, as_of=NOW) == []


@pytest.mark.parametrize(
    "pair",
    [
        (did("at_least", 3), did("at_most", 2)),
        (attribute("is", "pro"), attribute("is_not", "pro")),
    ],
)
def test_alternatives_of_which_one_always_holds_are_told(pair):
    inner = {"kind": "any", "conditions": [*pair]}
    rule = {"kind": "not", "condition": {"kind": "all", "conditions": [inner]}}

    [told] = find_contradictions(rule, as_of=NOW)

    assert told.startswith("Everybody fits one of the two: contacts who")


def test_alternatives_that_leave_a_gap_are_not():
    pair = [did("at_least", 4), did("at_most", 2)]
    assert find_contradictions({"kind": "any", "conditions": pair}, as_of=NOW) == []
    one = [did("at_least", 4), did("at_least", 2)]
    assert find_contradictions({"kind": "any", "conditions": one}, as_of=NOW) == []
