"""Everything that a pass has done, and what each step saw."""

from datetime import timedelta

import pytest

from campaigns.asks.answer import answer_ask
from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.models import Ask, Enrollment, Message, StepRun
from campaigns.reports.people import find_people
from campaigns.reports.period import read_period
from campaigns.seeing.trace import look_into, trace_passes
from contacts.attributes import assert_now
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)
from tests.factories.goals import happened, make_reached, make_tracking, tracked

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
IS_PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
WAIT = new_step("delay", key="wait", name="Rest", amount=2)
ASK = new_step("email", key="ask", name="Invite", if_held="wait")
BRANCH = new_step("branch", key="pro", name="Pro?", condition=IS_PRO, yes=[ASK])
LATER = NOW + timedelta(days=2)


def told(campaign, contact, until=LATER + 9 * HOUR):
    return [
        [(entry.text, entry.at, entry.until, entry.reasons) for entry in one.entries]
        for one in trace_passes(campaign, contact, until=until)
    ]


@pytest.fixture
def asked():
    campaign = make_campaign(steps=[WAIT, BRANCH], state="running")
    contact = make_reachable(created_at=NOW - HOUR)
    assert_now(contact_id=contact.pk, values={"plan": "pro"}, cause="by_hand", now=NOW)
    make_enrollment(campaign, contact=contact, step_key="wait")
    advance_round(now=NOW)
    advance_round(now=LATER)
    advance_round(now=LATER + HOUR)
    answer_ask(ask=Ask.objects.get(), answer="not_now", now=LATER + 2 * HOUR)
    return campaign, contact


def test_a_pass_is_told_from_the_first_step_to_the_answer(asked):
    campaign, contact = asked
    address = contact.email

    assert told(campaign, contact) == [
        [
            ("Entered the campaign (version 1)", NOW, None, ()),
            ("“Rest”: waits", NOW, LATER, ()),
            ("“Pro?”: takes “True”", LATER, None, ()),
            ("“Invite”: is asked", LATER + HOUR, None, ()),
            ("Came to the end of the flow", LATER + HOUR, None, ()),
            (
                f"Email to {address}: Canceled. The person answered before it was seen",
                LATER + 2 * HOUR,
                None,
                (),
            ),
            ("Answered “Not now”", LATER + 2 * HOUR, None, ()),
        ]
    ]
    assert len(told(campaign, contact, until=NOW)[0]) == 2
    assert told(campaign, contact, until=NOW - HOUR) == []


def test_a_step_saw_what_was_so_then(asked):
    campaign, contact = asked
    assert_now(
        contact_id=contact.pk,
        values={"plan": "free"},
        cause="by_hand",
        now=LATER + 3 * HOUR,
    )
    enrollment = Enrollment.objects.get()
    runs = {run.step_key: run for run in enrollment_runs(enrollment)}

    inside = {
        key: look_into(enrollment, visit=run.visit, at=run.ran_at)
        for key, run in runs.items()
    }

    assert {key: (one.recorded, one.agrees) for key, one in inside.items()} == {
        "wait": ("waited", True),
        "pro": ("yes", True),
        "ask": ("asked", True),
    }
    [condition] = inside["pro"].stop.conditions
    assert condition.explanation.tree.found == "pro"
    assert inside["ask"].stop.verdicts.passes
    assert [mail.channel for mail in inside["ask"].stop.mails] == ["email"]
    assert Message.objects.count() == 1


def test_what_was_told_later_is_owned_up_to(asked):
    _, contact = asked
    assert_now(
        contact_id=contact.pk,
        values={"plan": "free"},
        cause="by_hand",
        now=NOW + HOUR,
    )
    enrollment = Enrollment.objects.get()
    run = next(one for one in enrollment_runs(enrollment) if one.step_key == "pro")

    inside = look_into(enrollment, visit=run.visit, at=run.ran_at)

    assert (inside.recorded, inside.stop.outcome, inside.agrees) == ("yes", "no", False)


def enrollment_runs(enrollment):
    return list(StepRun.objects.filter(enrollment_id=enrollment.pk))


def test_all_that_held_somebody_is_told():
    campaign = make_campaign(steps=[ASK], state="running")
    contact = make_contact(time_zone="Asia/Tokyo")
    make_enrollment(campaign, contact=contact, step_key="ask")
    advance_round(now=NOW)

    [[_, held, left]] = told(campaign, contact)

    assert held == (
        "“Invite” not sent. Leaves the campaign",
        NOW,
        None,
        ("Never agreed to get email", "It is night where the contact lives"),
    )
    assert left[0] == "Left the campaign. Never agreed to get email"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": "converted", "end_reason": "goal"}, "Reached the goal"),
        (
            {"state": "exited", "end_reason": "exit_condition"},
            "Left early: the exit condition holds",
        ),
        (
            {"state": "exited", "end_reason": "campaign_stopped"},
            "Left early: the campaign was stopped",
        ),
        (
            {"state": "exited", "end_reason": "never"},
            "Left the campaign. Asked us never to ask again",
        ),
        ({"state": "failed", "end_reason": "error"}, "Stopped by an error"),
        ({"state": "exited"}, "Left early"),
    ],
)
def test_how_it_ended(changes, sentence):
    campaign = make_campaign(steps=[ASK], state="running")
    enrollment = make_enrollment(campaign, ended_at=LATER, due_at=None, **changes)

    assert told(campaign, enrollment.contact)[0][-1] == (sentence, LATER, None, ())


def test_a_step_that_fails_is_told():
    campaign = make_campaign(steps=[ASK], state="running")
    enrollment = make_enrollment(campaign, error="ValueError: odd", due_at=LATER)

    assert told(campaign, enrollment.contact)[0][1:] == [
        ("The last attempt failed and is repeated: ValueError: odd", NOW, LATER, ())
    ]


def test_the_trace_names_the_campaign_that_asked_instead():
    contact = make_reachable()
    campaigns = {
        name: make_campaign(
            name=name,
            priority=priority,
            steps=[new_step("email", key="ask", name="Invite", if_held="exit")],
            state="running",
        )
        for name, priority in (("Autumn", 25), ("Spring", 75))
    }
    for campaign in campaigns.values():
        make_enrollment(campaign, contact=contact, step_key="ask")
    while advance_round(now=NOW):
        pass

    assert told(campaigns["Autumn"], contact)[0][1] == (
        "“Invite” not sent. Leaves the campaign",
        NOW,
        None,
        ("Asked by “Spring” instead",),
    )
    note = find_people(
        campaigns["Autumn"], "held:cap", read_period("all", now=NOW + timedelta(days=1))
    ).rows.get()["note"]
    assert note == "Asked by “Spring” instead. Leaves the campaign"


def test_goals_are_told_with_what_they_are_credited_to():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)
    make_reached(enrollment, occurred_at=NOW + HOUR)
    make_reached(enrollment, goal="goal", touch="none", occurred_at=NOW + 2 * HOUR)
    make_reached(
        enrollment,
        goal="gone",
        touch="any",
        occurred_at=NOW + 3 * HOUR,
        dated_from=NOW + 4 * HOUR,
        dated_at=NOW + 5 * HOUR,
    )

    ((_, *entries),) = told(campaign, enrollment.contact)

    assert [(text, at) for text, at, *_ in entries] == [
        (
            "Reached the goal “Bought”: credited to the message before it",
            NOW + HOUR,
        ),
        ("Reached the goal: before any message, so it is not credited", NOW + 2 * HOUR),
        ("Reached a goal: credited with or without a message", NOW + 3 * HOUR),
        (
            "Learned that a goal was reached earlier than 20 November 2026, 16:00 UTC,"
            " which was noted at first",
            NOW + 5 * HOUR,
        ),
    ]
