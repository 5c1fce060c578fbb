from datetime import UTC, datetime, timedelta

import pytest

from contacts.models import Contact, Event
from referrals.models import AskPreference
from referrals.preferences import SnoozeOutOfRange, never, resume, snooze

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact():
    return Contact.objects.create(email="ada@example.com")


def preference_of(contact):
    return AskPreference.objects.values_list(
        "snoozed_until", "never_since", "changed_at"
    ).get(contact=contact)


def events_of(contact):
    rows = Event.objects.filter(contact=contact).order_by("occurred_at", "pk")
    return list(rows.values_list("name", "occurred_at"))


def test_snooze_holds_for_the_days_picked(contact):
    until = snooze(contact_id=contact.pk, days=60, now=NOW)

    assert until == NOW + timedelta(days=60)
    assert preference_of(contact) == (until, None, NOW)
    assert events_of(contact) == [("ask_snoozed", NOW)]


def test_snooze_twice_on_a_day_is_one_answer(contact):
    later = NOW + timedelta(minutes=5)
    snooze(contact_id=contact.pk, days=75, now=NOW)

    until = snooze(contact_id=contact.pk, days=75, now=later)

    assert preference_of(contact) == (until, None, later)
    assert events_of(contact) == [("ask_snoozed", NOW)]


@pytest.mark.parametrize("days", [0, 59, 91, -75])
def test_snooze_refuses_other_lengths(contact, days):
    with pytest.raises(SnoozeOutOfRange, match=f"got {days}"):
        snooze(contact_id=contact.pk, days=days, now=NOW)

    assert not AskPreference.objects.exists()


def test_never_twice_keeps_the_first_date(contact):
    never(contact_id=contact.pk, now=NOW)

    never(contact_id=contact.pk, now=NOW + timedelta(days=1))

    assert preference_of(contact) == (None, NOW, NOW)
    assert events_of(contact) == [("ask_never", NOW)]


def test_snooze_does_not_soften_a_never(contact):
    never(contact_id=contact.pk, now=NOW)

    until = snooze(contact_id=contact.pk, days=90, now=NOW)

    assert preference_of(contact) == (until, NOW, NOW)


def test_resume_takes_back_both(contact):
    later = NOW + timedelta(days=1)
    snooze(contact_id=contact.pk, days=90, now=NOW)
    never(contact_id=contact.pk, now=NOW)

    resume(contact_id=contact.pk, now=later)
    resume(contact_id=contact.pk, now=later + timedelta(days=1))

    assert preference_of(contact) == (None, None, later)
    assert events_of(contact) == [
        ("ask_snoozed", NOW),
        ("ask_never", NOW),
        ("ask_resumed", later),
    ]


def test_resume_without_a_preference_changes_nothing(contact):
    resume(contact_id=contact.pk, now=NOW)

    assert not AskPreference.objects.exists()
    assert events_of(contact) == []
