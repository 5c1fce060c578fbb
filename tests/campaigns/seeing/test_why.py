"""Why somebody is asked, or not; now, and at any time before."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from audiences.models import Audience, MembershipChange
from campaigns.asks.answer import answer_ask
from campaigns.engine import lifecycle
from campaigns.engine.advance import advance_round
from campaigns.engine.ending import end_enrollments
from campaigns.flows.edits import new_step
from campaigns.guardrails import budget
from campaigns.models import Ask, Enrollment
from campaigns.seeing.why import ask_everywhere, ask_why
from contacts import consents, events
from contacts.models import Contact
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)

pytestmark = pytest.mark.django_db

WAIT = new_step("delay", key="wait", name="Rest", amount=2)
ASK = new_step("email", key="ask", name="Invite", if_held="wait")
DAY = timedelta(days=1)
BEFORE = NOW - DAY


def running(**changes):
    trigger = {"audience": changes.pop("audience").pk, "existing": True}
    steps = changes.pop("steps", [WAIT, ASK])
    return make_campaign(
        steps=steps, state="running", trigger=trigger | changes.pop("trigger", {})
    )


def gates(answer):
    return [(gate.title, gate.state, gate.text) for gate in answer.gates]


def first(answer):
    return (answer.earliest.at, answer.earliest.text)


def test_who_never_entered_learns_what_is_missing():
    is_pro = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    audience = make_audience()
    Audience.objects.filter(pk=audience.pk).update(rule=is_pro)
    campaign = running(audience=audience)
    contact = make_reachable(attributes={"plan": "free"})

    answer = ask_why(campaign=campaign, contact=contact, now=NOW)

    missing = f"Is not in “{audience}”."
    assert gates(answer) == [
        ("Campaign", "yes", "The campaign runs"),
        ("Trigger", "no", missing),
        ("Guardrails", "yes", "No guardrail objects"),
    ]
    assert answer.headline == missing
    assert [leaf.found for leaf in answer.entrance.explanation.leaves] == ["free"]
    assert first(answer) == (None, missing.rstrip("."))


def test_time_alone_may_bring_somebody_in():
    audience = make_audience()
    long_ago = {
        "kind": "attribute",
        "name": "since",
        "operator": "longer_ago",
        "value": {"amount": 3, "unit": "days"},
    }
    Audience.objects.filter(pk=audience.pk).update(rule=long_ago)
    campaign = running(audience=audience)
    contact = make_reachable(attributes={"since": BEFORE.isoformat()})

    answer = ask_why(campaign=campaign, contact=contact, now=NOW)

    assert answer.gates[1].until == NOW + 2 * DAY
    assert first(answer) == (NOW + 4 * DAY, "")


def test_a_member_is_asked_after_the_way_through_the_flow():
    contact = make_reachable(time_zone="Asia/Tokyo")
    campaign = running(audience=make_audience(contact))
    at_night = datetime(2026, 11, 20, 22, tzinfo=ZoneInfo("Asia/Tokyo"))

    answer = ask_why(campaign=campaign, contact=contact, now=at_night)

    morning = datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert first(answer) == (morning, "")
    assert answer.earliest.zone == "Asia/Tokyo"
    assert not Enrollment.objects.exists()


def test_who_has_been_in_it_is_not_let_in_again():
    contact = make_reachable()
    campaign = running(audience=make_audience(contact))
    ask = make_ask(campaign, contact=contact)
    end_enrollments(
        enrollment_ids=[ask.enrollment_id],
        contact_ids=[contact.pk],
        state="exited",
        reason="exit_condition",
        cause="exited_condition",
        now=NOW,
    )

    answer = ask_why(campaign=campaign, contact=contact, now=NOW + DAY)

    once = "Has been in this campaign, and it lets everybody in once only"
    assert (answer.headline, first(answer)) == ("Was asked", (None, once))


def test_members_of_before_the_start_may_not_be_meant():
    contact = make_reachable()
    audience = make_audience(contact, entered_at=BEFORE)
    campaign = running(audience=audience, trigger={"existing": False})

    answer = ask_why(campaign=campaign, contact=contact, now=NOW)

    assert answer.obstacle.text.startswith("Has been in the audience since before")


@pytest.mark.parametrize(
    ("change", "state", "text", "at"),
    [
        (lifecycle.pause, "wait", "The campaign is paused, so nothing moves", 2),
        (lifecycle.stop, "no", "The campaign was stopped", None),
    ],
)
def test_a_campaign_that_does_not_run_asks_nobody(change, state, text, at):
    contact = make_reachable()
    campaign = running(audience=make_audience(contact))
    change(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()

    answer = ask_why(campaign=campaign, contact=contact, now=NOW)

    assert (answer.obstacle.state, answer.headline) == (state, text)
    assert answer.earliest.at == (at and NOW + at * DAY)
    assert answer.earliest.if_resumed == (at is not None)


def test_the_guardrail_that_holds_says_until_when():
    contact = make_reachable()
    other = make_campaign(state="running")
    make_ask(other, contact=contact, asked_at=NOW)
    campaign = running(audience=make_audience(contact), steps=[ASK])
    enrollment = make_enrollment(campaign, contact=contact, step_key="ask")
    budget.lock_budgets([contact.pk])
    budget.recount([contact.pk])
    advance_round(now=NOW)
    enrollment.refresh_from_db()
    held_until = NOW.replace(hour=8) + 90 * DAY

    answer = ask_why(campaign=campaign, contact=contact, now=NOW + DAY)

    assert enrollment.due_at == held_until
    assert answer.gates[2].text == (
        "Is held before “Invite”: Was asked less than 90 days ago"
    )
    assert [line.code for line in answer.verdicts.against] == ["cap"]
    assert answer.verdicts.first.based_on == (
        "Last asked on 20 November 2026, next ask allowed on 18 February 2027"
    )
    assert first(answer) == (held_until, "")


def test_the_past_is_as_it_was():
    contact = make_contact()
    audience = make_audience(contact, entered_at=NOW - 5 * DAY)
    MembershipChange.objects.create(
        contact=contact,
        audience=audience,
        episode=1,
        change="entered",
        changed_at=NOW - 5 * DAY,
        cause="refresh",
    )
    campaign = running(audience=audience, steps=[ASK])
    campaign.started_at = NOW - 6 * DAY
    campaign.save()
    campaign.versions.update(published_at=NOW - 7 * DAY)
    consents.grant([contact.pk], source="test", statement="", now=NOW - 3 * DAY)
    enrollment = make_enrollment(
        campaign,
        contact=contact,
        step_key="ask",
        moment_at=NOW - 5 * DAY,
        enrolled_at=NOW - 5 * DAY,
        due_at=NOW - 2 * DAY,
    )
    advance_round(now=NOW - 2 * DAY)
    ask = Ask.objects.get()
    answer_ask(ask=ask, answer="never", now=NOW - DAY)
    stands = list(Enrollment.objects.values()), list(Contact.objects.values())

    def at(days):
        moment = NOW - days * DAY
        return ask_why(campaign=campaign, contact=contact, now=NOW, at=moment)

    told = {
        days: (
            at(days).headline,
            [line.code for line in at(days).verdicts.against],
        )
        for days in (5.1, 4, 2.1, 1.9, 0.9)
    }
    assert told == {
        5.1: ("Never agreed to get email", ["no_consent"]),
        4: ("Is on the way, next “Invite”", ["no_consent"]),
        2.1: ("Is on the way, next “Invite”", []),
        1.9: ("Was asked", ["cap"]),
        0.9: ("Was asked", ["never", "cap"]),
    }
    assert at(4).earliest.at is None
    assert at(2.1).earliest.at == NOW - 2.1 * DAY
    assert (
        list(Enrollment.objects.values()),
        list(Contact.objects.values()),
    ) == stands
    assert enrollment.pk == ask.enrollment_id


def test_all_campaigns_and_the_first_of_them():
    contact = make_reachable()
    audience = make_audience(contact)
    slow = running(audience=audience)
    quick = running(audience=audience, steps=[ASK])
    make_campaign(steps=[ASK])

    found = ask_everywhere(contact=contact, now=NOW)

    assert [one.campaign for one in found.answers] == [quick, slow]
    assert [one.earliest.at for one in found.answers] == [NOW, NOW + 2 * DAY]
    assert found.earliest.campaign == quick


def test_a_sign_shows_its_condition_and_when_time_ends_it():
    contact = make_reachable()
    campaign = running(audience=make_audience(contact), steps=[ASK])
    for name, at in (("ticket_opened", BEFORE), ("ticket_closed", NOW)):
        events.record(events.Fact(contact.pk, name, at, name), now=NOW)
    enrollment = make_enrollment(campaign, contact=contact, step_key="ask")

    answer = ask_why(campaign=campaign, contact=contact, now=NOW + DAY)

    [line] = answer.verdicts.against
    assert (line.code, line.until) == ("recent_ticket", NOW + 14 * DAY)
    assert [leaf.holds for leaf in line.explanation.leaves] == [True, True]
    assert first(answer) == (NOW + 14 * DAY, "")
    enrollment.refresh_from_db()
    assert enrollment.due_at == NOW


def test_an_open_ticket_does_not_end_by_time_soon():
    contact = make_reachable(attributes={"open_tickets": 2})
    campaign = running(audience=make_audience(contact), steps=[ASK])

    answer = ask_why(campaign=campaign, contact=contact, now=NOW)

    assert [line.code for line in answer.verdicts.against] == ["open_ticket"]
    assert first(answer) == (None, "Has an open ticket")
