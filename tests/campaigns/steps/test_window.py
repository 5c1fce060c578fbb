"""Time windows where the contact lives."""

from datetime import UTC, datetime

import pytest

from campaigns.flows.edits import new_step
from campaigns.steps.window import WindowStep
from tests.factories.campaigns import make_contact
from tests.factories.flows import enroll_in, place_of, story_of, walk

pytestmark = pytest.mark.django_db

# A Friday: 18:00 in Berlin, 12:00 in New York.
FRIDAY = datetime(2027, 1, 15, 17, tzinfo=UTC)
MONDAY = datetime(2027, 1, 18, 8, tzinfo=UTC)


def test_who_comes_in_time_passes_and_everybody_else_waits_for_the_opening():
    berlin = make_contact(time_zone="Europe/Berlin")
    new_york = make_contact(time_zone="America/New_York")
    enroll_in(
        [new_step("window", key="office"), new_step("note", key="end")],
        berlin,
        new_york,
    )

    walk(FRIDAY)

    assert story_of(new_york) == [("office", "passed"), ("end", "passed")]
    assert story_of(berlin) == []
    assert place_of(berlin) == ("active", "office", MONDAY)

    walk(MONDAY)

    assert story_of(berlin) == [("office", "passed"), ("end", "passed")]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([1, 2, 3, 4, 5], "Monday to Friday"),
        ([2], "Tuesday"),
        ([6, 7], "Saturday and Sunday"),
        ([1, 3, 5], "Monday, Wednesday and Friday"),
        ([1, 2, 3, 4, 5, 6, 7], "every day"),
        ([], "never"),
    ],
)
def test_the_card_names_days_and_hours(days, words):
    step = new_step("window", days=days)

    assert (
        WindowStep().describe(step)
        == f"Go on {words}, 09:00 to 17:00 where the contact lives"
    )
