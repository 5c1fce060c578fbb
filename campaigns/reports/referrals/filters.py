"""Which asks and which friends a report is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import BigAutoField, Lookup, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from campaigns.asks.credit import WINDOW
from campaigns.models import Ask
from campaigns.reports.period import Period, read_period
from referrals.models import Referral

# What narrows asks alone; friends follow the ask to which they belong.
OF_ASKS = ("campaign", "channel", "locale", "variant")
# The value of a filter for asks that have none: every value else is a word or a number.
NONE = "-"

# Selects the referrals that belong to an ask of these, as it is credited: the latest ask of the
# advocate in the program before. Leans on asks_of_contact.
OF_THESE_ASKS = """
SELECT array_agg(referral.id)::text
FROM referrals_referral AS referral
CROSS JOIN LATERAL (
    SELECT latest.campaign_id, latest.channel, latest.locale, latest.variant
    FROM campaigns_ask AS latest
    WHERE latest.contact_id = referral.advocate_contact_id
        AND latest.program_id = referral.program_id
        AND latest.asked_at <= referral.lead_at
        AND latest.asked_at > referral.lead_at - make_interval(secs => %s)
        AND latest.refunded_at IS NULL
    ORDER BY latest.asked_at DESC, latest.id DESC
    LIMIT 1
) AS ask
WHERE referral.lead_at < %s AND (%s::timestamptz IS NULL OR referral.lead_at >= %s)
    AND (%s::bigint IS NULL OR ask.campaign_id = %s)
    AND (%s::text IS NULL OR ask.channel = %s)
    AND (%s::text IS NULL OR ask.locale = %s)
    AND (%s::text IS NULL OR ask.variant = %s)
"""


@BigAutoField.register_lookup
class Among(Lookup):
    """
    Among numbers that come as the text of an array.

    The text is not taken apart on our side, and the server hashes it: of many thousands that costs
    a third of a subquery.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        """Write the comparison."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY (%s::bigint[])", (*params, self.rhs)


@dataclass(frozen=True)
class Filters:
    """
    A period, and what else narrows a report; None for no limit.

    ``variant`` is a step and the side of it ("abc123:left"), and says nothing without its
    campaign. Blank texts stand for asks of which nothing is known.
    """

    period: Period
    program: int | None = None
    campaign: int | None = None
    channel: str | None = None
    locale: str | None = None
    variant: str | None = None

    @property
    def narrows_asks(self) -> bool:
        """Whether friends must be looked up by their asks."""
        return any(getattr(self, name) is not None for name in OF_ASKS)

    @cached_property
    def referral_ids(self) -> str:
        """The referrals that belong to these asks, as an array; looked up once, for it takes a while."""
        period = self.period
        values: list[Any] = [
            WINDOW.total_seconds(),
            period.until,
            period.since,
            period.since,
        ]
        for name in OF_ASKS:
            values += [getattr(self, name)] * 2
        with connection.cursor() as cursor:
            cursor.execute(OF_THESE_ASKS, values)
            return cursor.fetchone()[0] or "{}"

    def as_query(self) -> str:
        """Write it for the address of a page."""
        chosen: dict[str, Any] = {"period": self.period.word}
        for name in ("program", *OF_ASKS):
            value = getattr(self, name)
            if value is not None:
                chosen[name] = value if value != "" else NONE
        return urlencode(chosen)


def read_filters(given: Mapping[str, str], *, now: datetime) -> Filters:
    """Read the limits from an address; what is not understood limits nothing."""
    return Filters(
        read_period(given.get("period", ""), now=now),
        _number(given.get("program", "")),
        _number(given.get("campaign", "")),
        _text(given.get("channel", "")),
        _text(given.get("locale", "")),
        _text(given.get("variant", "")),
    )


def asks_of(filters: Filters) -> QuerySet[Ask]:
    """Select the asks; one that went back to the budget was none."""
    asks = Ask.objects.filter(
        refunded_at=None, **_during("asked_at", filters.period)
    ).filter(_same("program_id", filters.program))
    for name in OF_ASKS:
        asks = asks.filter(_same(name, getattr(filters, name)))
    return asks


def referrals_of(filters: Filters) -> QuerySet[Referral]:
    """Select the friends who joined in the period, rejected ones included."""
    referrals = Referral.objects.filter(**_during("lead_at", filters.period)).filter(
        _same("program_id", filters.program)
    )
    if not filters.narrows_asks:
        return referrals
    return referrals.filter(pk__among=filters.referral_ids)


def _during(field: str, period: Period) -> dict[str, datetime]:
    """Limit a time to the period."""
    limits = {f"{field}__lt": period.until}
    if period.since is not None:
        limits[f"{field}__gte"] = period.since
    return limits


def _same(name: str, value: int | str | None) -> Q:
    """Limit a field to a value, if there is one."""
    return Q() if value is None else Q((name, value))


def _number(text: str) -> int | None:
    """Read the number of a row."""
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if is_number else None


def _text(text: str) -> str | None:
    """Read a word; the sign for nothing is a blank word, and no word is no limit."""
    cleaned = text.replace("\x00", "")[:60]
    return None if not cleaned else "" if cleaned == NONE else cleaned
