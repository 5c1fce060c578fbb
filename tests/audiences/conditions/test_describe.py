"""Conditions as sentences."""

import pytest

from audiences.conditions.describe import describe_condition
from audiences.conditions.kind import Names
from audiences.conditions.parse import parse_condition

NAMES = Names(
    lists={3: "VIPs"},
    audiences={4: "Promoters"},
    events={"link_visited": "Visited a link"},
)
PLAN = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def event(name="order_completed", **changes):
    return {"kind": "event", "name": name, **changes}


def attribute(name, operator, value=None):
    return {"kind": "attribute", "name": name, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (PLAN, "Contacts whose plan is “pro”."),
        ({"kind": "any", "conditions": [PLAN, {"kind": "list", "list": 3}]}, "Contacts whose plan is “pro” or who are on the list “VIPs”."),
        (
            {"kind": "all", "conditions": [PLAN, {"kind": "any", "conditions": [event(), event("link_visited")]}]},
            "Contacts whose plan is “pro” and (who did “Order completed” or who did “Visited a link”).",
        ),
        ({"kind": "not", "condition": PLAN}, "Contacts who are not among those whose plan is “pro”."),
        ({"kind": "list", "list": 5, "operator": "not_on"}, "Contacts who are not on the list “a deleted list”."),
        ({"kind": "audience", "audience": 4}, "Contacts who are in the audience “Promoters”."),
        ({"kind": "audience", "audience": 9, "operator": "not_in"}, "Contacts who are not in the audience “a deleted audience”."),
        (event(operator="at_least", count=2, window={"kind": "last", "amount": 90, "unit": "days"}), "Contacts who did “Order completed” at least 2 times in the last 90 days."),
        (event(operator="exactly", count=1, window={"kind": "last", "amount": 1, "unit": "weeks"}), "Contacts who did “Order completed” exactly once in the last 1 week."),
        (event(operator="at_most", count=0), "Contacts who never did “Order completed”."),
        (event(operator="exactly", count=0, window={"kind": "between", "from": "2026-01-01", "until": "2026-03-31T08:00:00Z"}), "Contacts who did not do “Order completed” between 1 January 2026 and 31 March 2026 08:00."),
        (event(filters=[{"name": "total", "operator": "greater_than", "value": 1500}, {"name": "gift", "operator": "is_true"}]), "Contacts who did “Order completed” where total is greater than 1,500 and gift is true."),
        (attribute("locale", "is_one_of", ["de", 5, True]), "Contacts whose language is one of “de”, 5 or true."),
        (attribute("plan", "is_one_of", ["a"]), "Contacts whose plan is one of “a”."),
        (attribute("plan", "is_none_of", list("abcdefg")), "Contacts whose plan is none of “a”, “b”, “c”, “d”, “e” or 2 others."),
        (attribute("nps_score", "between", [1, "2.50"]), "Contacts whose nps score is between 1 and 2.50."),
        (attribute("created_at", "in_the_last", {"amount": 3, "unit": "hours"}), "Contacts whose date added is in the last 3 hours."),
        (attribute("plan", "is", False), "Contacts whose plan is false."),
        (attribute("_", "is_set"), "Contacts whose _ is known."),
    ],
)  # fmt: skip
def test_describe_says(document, sentence):
    assert describe_condition(parse_condition(document), NAMES) == sentence
