"""The builder's fields to a document, and a document to the fields that it shows."""

import pytest
from django import forms
from django.http import QueryDict

from audiences import selection
from audiences.builder.reading import is_posted, read_tree
from audiences.builder.tree import to_document
from audiences.forms import ConditionField
from tests.audiences.html import fields_of
from tests.factories.audiences import make_audience
from tests.factories.contacts import make_contact, make_event, make_list


def read(**fields):
    form = {
        "rule::mode": "all",
        **{f"rule:{name}": text for name, text in fields.items()},
    }
    return to_document(read_tree(form, "rule"))["conditions"]


def test_a_form_without_the_builder_is_not_posted():
    assert is_posted({"rule::mode": "all"}, "rule") is True
    assert is_posted({"other::mode": "all", "rule": "x"}, "rule") is False


def test_fields_of_other_builders_and_odd_names_are_skipped():
    form = {
        "rule::mode": "bogus",
        "rule:0:kind": "list",
        "rule:0:list": "7",
        "rule:0:operator": "on",
        "rule:x:kind": "list",
        "rule:0.0.0:kind": "list",
        "rules:1:kind": "list",
        "other:0:kind": "event",
    }

    assert to_document(read_tree(form, "rule")) == {
        "kind": "all",
        "conditions": [{"kind": "list", "list": 7, "operator": "on"}],
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": "magic"}, {"kind": "magic"}),
        ({"kind": "list", "list": "", "operator": "on"}, {"kind": "list", "list": "", "operator": "on"}),
        (
            {"kind": "attribute", "name": "__other__", "other": " vip ", "operator": "is_set"},
            {"kind": "attribute", "name": "vip", "operator": "is_set"},
        ),
        (
            {"kind": "attribute", "name": "age", "type": "number", "operator": "is", "value": " 5.50 "},
            {"kind": "attribute", "name": "age", "operator": "is", "value": 5.5},
        ),
        (
            {"kind": "attribute", "name": "zip", "type": "text", "operator": "is", "value": "0123"},
            {"kind": "attribute", "name": "zip", "operator": "is", "value": "0123"},
        ),
        (
            {"kind": "attribute", "name": "plan", "operator": "is_one_of", "value": "a\r\n\r\n b, c \n"},
            {"kind": "attribute", "name": "plan", "operator": "is_one_of", "value": ["a", "b, c"]},
        ),
        (
            {"kind": "attribute", "name": "age", "operator": "between", "value": "1", "high": "x"},
            {"kind": "attribute", "name": "age", "operator": "between", "value": ["1", "x"]},
        ),
        (
            {"kind": "attribute", "name": "created_at", "operator": "in_the_last", "value.amount": "many", "value.unit": "days"},
            {"kind": "attribute", "name": "created_at", "operator": "in_the_last", "value": {"amount": "many", "unit": "days"}},
        ),
        (
            {"kind": "attribute", "name": "plan", "operator": "equalz", "value": "x"},
            {"kind": "attribute", "name": "plan", "operator": "equalz"},
        ),
        (
            {"kind": "event", "name": "order_completed", "operator": "never", "count": "4", "window": "last", "window.amount": "9", "window.unit": "weeks"},
            {
                "kind": "event",
                "name": "order_completed",
                "operator": "at_most",
                "count": 0,
                "window": {"kind": "last", "amount": 9, "unit": "weeks"},
                "filters": [],
            },
        ),
        (
            {
                "kind": "event",
                "name": "",
                "operator": "exactly",
                "count": "x",
                "window": "between",
                "window.from": "2026-01-01",
                "window.until": "",
                "filters.10.name": "b",
                "filters.10.operator": "is_true",
                "filters.2.name": "a",
                "filters.2.operator": "at_least",
                "filters.2.value": "5",
                "filters.x.name": "odd",
            },
            {
                "kind": "event",
                "name": "",
                "operator": "exactly",
                "count": "x",
                "window": {"kind": "between", "from": "2026-01-01", "until": ""},
                "filters": [
                    {"name": "a", "operator": "at_least", "value": "5"},
                    {"name": "b", "operator": "is_true"},
                ],
            },
        ),
    ],
)  # fmt: skip
def test_a_leaf_is_read_as_it_was_typed(fields, expected):
    assert read(**{f"0:{name}": text for name, text in fields.items()}) == [expected]


class RuleForm(forms.Form):
    rule = ConditionField()


def test_what_is_shown_is_read_back_the_same(db):
    contact = make_contact(attributes={"plan": "pro", "age": 40, "vip": True})
    make_event(contact, total=12)
    contact_list, audience = make_list(), make_audience()
    attribute = {"kind": "attribute"}
    document = {
        "kind": "all",
        "conditions": [
            {**attribute, "name": "plan", "operator": "is_one_of", "value": ["pro", "a & <b>"]},
            {**attribute, "name": "age", "operator": "is", "value": 40},
            {**attribute, "name": "age", "operator": "between", "value": [1.5, 40]},
            {**attribute, "name": "unheard of", "operator": "contains", "value": "\"' "},
            {**attribute, "name": "vip", "operator": "is_true"},
            {**attribute, "name": "created_at", "operator": "longer_ago", "value": {"amount": 3, "unit": "weeks"}},
            {**attribute, "name": "created_at", "operator": "before", "value": "2026-01-31"},
            {
                "kind": "not",
                "condition": {
                    "kind": "any",
                    "conditions": [
                        {"kind": "list", "list": contact_list.pk, "operator": "not_on"},
                        {"kind": "audience", "audience": audience.pk, "operator": "in"},
                    ],
                },
            },
            {
                "kind": "event",
                "name": "order_completed",
                "operator": "at_least",
                "count": 2,
                "window": {"kind": "between", "from": "2026-01-01", "until": "2026-01-31"},
                "filters": [{"name": "total", "operator": "at_least", "value": 12.25}],
            },
            {
                "kind": "event",
                "name": "never_seen",
                "operator": "at_most",
                "count": 0,
                "window": {"kind": "ever"},
                "filters": [{"name": "odd", "operator": "is_set"}],
            },
        ],
    }  # fmt: skip
    page = str(RuleForm(initial={"rule": document})["rule"])

    posted = QueryDict(mutable=True)
    posted.update(fields_of(page))
    form = RuleForm(posted)

    assert selection.check(document) == []
    assert form.is_valid(), form.errors
    assert form.cleaned_data["rule"] == document


class TwoForm(forms.Form):
    goal = ConditionField()
    exit = ConditionField(required=False, shows_preview=False)


def test_two_builders_live_in_one_form(db):
    contact_list = make_list()
    on_list = {
        "kind": "all",
        "conditions": [{"kind": "list", "list": contact_list.pk, "operator": "on"}],
    }
    shown = TwoForm(initial={"goal": on_list}, prefix="step-3")
    posted = fields_of(str(shown["goal"]) + str(shown["exit"]))

    form = TwoForm(posted, prefix="step-3")

    assert form.is_valid()
    assert form.cleaned_data == {"goal": on_list, "exit": None}
    assert form.has_changed() is True
    assert TwoForm(
        posted | {"step-3-goal:0:list": ""}, prefix="step-3", initial={"goal": on_list}
    ).changed_data == ["goal"]
    assert (
        TwoForm(posted, prefix="step-3", initial={"goal": on_list}).changed_data == []
    )


def test_an_empty_or_incomplete_rule_is_refused_in_words(db):
    empty = RuleForm({"rule::mode": "all"})
    missing = RuleForm({})
    incomplete = RuleForm(
        {
            "rule::mode": "all",
            "rule:0:kind": "list",
            "rule:0:operator": "on",
            "rule:1:kind": "event",
        }
    )

    assert empty.errors == {"rule": ["Add at least one condition."]}
    assert missing.errors == {"rule": ["Add at least one condition."]}
    assert incomplete.errors == {"rule": ["2 conditions are not complete. See below."]}
    page = str(incomplete["rule"])
    assert "Choose a list." in page
    assert "Choose an event." in page
