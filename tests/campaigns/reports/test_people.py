from datetime import timedelta

import pytest

from campaigns.models import Answer, Campaign, Enrollment
from campaigns.reports.groups import GROUPS, asks_in_period, count_groups
from campaigns.reports.holds import count_held, holds_in_period
from campaigns.reports.people import UnknownGroup, find_people, search_people
from campaigns.reports.period import read_period
from campaigns.reports.steps import StepCounts, count_steps
from campaigns.reports.unsent import count_unsent, unsent_in_period
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_contact,
    make_enrollment,
    make_hold,
    make_message,
    make_step_run,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
PERIOD = read_period("all", now=NOW + timedelta(days=1))


@pytest.fixture
def campaign():
    return make_campaign(state=Campaign.State.RUNNING)


def emails(campaign, word):
    return [row["contact__email"] for row in find_people(campaign, word, PERIOD).rows]


@pytest.mark.parametrize("word", sorted(GROUPS))
def test_the_people_of_a_number_are_as_many_as_the_number(campaign, word):
    make_ask(campaign)
    make_ask(campaign, delivered_at=NOW, answer=Answer.NEVER)
    make_ask(campaign, delivered_at=NOW, answer=Answer.NOT_NOW)
    make_ask(campaign, delivered_at=NOW, viewed_at=LATER)
    make_ask(campaign, delivered_at=NOW, won_at=LATER)
    make_ask(make_campaign(state=Campaign.State.RUNNING), won_at=LATER)
    counts = count_groups(asks_in_period(PERIOD, campaign=campaign))

    people = find_people(campaign, word, PERIOD)

    assert counts[word] > 0
    assert people.rows.count() == counts[word]


def test_held_people_appear_once_with_their_latest_hold(campaign):
    ann = make_contact(email="ann@example.com")
    enrollment = make_enrollment(campaign, contact=ann)
    make_hold(campaign, enrollment=enrollment, then="wait")
    make_hold(campaign, enrollment=enrollment, held_at=LATER, then="exit")
    make_hold(campaign, reason="quiet_hours")

    rows = list(find_people(campaign, "held:no_consent", PERIOD).rows)
    counts = count_held(holds_in_period(PERIOD, campaign=campaign))

    assert [(row["contact__email"], row["at"], row["note"]) for row in rows] == [
        ("ann@example.com", LATER, "Leaves the campaign")
    ]
    assert [(row.reason, row.people) for row in counts] == [
        ("no_consent", 1),
        ("quiet_hours", 1),
    ]


def test_messages_that_never_left_are_counted_by_cause(campaign):
    for email, visits in (("ann@example.com", (1, 2)), ("bob@example.com", (1,))):
        ask = make_ask(campaign, contact=make_contact(email=email), refunded_at=NOW)
        for visit in visits:
            make_message(
                ask, visit=visit, state="canceled", cause="suppressed", created_at=NOW
            )
    make_message(make_ask(campaign), state="accepted", created_at=NOW)

    counts = count_unsent(unsent_in_period(PERIOD, campaign=campaign))
    people = find_people(campaign, "unsent:suppressed", PERIOD)

    assert [(row.reason, row.people) for row in counts] == [("suppressed", 2)]
    assert people.label == "The address is suppressed"
    assert sorted(emails(campaign, "unsent:suppressed")) == [
        "ann@example.com",
        "bob@example.com",
    ]


def test_an_old_unsent_message_is_not_of_the_period(campaign):
    ask = make_ask(campaign)
    old = NOW - timedelta(days=8)
    make_message(ask, state="canceled", cause="stale", created_at=old)

    week, month = (
        unsent_in_period(read_period(word, now=NOW), campaign=campaign).count()
        for word in ("7", "30")
    )

    assert (week, month) == (0, 1)


def test_steps_count_who_waits_and_who_went_through(campaign):
    waiting = make_enrollment(
        campaign, contact=make_contact(email="wait@example.com"), step_key="ask"
    )
    gone = make_enrollment(
        campaign,
        contact=make_contact(email="gone@example.com"),
        state=Enrollment.State.COMPLETED,
        due_at=None,
    )
    make_step_run(gone, step_key="ask", outcome="asked")
    make_step_run(gone, step_key="fork", outcome="yes", visit=2)
    make_step_run(waiting, step_key="fork", outcome="no")

    assert count_steps(campaign) == {
        "ask": StepCounts(waiting=1, reached=1, outcomes={"asked": 1}),
        "fork": StepCounts(reached=2, outcomes={"no": 1, "yes": 1}),
    }
    assert emails(campaign, "waiting:ask") == ["wait@example.com"]
    assert emails(campaign, "reached:ask") == ["gone@example.com"]
    assert emails(campaign, "reached:fork:no") == ["wait@example.com"]
    assert emails(campaign, "enrolled:active") == ["wait@example.com"]
    assert sorted(emails(campaign, "enrolled:")) == [
        "gone@example.com",
        "wait@example.com",
    ]


@pytest.mark.parametrize("word", ["", "nonsense", "held:", "reached:", "held"])
def test_an_unknown_number_is_refused(campaign, word):
    with pytest.raises(UnknownGroup):
        find_people(campaign, word, PERIOD)


def test_search_keeps_those_whose_name_or_address_begins_with_every_word(campaign):
    for first, last in (("Ann", "Müller"), ("Anna", "Silva"), ("Bob", "Mann")):
        contact = make_contact(
            first_name=first, last_name=last, email=f"{first}@example.com".lower()
        )
        make_ask(campaign, contact=contact)
    rows = find_people(campaign, "asked", PERIOD).rows

    found = {
        text: sorted(row["contact__last_name"] for row in search_people(rows, text))
        for text in ("ann", "ann mü", "bob@example", "", "%")
    }

    assert found == {
        "ann": ["Müller", "Silva"],
        "ann mü": ["Müller"],
        "bob@example": ["Mann"],
        "": ["Mann", "Müller", "Silva"],
        "%": [],
    }


def test_who_sits_out_a_delay_is_in_the_delay(campaign):
    resting, held = (
        make_enrollment(
            campaign, contact=make_contact(email=email), step_key="ask", visit=1
        )
        for email in ("rest@example.com", "held@example.com")
    )
    for enrollment in (resting, held):
        make_step_run(enrollment, step_key="wait", outcome="waited", visit=0)
    make_hold(campaign, enrollment=held, visit=1)

    counts = count_steps(campaign)

    assert {key: step.waiting for key, step in counts.items()} == {"wait": 1, "ask": 1}
    assert emails(campaign, "waiting:wait") == ["rest@example.com"]
    assert emails(campaign, "waiting:ask") == ["held@example.com"]
