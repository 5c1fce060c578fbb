"""A contact is as he was, and everything that was taken away is there again afterwards."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from audiences.models import Membership
from campaigns.guardrails.facts import read_facts
from campaigns.models import Ask, Enrollment, StepRun
from campaigns.seeing.rewind import rewind
from campaigns.seeing.scratch import Busy, scratch
from contacts import consents, events
from contacts.attributes import assert_now
from contacts.models import Contact, Event
from referrals import preferences
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_step_run,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def facts_at(contact, at):
    with scratch():
        rewind(Contact.objects.get(pk=contact.pk), at=at)
        return read_facts([contact.pk])[contact.pk]


def test_attributes_and_events_of_later_are_gone():
    contact = make_contact()
    for hours, plan in ((0, "free"), (2, "pro")):
        assert_now(
            contact_id=contact.pk,
            values={"plan": plan, "first_name": plan.title()},
            cause="by_hand",
            now=NOW + hours * HOUR,
        )
        fact = events.Fact(contact.pk, "ordered", NOW + hours * HOUR, str(hours))
        events.record(fact, now=NOW)

    with scratch():
        then = rewind(Contact.objects.get(pk=contact.pk), at=NOW + HOUR)
        seen = Contact.objects.get(pk=contact.pk)
        ordered = Event.objects.filter(name="ordered").count()

    assert (then.attributes, then.first_name) == ({"plan": "free"}, "Free")
    assert (seen.attributes, ordered) == ({"plan": "free"}, 1)
    contact.refresh_from_db()
    assert contact.attributes == {"plan": "pro"}
    assert Event.objects.filter(name="ordered").count() == 2


def test_consent_wishes_and_suppression_are_those_of_then():
    contact = make_contact()
    consents.grant([contact.pk], source="test", statement="", now=NOW)
    preferences.snooze(contact_id=contact.pk, days=60, now=NOW + 2 * HOUR)
    preferences.never(contact_id=contact.pk, now=NOW + 4 * HOUR)
    consents.suppress(
        address=contact.email, reason="bounced", now=NOW + 6 * HOUR, user=None
    )

    told = [
        (facts.consent, facts.snoozed_until, facts.never_since, facts.suppression)
        for facts in (facts_at(contact, NOW + hours * HOUR) for hours in (-1, 1, 3, 5))
    ]

    until = NOW + 2 * HOUR + timedelta(days=60)
    assert told == [
        ("", None, None, ""),
        ("granted", None, None, ""),
        ("granted", until, None, ""),
        ("granted", until, NOW + 4 * HOUR, ""),
    ]
    assert read_facts([contact.pk])[contact.pk].suppression == "bounced"


def test_the_budget_counts_the_asks_of_then():
    contact = make_contact()
    campaign = make_campaign(state="running")
    make_ask(
        campaign,
        contact=contact,
        asked_at=NOW,
        refunded_at=NOW + 3 * HOUR,
        answer="yes",
        answered_at=NOW + 2 * HOUR,
    )

    days = [facts_at(contact, NOW + hours * HOUR).last_asked_on for hours in (-1, 1, 4)]
    with scratch():
        rewind(contact, at=NOW + HOUR)
        ask = Ask.objects.get()

    assert days == [None, NOW.date(), None]
    assert (ask.answer, ask.answered_at, ask.refunded_at) == ("", None, None)


def test_a_pass_stands_where_it_stood():
    contact = make_contact()
    campaign = make_campaign(state="running")
    done = {"state": "completed", "ended_at": NOW + 5 * HOUR, "due_at": None}
    enrollment = make_enrollment(campaign, contact=contact, visit=2, **done)
    until = (NOW + 4 * HOUR).isoformat()
    make_step_run(
        enrollment, step_key="wait", visit=0, outcome="waited", details={"until": until}
    )
    make_step_run(enrollment, step_key="ask", visit=1, ran_at=NOW + 4 * HOUR)

    def at(hours):
        with scratch():
            rewind(contact, at=NOW + hours * HOUR)
            row = Enrollment.objects.values_list("state", "step_key", "visit", "due_at")
            return list(row), StepRun.objects.count()

    assert at(-1) == ([], 0)
    assert at(1) == ([("active", "ask", 1, NOW + 4 * HOUR)], 1)
    assert at(6) == ([("completed", "", 2, None)], 2)


def test_memberships_follow_the_ledger():
    contact = make_contact()
    audience = make_audience(contact, entered_at=NOW)

    with scratch():
        rewind(contact, at=NOW - HOUR)
        assert not Membership.objects.exists()

    assert Membership.objects.get().audience == audience


def test_who_is_at_work_is_not_waited_for(transactional_db):
    contact = make_contact()
    names = {"dbname", "user", "password", "host", "port"}
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in names
    }

    with psycopg.connect(**parameters) as other:
        other.execute("SELECT 1 FROM contacts_contact FOR UPDATE")
        with pytest.raises(Busy), scratch():
            rewind(contact, at=NOW)
