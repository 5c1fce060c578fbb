"""
What each guardrail costs, and what it may have saved.

A *held ask* is a step of a pass before which a guardrail stood at least once in the period; it
counts once, for the guardrail that held it last. It was *delayed* if it was made afterwards,
*waits* if the pass still stands there, and is *lost* otherwise.

*Yes forgone* is the lost asks times the Yes Rate of the campaign: of all its delivered asks that
are thirty days old or answered, with its 95 % interval. It is an estimate, and says more than is
true where those who are held would have said yes less often; below thirty asks nothing is said.

*Complaints* are spam reports on asks that the same guardrail had held and that were made later:
nobody is nearer to those who were never asked. Times the lost asks they are what it may have
prevented; below thirty such asks nobody can know.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.expressions import RawSQL

from campaigns.models import Ask, Campaign, Hold
from campaigns.reports.groups import DELIVERED, MATURING, YES, YES_WINDOW
from campaigns.reports.period import Period
from campaigns.statistics import Rate

LOST, DELAYED, WAITS = FATES = ("lost", "delayed", "waits")

# Selects the last hold of each held ask, and what became of it. Leans on holds_of_campaign and
# on the primary keys of asks and enrollments by contact.
HELD = """
SELECT held.*, CASE
    WHEN ask.id IS NOT NULL THEN 'delayed'
    WHEN enrollment.state = 'active' AND enrollment.visit = held.visit THEN 'waits'
    ELSE 'lost'
END AS fate, COALESCE(ask.complained, FALSE) AS complained
FROM (
    SELECT DISTINCT ON (hold.contact_id, hold.enrollment_id, hold.visit)
        hold.id, hold.campaign_id, hold.contact_id, hold.enrollment_id, hold.visit, hold.reason
    FROM campaigns_hold AS hold
    WHERE hold.campaign_id = ANY (%s) AND hold.held_at < %s
        AND (%s::timestamptz IS NULL OR hold.held_at >= %s)
    ORDER BY hold.contact_id, hold.enrollment_id, hold.visit, hold.held_at DESC, hold.id DESC
) AS held
LEFT JOIN campaigns_enrollment AS enrollment
    ON enrollment.contact_id = held.contact_id AND enrollment.id = held.enrollment_id
LEFT JOIN LATERAL (
    SELECT made.id, EXISTS (
        SELECT FROM campaigns_message AS message
        JOIN campaigns_messagefact AS fact
            ON fact.contact_id = message.contact_id AND fact.message_id = message.id
        WHERE message.contact_id = made.contact_id AND message.ask_id = made.id
            AND fact.kind = 'complained'
    ) AS complained
    FROM campaigns_ask AS made
    WHERE made.contact_id = held.contact_id AND made.enrollment_id = held.enrollment_id
        AND made.visit = held.visit AND made.refunded_at IS NULL
    LIMIT 1
) AS ask ON TRUE
"""
COUNT = f"""
SELECT reason, campaign_id, fate, count(*), count(*) FILTER (WHERE complained)
FROM ({HELD}) AS told
GROUP BY reason, campaign_id, fate
"""  # noqa: S608 - constants
OF_A_FATE = f"""
SELECT id FROM ({HELD}) AS told WHERE reason = %s AND fate = %s
"""  # noqa: S608 - constants


@dataclass(frozen=True)
class Price:
    """What a guardrail has done in a campaign."""

    reason: str
    campaign: Campaign
    lost: int
    delayed: int
    waits: int
    yes_rate: Rate
    complaint_rate: Rate

    @property
    def held(self) -> int:
        """How many asks it held."""
        return self.lost + self.delayed + self.waits

    @property
    def forgone(self) -> tuple[float, float, float] | None:
        """How many yes are forgone, and between which numbers; None if too few say so."""
        return _times(self.lost, self.yes_rate)

    @property
    def is_nothing_forgone(self) -> bool:
        """Whether not even one yes is, at the upper end of the interval."""
        return self.forgone is not None and self.forgone[2] < 0.5

    @property
    def is_nothing_prevented(self) -> bool:
        """Whether not even a tenth of a complaint is, at the upper end of the interval."""
        return self.prevented is not None and self.prevented[2] < 0.05

    @property
    def prevented(self) -> tuple[float, float, float] | None:
        """How many complaints it may have prevented; None if nobody can know."""
        return _times(self.lost, self.complaint_rate)


def price_guardrails(period: Period) -> list[Price]:
    """Price each guardrail in each campaign, the most lost asks first; three queries."""
    campaigns = Campaign.objects.only("pk", "name").in_bulk()
    counted: dict[tuple[str, int], dict[str, tuple[int, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _values(list(campaigns), period))
        for reason, campaign_id, fate, count, complained in cursor.fetchall():
            found = counted.setdefault((reason, campaign_id), {})
            found[fate] = (count, complained)
    rates = yes_rates(list(campaigns), now=period.until)
    prices = []
    for (reason, campaign_id), fates in counted.items():
        lost, delayed, waits = (fates.get(fate, (0, 0)) for fate in FATES)
        prices.append(
            Price(
                reason,
                campaigns[campaign_id],
                lost[0],
                delayed[0],
                waits[0],
                rates.get(campaign_id, Rate(0, 0)),
                Rate(delayed[1], delayed[0]),
            )
        )
    return sorted(
        prices, key=lambda one: (-one.lost, -one.held, one.reason, one.campaign.pk)
    )


def yes_rates(campaign_ids: list[int], *, now: datetime) -> dict[int, Rate]:
    """Give the Yes Rate of each campaign over all asks from which no yes can come any more."""
    asks = Ask.objects.filter(DELIVERED, campaign__in=campaign_ids)
    matured = asks.exclude(MATURING, asked_at__gt=now - YES_WINDOW)
    rows = matured.values("campaign").annotate(
        total=Count("pk"), yes=Count("pk", filter=YES)
    )
    return {
        row["campaign"]: Rate(row["yes"], row["total"])
        for row in rows.order_by("campaign")
    }


def holds_of_fate(
    campaign: Campaign, reason: str, fate: str, period: Period
) -> QuerySet[Hold]:
    """Select the last hold of each held ask of which this became."""
    values = [*_values([campaign.pk], period), reason, fate]
    return Hold.objects.filter(
        campaign=campaign,
        pk__in=RawSQL(OF_A_FATE, values),  # noqa: S611 - constants
    )


def _values(campaign_ids: list[int], period: Period) -> list[Any]:
    """Give the values of the statement."""
    return [campaign_ids, period.until, period.since, period.since]


def _times(count: int, rate: Rate) -> tuple[float, float, float] | None:
    """Multiply with a rate and the ends of its interval, if enough is known."""
    if not rate.is_sure:
        return None
    return count * rate.share, count * rate.low / 100, count * rate.high / 100
