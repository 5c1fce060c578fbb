"""Another time: who fits today's rule as of then, and who was a member by the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from audiences import selection
from audiences.conditions.sql import Fragment, combine, value
from audiences.models import Audience, MembershipChange
from audiences.models.membership import Change
from contacts.models import Contact

DAY = timedelta(days=1)
# Who was a member at a moment: of each contact the last change up to then is an entry.
# Leans on newest_membership_changes.
MEMBERS = """
SELECT DISTINCT ON (contact_id) contact_id, change
FROM audiences_membershipchange
WHERE audience_id = {} AND changed_at <= {}
ORDER BY contact_id, changed_at DESC, id DESC
"""
# Contacts in one of the two, or in both; "both", "rule" or "ledger" says where.
COMPARED = """
SELECT coalesce(fitting.contact_id, member.contact_id) AS contact_id,
    CASE WHEN member.contact_id IS NULL THEN 'rule'
        WHEN fitting.contact_id IS NULL THEN 'ledger' ELSE 'both' END AS side
FROM (
    SELECT contact.id AS contact_id FROM contacts_contact AS contact WHERE {}
) AS fitting
FULL JOIN (
    SELECT known.contact_id FROM ({}) AS known WHERE known.change = 'entered'
) AS member ON member.contact_id = fitting.contact_id
"""
SIDES = ("both", "rule", "ledger")


@dataclass(frozen=True)
class Then:
    """How many were in it at a moment: by both, by the rule only, by the ledger only."""

    both: int = 0
    rule: int = 0
    ledger: int = 0

    @property
    def fitting(self) -> int:
        """How many fit today's rule."""
        return self.both + self.rule

    @property
    def members(self) -> int:
        """How many were members."""
        return self.both + self.ledger


@dataclass(frozen=True)
class Period:
    """A part of the history: its days, the size at its end, who entered and left in it."""

    since: date
    until: date
    size: int
    entered: int
    left: int


def count_then(audience: Audience, at: datetime) -> Then:
    """Count both sides as of a past moment; one statement over everybody."""
    statement = _compared(audience, at).format(
        "SELECT compared.side, count(*) FROM ({}) AS compared GROUP BY compared.side"
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return Then(**dict(cursor.fetchall()))


def people_then(
    audience: Audience, at: datetime, side: str, *, offset: int, size: int
) -> list[Contact]:
    """List some of those who were on a side, the newest contacts first."""
    # Selects a page of the contacts on the side.
    statement = combine(
        "SELECT compared.contact_id FROM ({}) AS compared WHERE compared.side = {}"
        " ORDER BY compared.contact_id DESC LIMIT {} OFFSET {}",
        _compared(audience, at),
        value(side),
        value(size),
        value(offset),
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        ids = [row[0] for row in cursor.fetchall()]
    contacts = Contact.objects.in_bulk(ids)
    return [contacts[pk] for pk in ids if pk in contacts]


def size_then(audience: Audience, at: datetime) -> int:
    """Count who fits today's rule as of a past moment."""
    statement = combine(
        "SELECT count(*) FROM contacts_contact AS contact WHERE {}",
        _predicate(audience, at),
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return int(cursor.fetchone()[0])


def begins_at(audience: Audience) -> datetime | None:
    """Find the first entry of the ledger; null before there is any."""
    rows = MembershipChange.objects.filter(audience=audience)
    first: datetime | None = rows.aggregate(first=Min("changed_at"))["first"]
    return first


def history(
    audience: Audience, now: datetime, *, days: int | None, most: int = 60
) -> list[Period]:
    """
    Recall the size from the ledger, day by day, or in longer parts beyond so many; one query.

    Without ``days`` it begins with the first entry. Days are those of the site's clock.
    """
    rows = list(
        MembershipChange.objects.filter(audience=audience)
        .annotate(day=TruncDate("changed_at"))
        .values("day")
        .annotate(
            entered=Count("pk", filter=Q(change=Change.ENTERED)),
            left=Count("pk", filter=Q(change=Change.LEFT)),
        )
        .order_by("day")
    )
    if not rows:
        return []
    today = timezone.localdate(now)
    first = rows[0]["day"]
    start = max(first, today - timedelta(days=days - 1)) if days else first
    length = (today - start).days + 1
    step = -(-length // most)
    size = sum(row["entered"] - row["left"] for row in rows if row["day"] < start)
    by_day = {row["day"]: row for row in rows}
    periods: list[Period] = []
    # The parts end today, so the first one may be shorter.
    since = start
    until = start + timedelta(days=(length - 1) % step)
    while since <= today:
        inside = [
            by_day[day]
            for day in (since + n * DAY for n in range((until - since).days + 1))
            if day in by_day
        ]
        entered = sum(row["entered"] for row in inside)
        left = sum(row["left"] for row in inside)
        size += entered - left
        periods.append(Period(since, until, size, entered, left))
        since, until = until + DAY, until + timedelta(days=step)
    return periods


def sample_moments(start: datetime, now: datetime, count: int) -> Sequence[datetime]:
    """Spread moments evenly from a moment until now."""
    return [start + (now - start) * place / (count - 1) for place in range(count)]


def _compared(audience: Audience, at: datetime) -> Fragment:
    """Put the rule beside the ledger."""
    return combine(
        COMPARED,
        _predicate(audience, at),
        combine(MEMBERS, value(audience.pk), value(at, "timestamptz")),
    )


def _predicate(audience: Audience, at: datetime) -> Fragment:
    """Ask today's rule of a past moment."""
    return selection.predicate(
        audience.rule, as_of=at, is_past=True, counts_from=audience.counts_from
    )
