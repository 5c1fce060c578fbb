"""Emails: who gets one, who waits, who goes on without it, who leaves."""

from datetime import timedelta

import pytest

from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.models import Ask, AskBudget, Enrollment, Hold, Message, StepRun
from campaigns.steps.email import EmailStep
from campaigns.steps.registry import UnknownStepKind, step_kind
from contacts.models import Contact
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)

pytestmark = pytest.mark.django_db

AFTER = new_step("delay", key="after")


def make_running(**changes):
    step = new_step("email", key="ask", name="Invite", **changes)
    return make_campaign(steps=[step, AFTER], state="running")


def enroll(campaign, contact):
    return make_enrollment(campaign, contact=contact, step_key="ask")


def asked_before(contact, days):
    day = NOW.date() - timedelta(days=days)
    AskBudget.objects.create(
        contact=contact, last_asked_on=day, next_on=day + timedelta(days=90)
    )


def place(enrollment):
    enrollment.refresh_from_db()
    return (enrollment.state, enrollment.step_key, enrollment.due_at, enrollment.visit)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("wait", ("active", "ask", NOW.replace(hour=8) + timedelta(days=10), 0)),
        ("skip", ("active", "after", NOW, 1)),
        ("exit", ("exited", "", None, 1)),
    ],
)
def test_who_is_held_does_what_the_step_says(policy, expected):
    campaign = make_running(if_held=policy)
    contact = make_reachable()
    asked_before(contact, days=80)
    enrollment = enroll(campaign, contact)

    advance_round(now=NOW)

    assert place(enrollment) == expected
    hold = Hold.objects.get()
    assert (hold.reason, hold.then, hold.step_key, hold.held_at) == (
        "cap",
        policy,
        "ask",
        NOW,
    )
    assert hold.until == NOW.replace(hour=8) + timedelta(days=10)
    assert hold.details == {
        "objections": [
            {
                "reason": "cap",
                "until": (NOW.replace(hour=0) + timedelta(days=10)).isoformat(),
                "last_asked_on": "2026-09-01",
                "next_on": "2026-11-30",
            }
        ]
    }


def test_who_waits_is_asked_when_it_is_allowed():
    campaign = make_running(if_held="wait")
    contact = make_reachable()
    asked_before(contact, days=80)
    enroll(campaign, contact)
    advance_round(now=NOW)
    opening = NOW.replace(hour=8) + timedelta(days=10)

    too_early = advance_round(now=opening - timedelta(seconds=1))
    advance_round(now=opening)

    assert too_early == 0
    assert Ask.objects.get().asked_at == opening
    assert StepRun.objects.get().visit == 0


def test_who_would_wait_for_ever_leaves_instead():
    enrollment = enroll(make_running(if_held="wait"), make_contact())

    advance_round(now=NOW)

    assert place(enrollment) == ("exited", "", None, 1)
    assert Hold.objects.values_list("reason", "then", "until").get() == (
        "no_consent",
        "exit",
        None,
    )


def test_at_night_everybody_waits_until_morning_where_he_lives():
    campaign = make_running(if_held="exit")
    tokyo = make_reachable(time_zone="Asia/Tokyo")
    new_york = make_reachable(time_zone="America/New_York")
    unknown = make_reachable(time_zone="Mars/Olympus")
    for contact in (tokyo, new_york, unknown):
        enroll(campaign, contact)

    advance_round(now=NOW)

    assert dict(Enrollment.objects.values_list("contact_id", "due_at")) == {
        # 21:00 in Tokyo, 7:00 in New York, 12:00 for the campaign's own zone.
        tokyo.pk: NOW.replace(hour=23),
        new_york.pk: NOW.replace(hour=13),
        unknown.pk: NOW,
    }
    assert set(Hold.objects.values_list("contact_id", "reason", "then")) == {
        (tokyo.pk, "quiet_hours", "wait"),
        (new_york.pk, "quiet_hours", "wait"),
    }
    assert list(Message.objects.values_list("contact_id", flat=True)) == [unknown.pk]


def test_what_asks_for_nothing_takes_no_budget_and_needs_consent():
    campaign = make_running(ask=False, if_held="exit")
    asked = make_reachable()
    asked_before(asked, days=1)
    stranger = make_contact()
    for contact in (asked, stranger):
        enroll(campaign, contact)

    advance_round(now=NOW)

    message = Message.objects.get()
    assert (message.contact_id, message.ask_id) == (asked.pk, None)
    assert Ask.objects.count() == 0
    assert StepRun.objects.get(contact=asked).outcome == "sent"
    assert Hold.objects.get().contact_id == stranger.pk


def test_an_ask_is_made_on_the_contacts_own_day():
    campaign = make_campaign(
        steps=[new_step("email", key="ask")],
        state="running",
        settings={"quiet_from": "00:00", "quiet_until": "00:00"},
    )
    enroll(campaign, make_reachable(time_zone="Pacific/Auckland"))

    advance_round(now=NOW)

    assert str(Ask.objects.get().asked_on) == "2026-11-21"


def test_who_was_deleted_meanwhile_leaves():
    campaign = make_running(if_held="skip")
    contact = make_contact()
    enrollment = enroll(campaign, contact)
    Contact.objects.filter(pk=contact.pk)._raw_delete("default")

    advance_round(now=NOW)

    assert place(enrollment)[0] == "exited"
    assert Hold.objects.get().reason == "gone"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"if_held": "wait"},
            "Ask for a referral; who may not be asked now waits until it is allowed",
        ),
        ({"ask": False}, "Send an email that asks for nothing"),
    ],
)
def test_describe(values, sentence):
    assert EmailStep().describe(new_step("email", **values)) == sentence


def test_an_unknown_kind_is_an_error():
    assert step_kind("branch").describe(new_step("branch")) == "No condition yet"
    with pytest.raises(UnknownStepKind, match="got 'jump'"):
        step_kind("jump")
