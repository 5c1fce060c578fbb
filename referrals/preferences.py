"""When people want to be asked again: not now, never, or yes again."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date

from contacts.events import Fact, record
from contacts.models import Contact
from referrals.event_names import ASK_NEVER, ASK_RESUMED, ASK_SNOOZED
from referrals.models import AskPreference

SNOOZE_DAYS = range(60, 91)


class SnoozeOutOfRange(ValueError):
    """A snooze lasts from 60 to 90 days."""


def chosen_days(*, until: str, days: str, usual: int, now: datetime) -> int:
    """
    Read how long somebody wants peace: a day of his own, or one of the lengths.

    :raises SnoozeOutOfRange: if the day is none, or too soon or too late
    """
    if until:
        try:
            day = parse_date(until[:40])
        except ValueError:
            day = None
        length = (day - timezone.localdate(now)).days if day else 0
        if length not in SNOOZE_DAYS:
            raise SnoozeOutOfRange(f"expected a day 60 to 90 days ahead, got {until}")
        return length
    is_number = days.isascii() and days.isdigit() and len(days) < 4
    length = int(days) if is_number else usual
    return length if length in SNOOZE_DAYS else usual


@transaction.atomic
def snooze(*, contact_id: int, days: int, now: datetime) -> datetime:
    """
    Ask the contact nothing for some days; a later choice replaces an earlier one.

    :returns: until when
    :raises SnoozeOutOfRange: if it is less than 60 or more than 90 days
    """
    if days not in SNOOZE_DAYS:
        raise SnoozeOutOfRange(f"expected 60 to 90 days, got {days}")
    lock_contact(contact_id)
    until = now + timedelta(days=days)
    AskPreference.objects.update_or_create(
        contact_id=contact_id, defaults={"snoozed_until": until, "changed_at": now}
    )
    fact = Fact(
        contact_id,
        ASK_SNOOZED,
        now,
        # A second press on the same day is the same answer.
        f"until:{until.date()}",
        {"days": days, "until": until.isoformat()},
    )
    record(fact, now=now)
    return until


@transaction.atomic
def never(*, contact_id: int, now: datetime) -> None:
    """Ask the contact nothing any more."""
    lock_contact(contact_id)
    preference, _ = AskPreference.objects.select_for_update().get_or_create(
        contact_id=contact_id, defaults={"changed_at": now}
    )
    if preference.never_since:
        return
    preference.never_since = preference.changed_at = now
    preference.save(update_fields=["never_since", "changed_at"])
    record(Fact(contact_id, ASK_NEVER, now, now.isoformat()), now=now)


def lock_contact(contact_id: int) -> None:
    """Wait for whoever hands a message over to the contact; afterwards nothing leaves."""
    rows = Contact.objects.filter(pk=contact_id).select_for_update(no_key=True)
    list(rows.values_list("pk"))


@transaction.atomic
def resume(*, contact_id: int, now: datetime) -> None:
    """Take back a snooze and a never: the contact wants to be asked again."""
    preference = (
        AskPreference.objects.select_for_update().filter(contact_id=contact_id).first()
    )
    if not preference or not (preference.snoozed_until or preference.never_since):
        return
    preference.snoozed_until = preference.never_since = None
    preference.changed_at = now
    preference.save(update_fields=["snoozed_until", "never_since", "changed_at"])
    record(Fact(contact_id, ASK_RESUMED, now, now.isoformat()), now=now)
