"""
A date on the contact comes, or comes near: a renewal, a birthday, the end of a trial.

The next such moment of each contact is a row that time finds by an index. It is written when
the campaign starts and whenever the contact changes, by the contact's own calendar; nobody
else is ever looked at. Of the 29 February the day in other years is the 28th.
"""

from calendar import isleap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.db import connection

from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import contact_subject
from audiences.conditions.words import readable
from campaigns.flows.triggers import Trigger
from campaigns.local_time import choose_zone, instant, local_day, parse_time
from campaigns.models import Moment
from campaigns.triggers.base import (
    Came,
    Inbox,
    Scene,
    Watches,
    call_off,
    plan,
    quoted,
)
from contacts.events import take_reactions
from contacts.models.event import CONTACT_CHANGED, CONTACT_REMADE

ONE_DAY = timedelta(days=1)
NO_DAYS: Mapping[int, date] = MappingProxyType({})
# So far ahead a forecast looks.
SOON = timedelta(days=30)

# Reads the date of some contacts, as it is written and as a moment.
DATES = """
SELECT contact.id, contact.time_zone, {}, {}
FROM contacts_contact AS contact
WHERE {} AND contact.erased_at IS NULL AND ({}) IS NOT NULL
ORDER BY contact.id
"""

# Selects for whom the day comes in the days ahead; a forecast, by the calendar of UTC.
COMES_SOON = """
SELECT contact.id AS contact_id, 0 AS episode FROM contacts_contact AS contact
WHERE contact.erased_at IS NULL AND ({}) = ANY ({})
"""


@dataclass(frozen=True)
class DateTrigger:
    """A date of the contact, with days before or after it, at an hour of his own clock."""

    plans: frozenset[str] = frozenset([Moment.Wait.DATE])

    def watches(self, trigger: Trigger) -> Watches:
        """Wait for changes of contacts."""
        if not trigger["date"]["attribute"]:
            return Watches()
        return Watches(events=frozenset([CONTACT_CHANGED, CONTACT_REMADE]))

    def take(self, scene: Scene, *, size: int) -> Inbox:
        """Plan anew for who has changed; no moment comes of it yet."""
        taken = take_reactions(consumer=scene.consumer, size=size)
        plan_for(scene, {one.contact_id for one in taken})
        return Inbox(len(taken), [])

    def ripen(self, scene: Scene, planned: Sequence[Came]) -> list[Came]:
        """Let in whose day it is, and plan the day of the next year."""
        days = {one.contact_id: _day_of(one.key) for one in planned}
        if scene.trigger["date"]["yearly"]:
            among = value(list(days), "bigint[]").format("contact.id = ANY ({})")
            _write(scene, among, after=days)
        return list(planned)

    def describe(self, trigger: Trigger) -> str:
        """Name the attribute, the distance and the hour."""
        wanted = trigger["date"]
        if not wanted["attribute"]:
            return "when you have chosen a date"
        offset = wanted["offset_days"]
        days = f"{abs(offset)} day{'' if abs(offset) == 1 else 's'}"
        when = "on" if not offset else f"{days} {'after' if offset > 0 else 'before'}"
        yearly = ", every year" if wanted["yearly"] else ""
        named = quoted(readable(wanted["attribute"], capital=True))
        return f"{when} {named} at {wanted['at']}{yearly}, by the clock of each person"

    def population(self, trigger: Trigger, now: datetime) -> Fragment | None:
        """Select whose day comes in the next 30 days."""
        wanted = trigger["date"]
        if not wanted["attribute"]:
            return None
        start = now.date() - wanted["offset_days"] * ONE_DAY
        days = [start + ahead * ONE_DAY for ahead in range(SOON.days)]
        subject = contact_subject(wanted["attribute"]).moment
        shape = "MM-DD" if wanted["yearly"] else "YYYY-MM-DD"
        found = combine(f"to_char({{}} AT TIME ZONE 'UTC', '{shape}')", subject)
        names = {f"{day:%m-%d}" if wanted["yearly"] else str(day) for day in days}
        if "02-28" in names:
            names.add("02-29")
        return combine(COMES_SOON, found, value(sorted(names), "text[]"))


def plan_for(scene: Scene, contact_ids: Collection[int]) -> None:
    """
    Write the next moment of some contacts, in place of what was planned.

    A day that has come and was not taken yet, as in a pause, stays if it is still the one meant.
    """
    if contact_ids:
        since = _days_come(scene, contact_ids)
        call_off(scene, Moment.Wait.DATE, contact_ids)
        among = value(list(contact_ids), "bigint[]").format("contact.id = ANY ({})")
        _write(scene, among, since=since)


def plan_range(scene: Scene, after: int, until: int) -> int:
    """
    Write the next moment of the contacts of a range of ids.

    :returns: how many have one
    """
    within = Fragment("contact.id > %s AND contact.id <= %s", (after, until))
    return _write(scene, within)


def _days_come(scene: Scene, contact_ids: Collection[int]) -> dict[int, date]:
    """Say of some contacts which planned day has come and was not taken yet."""
    come = Moment.objects.filter(
        contact_id__in=list(contact_ids),
        campaign_id=scene.campaign_id,
        waits_for=Moment.Wait.DATE,
        due_at__lte=scene.now,
    )
    rows = come.order_by("-due_at", "pk").values_list("contact_id", "key")
    return {contact_id: _day_of(key) for contact_id, key in rows}


def _write(
    scene: Scene,
    among: Fragment,
    *,
    after: Mapping[int, date] = NO_DAYS,
    since: Mapping[int, date] = NO_DAYS,
) -> int:
    """
    Read dates, compute each day and its instant, and write them; two statements.

    From today on, but the day of ``since`` stays if it is still the one that is meant; and after
    the day of his that is over.
    """
    wanted = scene.trigger["date"]
    subject = contact_subject(wanted["attribute"])
    statement = combine(DATES, subject.text, subject.moment, among, subject.moment)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        rows = cursor.fetchall()
    at = parse_time(wanted["at"])
    fallback = scene.document["settings"]["time_zone"]
    planned = []
    for contact_id, zone_name, text, moment in rows:
        zone = choose_zone(zone_name, fallback)
        least = local_day(scene.now, zone)
        if contact_id in after:
            least = max(least, after[contact_id] + ONE_DAY)
        day = _local(text, moment, zone)
        meant = partial(next_day, day, wanted["offset_days"], wanted["yearly"])
        come = since.get(contact_id)
        found = come if come and meant(come) == come else meant(least)
        if found is not None:
            planned.append((contact_id, f"date:{found}", instant(found, at, zone)))
    plan(scene, Moment.Wait.DATE, planned)
    return len(planned)


def _local(text: str, moment: datetime, zone: ZoneInfo) -> date:
    """Read which day of the contact's calendar is meant: a mere day is that day anywhere."""
    if len(text.strip()) == len("2026-05-01"):
        return date.fromisoformat(text.strip())
    return local_day(moment, zone)


def next_day(day: date, offset_days: int, yearly: bool, least: date) -> date | None:
    """Give the first day, from ``least`` on, that lies so far from the date; None if none does."""
    offset = offset_days * ONE_DAY
    if not yearly:
        return day + offset if day + offset >= least else None
    year = max(day.year, (least - offset).year - 1)
    while True:
        found = in_year(day, year) + offset
        if found >= least:
            return found
        year += 1


def in_year(day: date, year: int) -> date:
    """Give the day in a year; the 29 February is the 28th where there is none."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def _day_of(key: str) -> date:
    """Read the day out of the key of a moment."""
    return date.fromisoformat(key.partition(":")[2])


DATE = DateTrigger()
