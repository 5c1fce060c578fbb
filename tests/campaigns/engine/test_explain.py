"""Why somebody was asked, or was not."""

from datetime import timedelta

import pytest

from campaigns.asks.answer import answer_ask
from campaigns.engine import lifecycle
from campaigns.engine.advance import advance_round
from campaigns.engine.explain import explain
from campaigns.flows.edits import new_step
from campaigns.models import Ask, AskBudget, Enrollment, Refusal
from campaigns.reports.people import find_people
from campaigns.reports.period import read_period
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)

pytestmark = pytest.mark.django_db

STEPS = [
    new_step("delay", key="wait", name="Rest", amount=2),
    new_step("email", key="ask", name="Invite", if_held="wait"),
]
LATER = NOW + timedelta(days=2)


def story(campaign, contact, now=NOW):
    lines = explain(campaign=campaign, contact=contact, now=now)
    return [(line.text, line.at, line.until) for line in lines]


def test_the_story_of_who_was_asked():
    campaign = make_campaign(steps=STEPS, state="running")
    contact = make_reachable()
    make_enrollment(campaign, contact=contact, step_key="wait")
    advance_round(now=NOW)
    advance_round(now=LATER)
    answer_ask(ask=Ask.objects.get(), answer="not_now", now=LATER + timedelta(hours=1))

    assert story(campaign, contact) == [
        ("Entered the campaign (version 1).", NOW, None),
        ("“Rest”: waited until", NOW, LATER),
        ("Came to the end of the flow.", LATER, None),
        ("“Invite”: asked.", LATER, None),
        (f"Email to {contact.email}: Waiting to be sent.", LATER, None),
        ("Answered “Not now”.", LATER + timedelta(hours=1), None),
    ]


def test_the_story_of_who_waits_says_for_what():
    campaign = make_campaign(steps=STEPS, state="running")
    contact = make_reachable()
    AskBudget.objects.create(contact=contact, next_on=NOW.date() + timedelta(days=5))
    make_enrollment(campaign, contact=contact, step_key="ask")
    advance_round(now=NOW)
    opening = NOW.replace(hour=8) + timedelta(days=5)

    waiting = story(campaign, contact)
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()
    paused = story(campaign, contact)

    assert waiting[1:] == [
        (
            "“Invite” not sent. Was asked less than 90 days ago. Waits until",
            NOW,
            opening,
        ),
        ("Next: “Invite” at", None, opening),
    ]
    assert paused[-1] == (
        "The campaign is paused, so nothing happens until it is resumed.",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"state": "converted", "end_reason": "goal"},
            "Reached the goal.",
        ),
        (
            {"state": "exited", "end_reason": "exit_condition"},
            "Left early: the exit condition holds.",
        ),
        (
            {"state": "exited", "end_reason": "campaign_stopped"},
            "Left early: the campaign was stopped.",
        ),
        (
            {"state": "exited", "end_reason": "never"},
            "Left the campaign. Asked us never to ask again.",
        ),
        ({"state": "failed", "end_reason": "error"}, "Stopped by an error."),
        ({"state": "exited"}, "Left early."),
    ],
)
def test_how_it_ended(changes, sentence):
    campaign = make_campaign(steps=STEPS, state="running")
    enrollment = make_enrollment(campaign, ended_at=LATER, due_at=None, **changes)

    assert story(campaign, enrollment.contact)[-1] == (sentence, LATER, None)


def test_an_error_and_a_refusal_are_told():
    campaign = make_campaign(steps=STEPS, state="running")
    enrollment = make_enrollment(campaign, error="ValueError: odd", due_at=LATER)
    Refusal.objects.create(
        contact=enrollment.contact,
        campaign=campaign,
        moment_key="episode:2",
        moment_at=NOW,
        reason="still_active",
        refused_at=NOW,
    )
    Enrollment.objects.update(step_key="")

    assert story(campaign, enrollment.contact)[1:] == [
        ("Not let in again. Is still in this campaign.", NOW, None),
        ("The last attempt failed and is repeated. ValueError: odd", None, None),
        ("Comes to the end of the flow at", None, LATER),
    ]


def test_why_somebody_never_entered():
    outside, before, since = make_contact(), make_contact(), make_contact()
    audience = make_audience(before, entered_at=NOW - timedelta(days=1))
    audience.membership_set.create(contact=since, entered_at=NOW + timedelta(minutes=1))
    campaign = make_campaign(
        steps=STEPS, trigger={"audience": audience.pk}, state="running"
    )
    never = make_campaign()

    assert (
        story(never, outside)[0][0] == "Not in this campaign: it has not been started."
    )
    assert story(campaign, outside) == [
        (f"Not in this campaign: not in the audience “{audience}”.", None, None)
    ]
    assert story(campaign, before) == [
        (
            f"Not in this campaign: has been in “{audience}” since before the start, and"
            " only those enter who join it from then on. Joined it at",
            None,
            NOW - timedelta(days=1),
        )
    ]
    assert [line[0] for line in story(campaign, since)] == [
        f"In “{audience}”: will be let in as soon as the campaign runs.",
        "Could not be asked now. Never agreed to get email.",
    ]


def test_why_nobody_enters_any_more():
    contact = make_contact()
    audience = make_audience(contact, entered_at=NOW + timedelta(minutes=1))
    campaign = make_campaign(
        steps=STEPS, trigger={"audience": audience.pk}, state="stopped"
    )
    stopped = story(campaign, contact)
    audience.delete()

    assert stopped == [
        ("Not in this campaign: it was stopped before the contact joined.", None, None)
    ]
    assert story(campaign, contact) == [
        ("Not in this campaign: its audience was deleted.", None, None)
    ]


def test_the_story_names_the_campaign_that_asked_instead():
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

    texts = [text for text, *_ in story(campaigns["Autumn"], contact)]
    assert texts == [
        "Entered the campaign (version 1).",
        "Left the campaign. Was asked less than 90 days ago.",
        "“Invite” not sent. Asked by “Spring” instead. Leaves the campaign until",
    ]
    assert "“Invite”: asked." in [
        text for text, *_ in story(campaigns["Spring"], contact)
    ]
    note = find_people(
        campaigns["Autumn"], "held:cap", read_period("all", now=NOW + timedelta(days=1))
    ).rows.get()["note"]
    assert note == "Asked by “Spring” instead. Leaves the campaign"
