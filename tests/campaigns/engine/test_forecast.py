"""What a start would do now."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.engine import enroll, lifecycle
from campaigns.engine.forecast import who_would_enter
from campaigns.flows.edits import new_step
from campaigns.guardrails.clock import clock_for
from campaigns.guardrails.facts import read_facts
from campaigns.guardrails.gate import FOR_ASKS, judge
from campaigns.guardrails.incidents import open_incident
from campaigns.guardrails.purpose import purpose_of
from campaigns.guardrails.signs import look_up
from campaigns.models import AskBudget, Enrollment, StartRun
from contacts import consents, work
from contacts.events import Fact, record
from contacts.models import Consent
from referrals.models import AskPreference
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
    make_version,
)

pytestmark = pytest.mark.django_db

ASK = new_step("email", key="ask")


def make_draft(audience, **trigger):
    campaign = make_campaign(
        steps=[ASK], trigger={"audience": audience.pk, "existing": True} | trigger
    )
    campaign.published = make_version(campaign)
    campaign.save()
    return campaign


def make_odd_contact(draw):
    """A contact about whom anything may be the case."""
    contact = make_contact(
        time_zone=draw.choice(["", "Asia/Tokyo", "America/New_York", "Mars/Olympus"]),
        **({"email": ""} if draw.random() < 0.1 else {}),
    )
    state = draw.choice(["granted"] * 4 + ["withdrawn", ""])
    if state:
        Consent.objects.create(
            contact=contact, channel="email", state=state, changed_at=NOW
        )
    if contact.email and draw.random() < 0.2:
        reason = draw.choice(["bounced", "unsubscribed"])
        consents.suppress(address=contact.email, reason=reason, now=NOW)
    if draw.random() < 0.3:
        AskPreference.objects.create(
            contact=contact,
            never_since=draw.choice([None, NOW]),
            snoozed_until=draw.choice([None, NOW, NOW + timedelta(days=1)]),
            changed_at=NOW,
        )
    if draw.random() < 0.4:
        next_on = NOW.date() + timedelta(days=draw.choice([-1, 0, 1, 2]))
        AskBudget.objects.create(contact=contact, next_on=next_on)
    if draw.random() < 0.2:
        record(
            Fact(contact.pk, "ticket_opened", NOW - timedelta(days=20), "1"), now=NOW
        )
    if draw.random() < 0.2:
        record(Fact(contact.pk, "ticket_closed", NOW - timedelta(days=3), "1"), now=NOW)
    if draw.random() < 0.2:
        contact.attributes = {"is_test": draw.choice([True, False]), "plan": "pro"}
        contact.save()
    return contact


@pytest.mark.parametrize("hour", [2, 16])
def test_the_counts_are_what_the_guardrails_say(hour):
    draw = random.Random(2)
    contacts = [make_odd_contact(draw) for _ in range(150)]
    campaign = make_draft(make_audience(*contacts))
    higher = make_campaign(state="running", steps=[ASK], priority=90)
    for contact in contacts[::7]:
        make_enrollment(higher, contact=contact, step_key="ask")
    on_pro = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    open_incident(title="Checkout is down", user=None, now=NOW, scope=on_pro)
    now = NOW.replace(hour=hour)
    clock = clock_for(campaign.draft["settings"], now)
    facts = read_facts([contact.pk for contact in contacts])
    signs = look_up(purpose_of(campaign, campaign.draft, is_ask=True), now=now)
    held = signs.objections(list(facts))
    verdicts = [
        judge(replace(one, signs=held.get(pk, ())), clock, FOR_ASKS)
        for pk, one in facts.items()
    ]
    expected: dict[str, int] = {}
    for verdict in verdicts:
        first = verdict.reason if verdict.objections else ""
        expected[first] = expected.get(first, 0) + 1

    forecast = who_would_enter(campaign, now=now)

    assert forecast.askable == expected.pop("")
    assert forecast.held == expected
    assert len(expected) == 13
    assert forecast.entering == 150


def test_the_number_is_what_the_start_enrolls():
    new, old, active = make_reachable(), make_contact(), make_contact()
    campaign = make_draft(make_audience(new, old, active))
    version = {"version": campaign.published, "enrolled_at": NOW - timedelta(days=1)}
    make_enrollment(campaign, contact=old, state="exited", **version)
    make_enrollment(campaign, contact=active, entry_key="hand", **version)
    before = Enrollment.objects.count()

    forecast = who_would_enter(campaign, now=NOW)
    lifecycle.start(campaign=campaign, user=None, now=NOW)
    work.advance_one(StartRun, enroll.enroll_members, now=NOW)

    assert (forecast.members, forecast.entering, forecast.refused) == (3, 1, 2)
    assert [contact.pk for contact in forecast.sample] == [new.pk]
    assert Enrollment.objects.count() - before == forecast.entering
    assert StartRun.objects.get().refused_count == forecast.refused


def test_for_new_entries_nobody_enters_at_the_start():
    campaign = make_draft(make_audience(make_reachable()), existing=False)

    forecast = who_would_enter(campaign, now=NOW)

    assert (forecast.members, forecast.entering, forecast.askable) == (1, 0, 1)


def test_without_an_audience_there_is_nobody():
    forecast = who_would_enter(make_campaign(), now=NOW)

    assert (forecast.members, forecast.sample) == (0, [])


def test_a_flow_that_asks_nobody_is_held_by_consent_only():
    contact = make_reachable()
    AskPreference.objects.create(contact=contact, never_since=NOW, changed_at=NOW)
    campaign = make_draft(make_audience(contact))
    document = campaign.draft | {"steps": [ASK | {"ask": False}]}

    asking = who_would_enter(campaign, now=NOW)
    other = who_would_enter(campaign, now=NOW, document=document)

    assert (asking.held, other.held, other.askable) == ({"never": 1}, {}, 1)


def test_who_sleeps_is_asked_in_the_morning():
    here, asleep = make_reachable(), make_reachable(time_zone="Asia/Tokyo")
    refusing = make_reachable(time_zone="Asia/Tokyo")
    AskPreference.objects.create(contact=refusing, never_since=NOW, changed_at=NOW)
    campaign = make_draft(make_audience(here, asleep, refusing))

    forecast = who_would_enter(campaign, now=NOW.replace(hour=16))

    assert forecast.askable == 1
    assert list(forecast.held.items()) == [("never", 1), ("quiet_hours", 1)]
