"""Each guardrail, their order, and when all of them have ended."""

from datetime import date, timedelta

import pytest

from campaigns.flows.definition import empty_document
from campaigns.guardrails.clock import clock_for
from campaigns.guardrails.facts import Facts, read_facts
from campaigns.guardrails.gate import FOR_ASKS, FOR_ASKS_IN_HAND, FOR_MESSAGES, judge
from campaigns.guardrails.reasons import LABELS
from campaigns.models import AskBudget
from contacts import consents
from referrals.models import AskPreference
from tests.factories.campaigns import NOW, make_contact, make_reachable

NIGHT = NOW.replace(hour=22)
FREE = Facts(1, "a@example.com", "", "granted", "", None, None, None, None)
TOMORROW = date(2026, 11, 21)


def verdict_of(changes=(), *, now=NOW, guardrails=FOR_ASKS):
    values = {name: getattr(FREE, name) for name in FREE.__slots__} | dict(changes)
    clock = clock_for(empty_document()["settings"], now)
    return judge(Facts(**values), clock, guardrails)


def reasons(verdict):
    return [one.reason for one in verdict.objections]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"address": ""}, ["no_address"]),
        ({"suppression": "bounced"}, ["suppressed"]),
        ({"suppression": "unsubscribed"}, ["unsubscribed"]),
        ({"consent": "withdrawn"}, ["unsubscribed"]),
        ({"consent": ""}, ["no_consent"]),
        ({"never_since": NOW}, ["never"]),
        ({"snoozed_until": NOW}, []),
        ({"snoozed_until": NOW + timedelta(seconds=1)}, ["snoozed"]),
        ({"next_on": TOMORROW, "last_asked_on": NOW.date()}, ["cap"]),
        ({"next_on": NOW.date()}, []),
        # In Tokyo it is tomorrow's day from 15:00 UTC on, and still evening.
        ({"next_on": TOMORROW, "zone": "Asia/Tokyo"}, ["cap", "quiet_hours"]),
        ({"zone": "Asia/Tokyo"}, ["quiet_hours"]),
        ({"zone": "not a zone"}, []),
        (
            {"consent": "", "never_since": NOW, "next_on": TOMORROW, "address": ""},
            ["no_address", "no_consent", "never", "cap"],
        ),
    ],
)
def test_every_guardrail_is_asked_and_the_first_is_shown(changes, expected):
    assert reasons(verdict_of(changes)) == expected


def test_the_day_of_the_cap_is_the_contacts_own():
    late = NOW.replace(hour=15)
    tokyo = {"next_on": TOMORROW, "zone": "Asia/Tokyo"}

    assert reasons(verdict_of(tokyo, now=late)) == ["quiet_hours"]
    assert reasons(verdict_of({"next_on": TOMORROW}, now=late)) == ["cap"]


def test_possible_at_is_when_the_last_one_has_ended_and_it_is_day():
    snoozed_until = NOW + timedelta(days=3, hours=10)

    verdict = verdict_of({"snoozed_until": snoozed_until, "next_on": TOMORROW})

    assert verdict.possible_at == NOW.replace(hour=8) + timedelta(days=4)
    assert verdict.is_timing is False


def test_possible_at_is_never_where_waiting_does_not_help():
    verdict = verdict_of({"consent": "", "next_on": TOMORROW})

    assert verdict.possible_at is None


def test_only_the_hour_is_wrong():
    verdict = verdict_of(now=NIGHT)

    assert (verdict.is_timing, verdict.possible_at) == (
        True,
        NOW.replace(hour=8) + timedelta(days=1),
    )


@pytest.mark.parametrize(
    ("guardrails", "expected"),
    [
        (FOR_ASKS, ["never", "cap", "quiet_hours"]),
        (FOR_ASKS_IN_HAND, ["never", "quiet_hours"]),
        (FOR_MESSAGES, ["quiet_hours"]),
    ],
)
def test_what_asks_for_nothing_takes_no_budget(guardrails, expected):
    changes = {"never_since": NOW, "next_on": TOMORROW + timedelta(days=9)}

    assert reasons(verdict_of(changes, now=NIGHT, guardrails=guardrails)) == expected


def test_who_is_gone_is_not_asked():
    clock = clock_for(empty_document()["settings"], NOW)

    assert reasons(judge(None, clock, FOR_ASKS)) == ["gone"]


def test_every_reason_has_words():
    assert all(label for label in LABELS.values())
    assert list(LABELS)[0] == "gone"
    assert list(LABELS)[-1] == "throttled"


@pytest.mark.django_db
def test_read_facts_reads_what_is_there():
    plain = make_contact(time_zone="Asia/Tokyo")
    full = make_reachable()
    AskPreference.objects.create(
        contact=full, never_since=NOW, snoozed_until=NOW, changed_at=NOW
    )
    AskBudget.objects.create(contact=full, last_asked_on=NOW.date(), next_on=TOMORROW)
    consents.suppress(address=full.email, reason="bounced", now=NOW)

    assert read_facts([plain.pk, full.pk, 0]) == {
        plain.pk: Facts(
            plain.pk, plain.email, "Asia/Tokyo", "", "", None, None, None, None
        ),
        full.pk: Facts(
            full.pk,
            full.email,
            "",
            "granted",
            "bounced",
            NOW,
            NOW,
            NOW.date(),
            TOMORROW,
        ),
    }
