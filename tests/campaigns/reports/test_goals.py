"""How many reached each goal, by the day of the ask and by the day it happened."""

from datetime import timedelta

import pytest

from campaigns.models import MessageFact
from campaigns.reports.goals import count_goals
from campaigns.reports.people import UnknownGroup, find_people
from campaigns.reports.period import read_period
from campaigns.statistics import Rate
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_enrollment,
    make_message,
)
from tests.factories.goals import happened, make_reached, make_tracking, tracked

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# A month up to the present; asks are made around its beginning.
TODAY = NOW + 30 * DAY
PERIOD = read_period("30", now=TODAY)


def asked(campaign, at, **changes):
    enrollment = make_enrollment(campaign, enrolled_at=at)
    make_ask(campaign, enrollment=enrollment, asked_at=at, delivered_at=at, **changes)
    return enrollment


def emails(campaign, word):
    return {row["contact__email"] for row in find_people(campaign, word, PERIOD).rows}


@pytest.fixture
def campaign():
    """
    Four passes in the period, and one before it; two of the four are too young to judge.

    Of the old ones one bought; so did one of the young, one before the period was asked and
    bought within it, and one bought before any message.
    """
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    earlier = asked(campaign, NOW - DAY)
    old, _ = [asked(campaign, NOW + DAY) for _ in range(2)]
    young, _ = [asked(campaign, NOW + 20 * DAY) for _ in range(2)]
    before = make_enrollment(campaign)
    make_reached(earlier, occurred_at=NOW + DAY, touched_at=NOW - DAY)
    make_reached(old, occurred_at=NOW + 2 * DAY, touched_at=NOW + DAY)
    make_reached(young, occurred_at=NOW + 25 * DAY, touched_at=NOW + 20 * DAY)
    make_reached(before, occurred_at=NOW + DAY, touch="none", touched_at=None)
    other = make_campaign(state="running")
    make_reached(asked(other, NOW + DAY), occurred_at=NOW + DAY)
    campaign.people = [
        enrollment.contact.email for enrollment in (earlier, old, young, before)
    ]
    return campaign


def test_by_the_day_of_the_ask_rates_are_of_those_whose_time_is_over(campaign):
    (line,) = count_goals(campaign, PERIOD, "asked")

    assert (line.key, line.name, line.window_days) == ("bought", "Bought", 14)
    assert (line.credited, line.before, line.touched) == (2, 1, 4)
    assert line.rate == Rate(1, 2)
    assert line.immature == Rate(2, 4)


def test_by_the_day_it_happened_there_is_no_rate(campaign):
    (line,) = count_goals(campaign, PERIOD, "happened")

    assert (line.credited, line.before) == (3, 1)
    assert (line.touched, line.rate, line.immature) == (None, None, None)


def test_each_number_opens_the_people_behind_it(campaign):
    earlier, old, young, before = campaign.people

    assert emails(campaign, "goal:bought:asked") == {old, young}
    assert emails(campaign, "goal:bought:happened") == {earlier, old, young}
    assert emails(campaign, "goal:bought:before") == {before}
    assert find_people(campaign, "goal:bought:asked", PERIOD).label == "Bought"
    for word in ("goal:bought", "goal:bought:ever", "goal::before"):
        with pytest.raises(UnknownGroup):
            find_people(campaign, word, PERIOD)


def test_the_people_of_an_old_goal_are_found(campaign):
    make_reached(asked(campaign, NOW + DAY), goal="gone", occurred_at=NOW + DAY)

    assert find_people(campaign, "goal:gone:asked", PERIOD).label == "gone"
    assert len(emails(campaign, "goal:gone:asked")) == 1


def test_a_goal_may_count_who_saw_a_message_or_everybody():
    campaign = make_tracking(
        tracked("seen", happened("a"), touch="viewed"),
        tracked("any", happened("a"), touch="any"),
    )
    asked(campaign, NOW + DAY)
    asked(campaign, NOW + DAY, viewed_at=NOW + 2 * DAY)
    message = make_message(make_ask(campaign), state="accepted", finished_at=NOW)
    type(message).objects.update(ask_id=None)
    MessageFact.objects.create(
        contact=message.contact,
        message_id=message.pk,
        kind="clicked",
        happened_at=NOW + 2 * DAY,
        noted_at=NOW,
        source="test",
        key="1",
    )

    lines = count_goals(campaign, PERIOD, "asked")

    assert [(line.key, line.touched) for line in lines] == [("seen", 2), ("any", 3)]


def test_the_primary_goal_comes_first_and_a_draft_has_none():
    campaign = make_tracking(
        tracked("bought", happened("order_completed")),
        goal={"condition": happened("signed_up")},
    )

    lines = count_goals(campaign, PERIOD, "asked")
    assert [line.name for line in lines] == ["Goal", "Bought"]
    assert count_goals(make_campaign(), PERIOD, "asked") == []


def test_what_another_system_was_told_touches_nobody():
    campaign = make_tracking(tracked("seen", happened("a"), touch="delivered"))
    message = make_message(
        make_ask(campaign), state="accepted", finished_at=NOW, channel="webhook"
    )
    type(message).objects.update(ask_id=None)

    [line] = count_goals(campaign, PERIOD, "asked")

    assert line.touched == 0
