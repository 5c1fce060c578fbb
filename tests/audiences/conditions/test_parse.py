"""Documents that can't be understood, and where."""

import pytest

from audiences.conditions.errors import ConditionError
from audiences.conditions.kinds import KINDS
from audiences.conditions.parse import (
    BRANCHES,
    DEEPEST,
    MOST_NODES,
    find_errors,
    parse_condition,
)

PLAN = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
ORDERS = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
}


def group(*children, kind="all"):
    return {"kind": kind, "conditions": list(children)}


KNOWN = f"Kind must be one of {', '.join([*BRANCHES, *KINDS])}"


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        (None, (), "Choose a condition."),
        ({"kind": "magic"}, ("kind",), f"{KNOWN}; got 'magic'."),
        ({"kind": ["all"]}, ("kind",), f"{KNOWN}; got ['all']."),
        (group(), (), "This group is empty. Add a condition or remove it."),
        ({"kind": "all"}, (), "This group is empty. Add a condition or remove it."),
        ({"kind": "not"}, ("condition",), "Choose a condition."),
        (group(PLAN, {**PLAN, "name": " "}), ("conditions", 1, "name"), "Choose an attribute."),
        ({**PLAN, "value": " "}, ("value",), "Enter a value."),
        ({**PLAN, "value": None}, ("value",), "Enter a text."),
        ({**PLAN, "value": "a\0"}, ("value",), "The text holds a character that no value can hold."),
        ({**PLAN, "value": "\ud800"}, ("value",), "The text holds a character that no value can hold."),
        ({**PLAN, "value": "x" * 1001}, ("value",), "Use at most 1000 characters."),
        ({**PLAN, "operator": "is_one_of", "value": []}, ("value",), "Enter at least one value, each on its own line."),
        ({**PLAN, "operator": "is_one_of", "value": ["a"] * 1001}, ("value",), "Use at most 1,000 values."),
        ({**PLAN, "operator": "is_one_of", "value": ["a", ""]}, ("value", 1), "Enter a value."),
        ({**PLAN, "operator": "at_least", "value": "many"}, ("value",), "Enter a number, like 500 or 12.5."),
        ({**PLAN, "operator": "at_least", "value": True}, ("value",), "Enter a number, like 500 or 12.5."),
        ({**PLAN, "operator": "at_least", "value": float("nan")}, ("value",), "Enter a number, like 500 or 12.5."),
        ({**PLAN, "operator": "between", "value": [1]}, ("value",), "Enter two numbers, like 10 and 20."),
        ({**PLAN, "operator": "between", "value": [2, 1]}, ("value",), "The first number must not be above the second."),
        ({**PLAN, "operator": "before", "value": "soon"}, ("value",), "Enter a date, like 2026-05-31."),
        ({**PLAN, "operator": "before", "value": 5}, ("value",), "Enter a date, like 2026-05-31."),
        ({**PLAN, "operator": "before", "value": "0001-01-01"}, ("value",), "Enter a date between the years 1000 and 2999."),
        ({**PLAN, "operator": "in_the_last", "value": 5}, ("value",), "Enter how long, like 90 days."),
        ({**PLAN, "operator": "in_the_last", "value": {"amount": 5, "unit": "years"}}, ("value", "unit"), "Choose one of minutes, hours, days, weeks."),
        ({**PLAN, "operator": "in_the_last", "value": {"amount": 0, "unit": "days"}}, ("value", "amount"), "Enter a number of at least 1."),
        ({**PLAN, "operator": "in_the_last", "value": {"amount": 99999, "unit": "weeks"}}, ("value", "amount"), "Choose at most a hundred years."),
        ({"kind": "attribute", "name": "created_at", "operator": "is", "value": "x"}, ("operator",), "“created_at” is a date. Compare it with “is before” or “is in the last”."),
        ({"kind": "list", "list": "", "operator": "on"}, ("list",), "Choose a list."),
        ({"kind": "list", "list": True, "operator": "on"}, ("list",), "Choose a list."),
        ({"kind": "audience", "audience": 0}, ("audience",), "Choose an audience."),
        ({"kind": "list", "list": 1, "operator": "in"}, ("operator",), "Operator must be one of on, not_on; got 'in'."),
        ({**ORDERS, "name": ""}, ("name",), "Choose an event."),
        ({**ORDERS, "operator": "often"}, ("operator",), "Operator must be one of at_least, at_most, exactly; got 'often'."),
        ({**ORDERS, "count": "two"}, ("count",), "Enter a whole number, like 3."),
        ({**ORDERS, "count": 0}, ("count",), "Enter a number of at least 1."),
        ({**ORDERS, "window": "always"}, ("window",), "Window must be one of ever, last, ago, between; got None."),
        ({**ORDERS, "window": {"kind": "between", "from": "2026-02-02", "until": "2026-02-01"}}, ("window", "until"), "The end must come after the beginning."),
        ({**ORDERS, "filters": [{}] * 21}, ("filters",), "Use at most 20 filters on one event."),
        ({**ORDERS, "filters": ["x"]}, ("filters", 0), "Choose a property."),
        ({**ORDERS, "filters": [{"name": "total", "operator": "at_least"}]}, ("filters", 0, "value"), "Enter a number, like 500 or 12.5."),
        (group(*[PLAN] * (MOST_NODES + 1)), (), "Use at most 200 conditions in one rule."),
        (group(group(*[PLAN] * 150), group(*[PLAN] * 150)), (), "Use at most 200 conditions in one rule."),
    ],
)  # fmt: skip
def test_parse_names_the_place(document, path, message):
    with pytest.raises(ConditionError) as caught:
        parse_condition(document)

    assert (caught.value.path, caught.value.message) == (path, message)


def test_parse_lists_the_known_operators():
    with pytest.raises(ConditionError) as caught:
        parse_condition({**PLAN, "operator": "equalz"})

    assert str(caught.value) == (
        "Operator must be one of is, is_not, is_one_of, is_none_of, contains, not_contains, "
        "starts_with, ends_with, greater_than, less_than, at_least, at_most, between, before, "
        "after, in_the_last, in_the_next, longer_ago, later_than, anniversary_today, "
        "anniversary_in_the_next, is_true, is_false, is_set, is_not_set; "
        "got 'equalz'. (at operator)"
    )


def test_groups_may_nest_up_to_a_limit():
    def nested(levels):
        document = PLAN
        for _ in range(levels):
            document = group(document)
        return document

    parse_condition(nested(DEEPEST))
    with pytest.raises(ConditionError, match="Groups go at most 8 levels deep"):
        parse_condition(nested(DEEPEST + 1))


def test_find_errors_lists_all_of_them():
    document = group(
        {**PLAN, "name": ""},
        group({**ORDERS, "count": "x"}, {"kind": "not", "condition": {"kind": "list"}}),
    )

    assert [error.path for error in find_errors(document)] == [
        ("conditions", 0, "name"),
        ("conditions", 1, "conditions", 0, "count"),
        ("conditions", 1, "conditions", 1, "condition", "list"),
    ]


def test_an_error_of_the_whole_says_so():
    assert str(ConditionError((), "Choose.")) == "Choose. (at the whole condition)"
