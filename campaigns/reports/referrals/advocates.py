"""
Who brought the most.

Advocates with a friend who joined in the period and was not rejected. Whoever has as many as
another has the same rank, and is told so; nobody is put before the other by chance.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, Sum

from audiences import selection
from campaigns.reports.referrals.filters import Filters
from campaigns.reports.referrals.money import COSTS, NET, counted, rewards_of
from contacts.models import Contact, Event
from referrals.event_names import LINK_SHARED
from referrals.models import Milestone, Program, Visit

# By what they may be put in order: a name, and the number.
ORDERS = {
    "won": (
        "Won",
        "count(*) FILTER (WHERE won_at IS NOT NULL AND reversed_at IS NULL)",
    ),
    "lead": ("Friends", "count(*)"),
    "revenue": ("Revenue", "COALESCE(sum(paid.net), 0)"),
}
# Ranks advocates by what their friends came to. Leans on milestones_of_program.
LEADERS = """
SELECT found.*, rank() OVER (ORDER BY score DESC) AS rank,
    count(*) OVER (PARTITION BY score) > 1 AS has_equals
FROM (
    SELECT referral.advocate_contact_id, referral.advocate_id, referral.program_id,
        count(*) AS lead,
        count(*) FILTER (WHERE won_at IS NOT NULL AND reversed_at IS NULL) AS won,
        {score} AS score
    FROM referrals_referral AS referral
    LEFT JOIN (
        SELECT referral_id, sum(CASE WHEN canceled_at IS NOT NULL THEN 0
            ELSE GREATEST(amount_minor - refunded_minor, 0) END) AS net
        FROM referrals_milestone
        WHERE stage = 'won' AND currency = %s AND amount_minor IS NOT NULL
        GROUP BY referral_id
    ) AS paid ON paid.referral_id = referral.id
    WHERE referral.id IN ({referrals})
    GROUP BY referral.advocate_contact_id, referral.advocate_id, referral.program_id
) AS found
ORDER BY rank, lead DESC, won DESC, advocate_contact_id, advocate_id
"""


@dataclass
class Leader:
    """An advocate in numbers; money by currency, in minor units."""

    contact_id: int
    advocate_id: int
    program: Program
    name: str
    rank: int
    has_equals: bool
    lead: int
    won: int
    shares: int = 0
    visits: int = 0
    revenue: dict[str, int] = field(default_factory=dict)
    rewards: dict[str, int] = field(default_factory=dict)


class Leaders:
    """All advocates in order, of whom a page reads only its own; for a Paginator."""

    def __init__(self, filters: Filters, *, order: str, currency: str = "") -> None:
        """Choose by what they are put in order."""
        self.filters = filters
        text, params = counted(filters).order_by().values("pk").query.sql_with_params()
        self.statement = LEADERS.format(referrals=text, score=ORDERS[order][1])
        self.params = [currency, *params]

    def count(self) -> int:
        """Count them."""
        rows = counted(self.filters).order_by()
        return (
            rows.values("advocate_contact_id", "advocate_id", "program_id")
            .distinct()
            .count()
        )

    __len__ = count

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        """Read some of them."""
        start, stop = part.start or 0, part.stop
        limit = None if stop is None else stop - start
        with selection.generous_cursor() as cursor:
            cursor.execute(
                f"{self.statement} LIMIT %s OFFSET %s", [*self.params, limit, start]
            )
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def currencies_of(filters: Filters) -> list[str]:
    """List the currencies in which friends paid."""
    won = Milestone.objects.filter(
        stage="won", referral_id__in=counted(filters).values("pk")
    )
    rows = won.exclude(currency="").order_by("currency")
    return list(rows.values_list("currency", flat=True).distinct())


def tell_leaders(filters: Filters, rows: Collection[dict[str, Any]]) -> list[Leader]:
    """Add to some rows of the list what else there is of these advocates; six queries."""
    ids = [row["advocate_contact_id"] for row in rows]
    names = {contact.pk: contact.name for contact in Contact.objects.filter(pk__in=ids)}
    programs = Program.objects.in_bulk({row["program_id"] for row in rows})
    leaders = {
        (row["advocate_contact_id"], row["advocate_id"]): Leader(
            row["advocate_contact_id"],
            row["advocate_id"],
            programs[row["program_id"]],
            names.get(row["advocate_contact_id"], ""),
            row["rank"],
            row["has_equals"],
            row["lead"],
            row["won"],
        )
        for row in rows
    }
    _add_acts(filters, ids, leaders)
    _add_money(filters, ids, leaders)
    return list(leaders.values())


def _add_acts(
    filters: Filters, ids: list[int], leaders: dict[tuple[int, int], Leader]
) -> None:
    """Add shares and the visits of people. Leans on visits_of_advocate, event_of_contact."""
    period = filters.period
    during: dict[str, Any] = {"visited_at__lt": period.until}
    shared: dict[str, Any] = {"occurred_at__lt": period.until}
    if period.since is not None:
        during["visited_at__gte"] = shared["occurred_at__gte"] = period.since
    visits = (
        Visit.objects.filter(contact__in=ids, kind=Visit.Kind.HUMAN, **during)
        .order_by("contact_id", "advocate_id")
        .values_list("contact_id", "advocate_id")
        .annotate(number=Count("pk"))
    )
    for contact_id, advocate_id, number in visits:
        if (contact_id, advocate_id) in leaders:
            leaders[contact_id, advocate_id].visits = number
    shares = (
        Event.objects.filter(contact__in=ids, name=LINK_SHARED, **shared)
        .order_by("contact_id", "properties__program_id")
        .values_list("contact_id", "properties__program_id")
        .annotate(number=Count("pk"))
    )
    by_program = {
        (leader.contact_id, leader.program.pk): leader for leader in leaders.values()
    }
    for contact_id, program_id, number in shares:
        if (contact_id, program_id) in by_program:
            by_program[contact_id, program_id].shares = number


def _add_money(
    filters: Filters, ids: list[int], leaders: dict[tuple[int, int], Leader]
) -> None:
    """Add what friends paid, and what the advocate got for it."""
    own = counted(filters).filter(advocate_contact_id__in=ids)
    keys = {
        pk: (contact_id, advocate_id)
        for pk, contact_id, advocate_id in own.values_list(
            "pk", "advocate_contact_id", "advocate_id"
        )
    }
    orders = Milestone.objects.filter(
        stage="won", referral_id__in=list(keys), amount_minor__isnull=False
    )
    revenue: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for referral_id, currency, net in orders.annotate(net=NET).values_list(
        "referral_id", "currency", "net"
    ):
        sums = revenue[keys[referral_id]]
        sums[currency] = sums.get(currency, 0) + net
    for key, sums in revenue.items():
        if key in leaders:
            leaders[key].revenue = sums
    by_program = {
        (leader.contact_id, leader.program.pk): leader for leader in leaders.values()
    }
    rewards = rewards_of(filters).filter(
        Q(contact__in=ids, role="advocate", state__in=COSTS)
    )
    for contact_id, program_id, currency, total in (
        rewards.order_by("contact_id", "program_id", "currency")
        .values_list("contact_id", "program_id", "currency")
        .annotate(total=Sum("amount_minor"))
    ):
        if currency and (contact_id, program_id) in by_program:
            by_program[contact_id, program_id].rewards[currency] = total
