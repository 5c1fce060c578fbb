"""What is expected of an example person, as it is filled in."""

import pytest

from campaigns.example_form import ExampleForm, values_of
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step
from campaigns.seeing.expectations import BLANK


def make_form(**values):
    document = empty_document()
    document["steps"] = [new_step("branch", key="pro", name="Pro?")]
    return ExampleForm({"outcome": "any", **values}, document=document)


def test_sides_are_offered_by_name_and_one_of_each_is_taken():
    none, both, one = (
        make_form(sides=sides) for sides in ([], ["pro:yes", "pro:no"], ["pro:yes"])
    )

    assert none.fields["sides"].choices == [
        ("pro:yes", "Pro?: True"),
        ("pro:no", "Pro?: False"),
    ]
    assert none.errors["sides"] == ["Choose at least one side, or another outcome."]
    assert both.errors["sides"] == [
        "A person takes one side of a step. Choose one of each."
    ]
    assert one.is_valid()
    assert one.expected == {**BLANK, "sides": [{"step": "pro", "side": "yes"}]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"outcome": "held", "reason": "cap"}, {"outcome": "held", "reason": "cap"}),
        ({"outcome": "not_in", "sides": ["pro:no"]}, {"outcome": "not_in"}),
        (
            {"outcome": "asked", "amount": "3", "unit": "days"},
            {"outcome": "asked", "within_minutes": 4320},
        ),
    ],
)
def test_what_is_filled_in_is_expected_and_shown_again(values, expected):
    form = make_form(**values)

    assert form.is_valid()
    assert form.expected == {**BLANK, **expected}
    again = make_form(**values_of(form.expected, starts_at=None, answer=""))
    assert again.is_valid()
    assert again.expected == form.expected


def test_a_moment_is_asked_for():
    form = make_form(outcome="asked", starts="at")

    assert form.errors == {"at": ["Say when, such as 3 November 2026, 10:00."]}
