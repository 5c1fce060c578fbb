"""Attributes that a campaign sets."""

from datetime import UTC, datetime

import pytest

from campaigns.flows.edits import new_step
from campaigns.steps.attribute import AttributeStep
from contacts.models import AttributeChange
from tests.factories.campaigns import make_contact
from tests.factories.flows import enroll_in, story_of, walk

pytestmark = pytest.mark.django_db

BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
# The 20th still in Los Angeles, the 21st in Tokyo.
EVENING = datetime(2026, 11, 20, 20, tzinfo=UTC)


def make_step(**values):
    return new_step("attribute", key="set", attribute="stage", **values)


@pytest.mark.parametrize(
    ("type_", "value", "attributes"),
    [
        ("text", "invited", {"plan": "pro", "stage": "invited"}),
        ("number", 3, {"plan": "pro", "stage": 3}),
        ("flag", True, {"plan": "pro", "stage": True}),
        ("nothing", "", {"plan": "pro"}),
    ],
)
def test_an_attribute_is_set_or_taken_away(type_, value, attributes):
    contact = make_contact(
        attributes={"plan": "pro", "stage": "new"}, created_at=BEFORE
    )
    enroll_in([make_step(type=type_, value=value)], contact)

    walk()

    contact.refresh_from_db()
    assert contact.attributes == attributes
    assert story_of(contact) == [("set", "done")]


def test_today_is_the_day_where_each_lives():
    west = make_contact(time_zone="America/Los_Angeles")
    east = make_contact(time_zone="Asia/Tokyo")
    enroll_in([make_step(type="today")], west, east)

    walk(EVENING)

    west.refresh_from_db()
    east.refresh_from_db()
    assert (west.attributes, east.attributes) == (
        {"stage": "2026-11-20"},
        {"stage": "2026-11-21"},
    )


def test_each_run_of_the_step_is_one_statement_of_the_journal():
    contact = make_contact()
    enroll_in([make_step(value="a"), make_step(value="b") | {"key": "then"}], contact)

    walk()

    said = AttributeChange.objects.filter(contact=contact, cause="campaign")
    assert list(said.order_by("order_key").values_list("values", flat=True)) == [
        {"stage": "a"},
        {"stage": "b"},
    ]
    contact.refresh_from_db()
    assert contact.attributes == {"stage": "b"}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"value": "invited"}, "Set “stage” to “invited”"),
        ({"type": "flag", "value": False}, "Set “stage” to “no”"),
        ({"type": "today"}, "Set “stage” to the day"),
        ({"type": "nothing"}, "Take “stage” away"),
    ],
)
def test_the_card_says_what_is_set(values, sentence):
    assert AttributeStep().describe(make_step(**values)) == sentence


def test_a_new_step_says_that_nothing_is_set():
    step = make_step() | {"attribute": ""}
    assert AttributeStep().describe(step) == "Nothing to set yet"
