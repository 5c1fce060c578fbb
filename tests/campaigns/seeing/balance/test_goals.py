"""The law of goals."""

import pytest

from campaigns.models import GoalReached
from campaigns.seeing.balance.goals import GOALS
from tests.factories.campaigns import NOW, make_campaign, make_enrollment
from tests.factories.goals import make_reached

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    """One goal of each kind."""
    campaign = make_campaign(state="running")
    make_reached(make_enrollment(campaign))
    make_reached(make_enrollment(campaign), touch="any")
    make_reached(make_enrollment(campaign), touch="none", touched_at=None)
    return campaign


def test_goals_are_credited_or_not(campaign):
    make_reached(make_enrollment(make_campaign(state="running")))

    found = GOALS.look(campaign.pk)

    assert (found.whole.count, *(part.count for part in found.parts)) == (3, 1, 1, 1)
    assert found.holds
    assert GOALS.look(None).whole.count == 4


@pytest.mark.parametrize(
    ("touch", "changes", "text"),
    [
        ("any", {"enrollment_id": 0}, "belongs to no pass"),
        (
            "delivered",
            {"touched_at": None},
            "is credited, and nothing had touched the person before",
        ),
        (
            "none",
            {"touched_at": NOW},
            "is not credited, though a message came before",
        ),
        ("any", {"ask_id": 0}, "is credited to an ask that is not there"),
    ],
)
def test_a_goal_that_is_wrong_is_red(campaign, touch, changes, text):
    GoalReached.objects.filter(touch=touch).update(**changes)

    found = GOALS.look(campaign.pk)

    assert [row.text for row in found.rows] == [text]
