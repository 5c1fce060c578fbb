"""A rehearsal as work: asked for, lived through, kept, stopped, and begun anew."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection

from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step
from campaigns.models import Ask, Campaign, Rehearsal, RehearsedPerson
from campaigns.rehearsal import running
from campaigns.rehearsal.running import (
    request_rehearsal,
    run_next,
)
from contacts import consents, events
from contacts.models.work import WorkState
from contacts.work import request_cancel
from tests.factories.campaigns import (
    make_ask,
    make_campaign,
    make_contact,
    make_enrollment,
)

pytestmark = pytest.mark.django_db(transaction=True)

STARTS = datetime(2026, 4, 6, tzinfo=UTC)
ENDS = STARTS + timedelta(days=3)
NOW = ENDS + timedelta(days=1)
HOUR = timedelta(hours=1)


def person(**changes):
    values = {"created_at": STARTS - timedelta(days=9), "time_zone": "Asia/Kolkata"}
    contact = make_contact(**values | changes)
    consents.grant([contact.pk], source="test", statement="", now=STARTS - 9 * HOUR)
    return contact


def orders(contact, at):
    fact = events.Fact(contact.pk, "order_completed", at, f"{at}", {})
    events.record(fact, now=at)


def draft(**changes):
    step = new_step(
        "email", key="ask", name="Invite", content=starter_content("thank_you")
    )
    trigger = {"kind": "event", "event": {"name": "order_completed", "filters": []}}
    return make_campaign(name="Mine", steps=[step], trigger=trigger, **changes)


def request(campaign, **changes):
    values = {"starts_at": STARTS, "ends_at": ENDS, "user": None, "now": NOW}
    return request_rehearsal(campaign=campaign, **values | changes)


def rehearse(campaign, **changes):
    rehearsal = request(campaign, **changes)
    assert run_next(lambda: NOW)
    rehearsal.refresh_from_db()
    return rehearsal


def everything():
    """Read every row of every table but those of rehearsals."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            if not model.__name__.startswith("Rehears"):
                cursor.execute(f'SELECT row::text, xmin::text FROM "{table}" AS row')
                found[table] = sorted(cursor.fetchall())
    return found


def test_who_would_have_been_asked_and_who_held_is_kept_and_nothing_else():
    campaign, spring = draft(), make_campaign(name="Spring", state="running")
    early, late, twice, silent = (
        person(),
        person(),
        person(),
        make_contact(created_at=STARTS - timedelta(days=9)),
    )
    orders(early, STARTS + 6 * HOUR)
    orders(late, STARTS + 18 * HOUR)
    orders(twice, STARTS + 30 * HOUR)
    orders(silent, STARTS + 30 * HOUR)
    orders(person(), ENDS + HOUR)
    soon = STARTS + timedelta(days=40)
    pass_ = make_enrollment(spring, contact=twice, state="completed", due_at=None)
    make_ask(spring, enrollment=pass_, asked_at=soon)
    before = everything()

    rehearsal = rehearse(campaign)

    assert (rehearsal.state, rehearsal.error) == (WorkState.DONE, "")
    kept = RehearsedPerson.objects.order_by("at", "what").values_list(
        "contact_id", "what", "at", "zone", "reason", "rival", "rival_at"
    )
    zone = "Asia/Kolkata"
    # Half past eight in the evening there is 18:00 UTC plus five and a half hours: too late.
    opens = STARTS + timedelta(days=1, hours=2, minutes=30)
    assert [row for row in kept if row[1] == "asked"] == [
        (early.pk, "asked", STARTS + 6 * HOUR, zone, "", "", None),
        (late.pk, "asked", opens, zone, "", "", None),
        (twice.pk, "asked", STARTS + 30 * HOUR, zone, "", "Spring", soon),
    ]
    assert [row[:5] for row in kept if row[1] != "asked"] == [
        (late.pk, "held", STARTS + 18 * HOUR, zone, "quiet_hours"),
        (silent.pk, "held", STARTS + 30 * HOUR, "UTC", "no_consent"),
    ]
    counts = rehearsal.results
    assert (counts["asked"], counts["held_people"], counts["enrolled"]) == (3, 2, 4)
    assert counts["rivals"] == {"Spring": 1}
    assert sum(count for _, count in counts["days"]) == sum(counts["hours"]) == 3
    assert everything() == before


def test_campaigns_that_wait_for_their_start_do_not_stop_it():
    make_campaign(name="Later", state="running")
    own = draft(state="running")
    Campaign.objects.update(state=Campaign.State.SCHEDULED, starts_at=ENDS)

    assert rehearse(own).state == WorkState.DONE


def test_what_the_campaign_really_did_is_compared():
    campaign = draft(state="running")
    campaign.started_at = STARTS - HOUR
    campaign.save()
    both, new, gone = person(), person(), person()
    for contact, hours in ((both, 6), (new, 7)):
        orders(contact, STARTS + hours * HOUR)
    for contact in (both, gone):
        pass_ = make_enrollment(
            campaign,
            contact=contact,
            enrolled_at=STARTS + 6 * HOUR,
            state="completed",
            due_at=None,
        )
        make_ask(campaign, enrollment=pass_, asked_at=STARTS + 6 * HOUR)

    counts = rehearse(campaign).results

    assert (counts["really"], counts["both"], counts["missed"]) == (2, 1, 1)
    assert counts["asked_people"] == 2
    missed = RehearsedPerson.objects.get(what="missed")
    assert missed.contact_id == gone.pk
    assert Ask.objects.count() == 2


def test_what_a_file_told_of_the_past_counts_at_its_time():
    campaign = draft()
    contact = person(created_at=NOW - HOUR)
    at = STARTS + 6 * HOUR
    told = events.Fact(contact.pk, "order_completed", at, "1", {}, is_historical=True)
    events.record(told, now=NOW)
    consents.grant([contact.pk], source="test", statement="", now=NOW)

    rehearse(campaign)

    assert list(RehearsedPerson.objects.values_list("what", "at")) == [("asked", at)]


def test_a_killed_one_leaves_nothing_and_begins_anew(monkeypatch):
    campaign = draft()
    orders(person(), STARTS + 6 * HOUR)
    rehearsal = request(campaign)

    def die(*values, **more):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(running, "read_results", die)
        with pytest.raises(SystemExit):
            run_next(lambda: NOW)
    rehearsal.refresh_from_db()
    assert rehearsal.state == WorkState.RUNNING
    assert not run_next(lambda: NOW)
    assert not RehearsedPerson.objects.exists()

    assert run_next(lambda: NOW + 2 * HOUR)

    rehearsal.refresh_from_db()
    assert (rehearsal.state, rehearsal.attempts) == (WorkState.DONE, 2)
    assert RehearsedPerson.objects.count() == 1


def test_it_stops_when_it_is_asked_to():
    campaign = draft()
    orders(person(), STARTS + 6 * HOUR)
    rehearsal = request(campaign)
    asked: list[int] = []

    def clock():
        # Between the claim and the first look at how far it is.
        if asked:
            request_cancel(Rehearsal.objects.get(), now=NOW)
        asked.append(1)
        return NOW

    assert run_next(clock)

    rehearsal.refresh_from_db()
    assert rehearsal.state == WorkState.CANCELED
    assert not RehearsedPerson.objects.exists()


def test_an_error_is_noted_and_raised(monkeypatch):
    rehearsal = request(draft())
    monkeypatch.setattr(running, "plan_rehearsal", None)

    with pytest.raises(TypeError):
        run_next(lambda: NOW)

    rehearsal.refresh_from_db()
    assert (rehearsal.state, rehearsal.error) == (WorkState.FAILED, running.FAILED)
