"""The books of what the engine wrote balance; off by one is red, with the rows behind it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audiences.models import MembershipChange
from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.models import Ask, Message, Moment, Refusal, StartRun
from campaigns.reports import steps as step_reports
from campaigns.seeing.balance import reports
from campaigns.seeing.balance.books import ALL, balance
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)

pytestmark = pytest.mark.django_db

WAIT = new_step("delay", key="wait", name="Rest", amount=2)
ASK = new_step("email", key="ask", name="Invite", if_held="exit")
BRANCH = new_step(
    "branch",
    key="pro",
    name="Pro?",
    condition={"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"},
    yes=[ASK],
)


@pytest.fixture
def campaign():
    """A campaign that has asked one, held one, sent one elsewhere, and lets one wait."""
    campaign = make_campaign(
        name="Autumn", steps=[WAIT, BRANCH, WAIT | {"key": "last"}], state="running"
    )
    pro = {"attributes": {"plan": "pro"}}
    for contact in (make_reachable(**pro), make_contact(**pro), make_contact()):
        make_enrollment(campaign, contact=contact, step_key="wait")
    for days in (0, 2, 2, 2):
        advance_round(now=NOW + timedelta(days=days))
    make_enrollment(campaign, step_key="wait", due_at=NOW + timedelta(days=9))
    return campaign


def red(campaign_id=None):
    return {
        entry.law.word: [row.text for row in entry.found.rows]
        for entry in balance(campaign_id)
        if not entry.holds
    }


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1


def test_what_the_engine_wrote_balances(campaign):
    Refusal.objects.create(
        contact=make_contact(),
        campaign=campaign,
        moment_key="episode:2",
        moment_at=NOW,
        reason="still_active",
        refused_at=NOW,
    )
    entries = {entry.law.word: entry.found for entry in balance(campaign.pk)}

    assert red() == {}
    sums = {
        word: (found.whole.count, *(part.count for part in found.parts))
        for word, found in entries.items()
    }
    assert sums == {
        "moments": (5, 4, 1, 0),
        "lost": (0,),
        "starts": (0, 0, 0),
        "passes": (4, 3, 0, 0, 1, 0),
        "asks": (1, 0, 0, 0, 0, 0, 1),
        "cap": (1,),
        "budget": (1,),
        "messages": (1, 1, 0, 0, 0, 0, 0, 0, 0, 0),
        "twice": (1,),
        "goals": (0, 0, 0, 0),
        "chains": (4,),
        "reports": (9,),
    }


def test_a_campaign_has_books_of_its_own(campaign):
    other = make_campaign(state="running")
    execute("UPDATE campaigns_ask SET answer = 'yes'")

    assert (list(red()), list(red(campaign.pk)), red(other.pk)) == (
        ["asks"],
        ["asks"],
        {},
    )


def test_a_moment_that_became_two_things(campaign):
    pass_ = campaign.enrollment_set.earliest("pk")
    moment = {"contact_id": pass_.contact_id, "campaign": campaign, "moment_at": NOW}
    Moment.objects.create(
        key="once", came_at=NOW, waits_for="data", due_at=NOW, **moment
    )

    assert red() == {"moments": ["once: enrolled and waiting"]}


def test_what_is_planned_is_no_moment_yet(campaign):
    enrollment = make_enrollment(campaign, moment_key="answer:7")
    Moment.objects.create(
        contact=enrollment.contact,
        campaign=campaign,
        key="answer:7",
        moment_at=NOW + timedelta(days=3),
        came_at=NOW,
        waits_for="answer",
        due_at=NOW + timedelta(days=3),
    )

    assert red() == {}


def test_a_moment_that_became_nothing(campaign):
    audience = make_audience()
    execute(
        "UPDATE campaigns_campaignversion SET definition = "
        "jsonb_set(definition, '{trigger,audience}', to_jsonb(%s::bigint))",
        audience.pk,
    )
    contact = make_contact()
    MembershipChange.objects.create(
        contact=contact,
        audience=audience,
        episode=1,
        change="entered",
        changed_at=NOW + timedelta(hours=1),
        cause="event",
    )
    lost = red()
    make_enrollment(campaign, contact=contact, step_key="wait", entry_key="episode:1")

    assert lost == {
        "lost": ["Entered the audience at 2026-11-20 13:00:00 and became nothing"]
    }
    assert red() == {}


def test_a_start_that_forgot_somebody(campaign):
    StartRun.objects.create(
        campaign=campaign,
        version=campaign.published,
        created_at=NOW,
        done_count=3,
        enrolled_count=1,
        refused_count=1,
    )

    [entry] = [entry for entry in balance() if not entry.holds]

    assert (entry.law.word, entry.found.difference) == ("starts", 1)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "UPDATE campaigns_ask SET answer = 'yes'",
            {"asks": ["has an answer without a time, or a time without an answer"]},
        ),
        (
            "UPDATE campaigns_ask SET enrollment_id = 0",
            {"asks": ["belongs to no pass"]},
        ),
        (
            "UPDATE campaigns_message SET state = 'accepted',"
            " finished_at = '2026-11-22 12:00+00'",
            {
                "asks": [
                    "an email was accepted, and the ask does not count as delivered"
                ]
            },
        ),
        (
            "UPDATE campaigns_askbudget SET last_asked_on = '2026-01-01'"
            " WHERE last_asked_on IS NOT NULL",
            {
                "budget": [
                    "was last asked on 2026-11-22, and the budget says 2026-01-01"
                ]
            },
        ),
        (
            "UPDATE campaigns_message SET state = 'lost', address = 'a@example.com'",
            {"messages": []},
        ),
        (
            "UPDATE campaigns_message SET state = 'canceled', address = 'a@example.com'",
            {
                "messages": [
                    "email to a@example.com: is over, and nobody knows since when"
                ]
            },
        ),
        (
            "UPDATE campaigns_message SET ask_id = 0, address = 'a@example.com'",
            {
                "messages": [
                    "email to a@example.com: belongs to an ask that is not there"
                ]
            },
        ),
        (
            "UPDATE campaigns_enrollment SET ended_at = NULL WHERE state = 'exited'",
            {"passes": ["has ended, and nobody knows when"]},
        ),
        (
            "DELETE FROM campaigns_steprun WHERE outcome = 'asked'",
            {"chains": ["took 4 steps, and 3 are in the journal"]},
        ),
        (
            "UPDATE campaigns_steprun SET step_key = 'last' WHERE outcome = 'no'",
            {
                "chains": [
                    "went from “last” to “last”, which is no way",
                    "went from “wait” to “last”, which is no way",
                ]
            },
        ),
    ],
)
def test_one_row_off_is_red(campaign, statement, expected):
    execute(statement)

    assert red() == expected


def test_nobody_is_asked_twice_inside_the_cap(campaign):
    ask = Ask.objects.get()
    pass_ = campaign.enrollment_set.get(pk=ask.enrollment_id)
    ask.pk, ask.visit, ask.asked_on = None, 9, ask.asked_on + timedelta(days=89)
    ask.save()
    inside = red()
    Ask.objects.filter(visit=9).update(asked_on=ask.asked_on + timedelta(days=1))

    assert inside["cap"] == ["asked on 2026-11-22 and again on 2027-02-19"]
    assert "cap" not in red()
    assert pass_.contact_id == ask.contact_id


def test_two_messages_for_one_step(campaign):
    execute_ddl = (
        "ALTER TABLE campaigns_message DROP CONSTRAINT one_message_per_step_run"
    )
    with connection.cursor() as cursor:
        cursor.execute(execute_ddl)
    message = Message.objects.get()
    message.pk = None
    message.save()

    assert red() == {"twice": ["2 messages by email at one step of one pass"]}


def test_a_report_that_lies(campaign, monkeypatch):
    honest = step_reports.count_steps

    def lying(campaign):
        counts = honest(campaign)
        counts["wait"].reached += 1
        return counts

    monkeypatch.setattr(reports, "count_steps", lying)

    assert red() == {"reports": ["the report says 11 for “steps taken”, the tables 10"]}


def test_the_command_says_each_law_and_fails_if_one_is_broken(campaign):
    said, complained = StringIO(), StringIO()
    call_command("balance", stdout=said, no_color=True)
    execute("UPDATE campaigns_message SET state = 'lost'")
    with pytest.raises(CommandError, match="1 of 12 laws do not hold"):
        call_command("balance", campaign=campaign.pk, stdout=complained, no_color=True)
    with pytest.raises(CommandError, match="There is no campaign -1"):
        call_command("balance", campaign=-1, stdout=StringIO())

    assert said.getvalue().count("ok ") == len(ALL)
    assert "RED Every message is somewhere: 1 messages" in complained.getvalue()
    assert "    off by 1" in complained.getvalue()
