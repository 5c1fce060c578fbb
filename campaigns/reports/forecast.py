"""
Who comes before an ask in the next thirty days, as far as anybody can know.

*Known* are people with a row: passes that are on, at the time when they go on, and moments that
wait for their time, such as a date or the end of a rest. To each is added the least time that
the flow takes from there to its next ask, so nobody is asked sooner, and some later or never,
where a branch leads elsewhere. Of them *may be asked* who by then has neither been asked within
90 days nor rests nor has said never; other guardrails are of the day itself.

*Estimated* are moments that have not come yet: of the last 28 days the mean of each weekday, put
off by the time from the beginning to the first ask. Members that a start let in do not count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from campaigns.flows.leads import minutes_to_ask
from campaigns.models import Campaign, CampaignVersion, SendingRate
from contacts.models import Contact

DAYS = 30
LOOKED_BACK = 28
DAY_SECONDS = 86_400
GOES_ON = (Campaign.State.RUNNING, "stopping")
ASKABLE, CAPPED, RESTS, NEVER = FATES = ("askable", "capped", "rests", "never")

# Selects who comes before an ask of a campaign on which day, each once. Leans on enrollment_due
# and moments_due.
COMING = """
SELECT coming.contact_id, coming.campaign_id, coming.day, CASE
    WHEN preference.never_since IS NOT NULL THEN 'never'
    WHEN (preference.snoozed_until AT TIME ZONE %(zone)s)::date > coming.day THEN 'rests'
    WHEN budget.next_on > coming.day THEN 'capped'
    ELSE 'askable'
END AS fate
FROM (
    SELECT due.contact_id, due.campaign_id,
        min((greatest(due.at, %(now)s) + make_interval(mins => due.lead))
            AT TIME ZONE %(zone)s)::date AS day
    FROM (
        SELECT enrollment.contact_id, enrollment.campaign_id, enrollment.due_at AS at, place.lead
        FROM unnest(%(campaigns)s::bigint[], %(versions)s::bigint[], %(steps)s::text[],
            %(leads)s::int[]) AS place (campaign_id, version_id, step_key, lead)
        JOIN campaigns_enrollment AS enrollment
            ON enrollment.campaign_id = place.campaign_id
            AND enrollment.step_key = place.step_key
            AND enrollment.version_id = place.version_id
        WHERE enrollment.state = 'active' AND enrollment.due_at < %(end)s
        UNION ALL
        SELECT moment.contact_id, moment.campaign_id, moment.due_at, beginning.lead
        FROM unnest(%(begins)s::bigint[], %(begin_leads)s::int[])
            AS beginning (campaign_id, lead)
        JOIN campaigns_moment AS moment ON moment.campaign_id = beginning.campaign_id
        WHERE moment.due_at < %(end)s
    ) AS due
    GROUP BY due.contact_id, due.campaign_id
) AS coming
JOIN contacts_contact AS contact
    ON contact.id = coming.contact_id AND contact.erased_at IS NULL
LEFT JOIN campaigns_askbudget AS budget ON budget.contact_id = coming.contact_id
LEFT JOIN referrals_askpreference AS preference
    ON preference.contact_id = coming.contact_id
WHERE coming.day < %(last)s
"""
COUNT = f"SELECT day, fate, count(*) FROM ({COMING}) AS told GROUP BY day, fate"  # noqa: S608 - constants
WHO = f"""
SELECT contact_id FROM ({COMING}) AS told
WHERE (%(day)s::date IS NULL OR day = %(day)s) AND (%(fate)s = '' OR fate = %(fate)s)
"""  # noqa: S608 - constants
# Who comes before the asks of two campaigns, of which he can get one.
TWICE = f"""
SELECT contact_id FROM ({COMING}) AS told
WHERE fate = 'askable' GROUP BY contact_id HAVING count(*) > 1
"""  # noqa: S608 - constants
HOW_MANY_TWICE = f"SELECT count(*) FROM ({TWICE}) AS twice"  # noqa: S608 - constants

# Counts moments by the weekday on which they came. Leans on enrollments_of_campaign.
LATELY = """
SELECT campaign_id, extract(isodow FROM enrolled_at AT TIME ZONE %(zone)s)::int, count(*)
FROM campaigns_enrollment
WHERE campaign_id = ANY (%(begins)s) AND enrolled_at > %(since)s AND enrolled_at <= %(now)s
    AND moment_key <> ''
GROUP BY 1, 2
"""

# Selects who may be asked again from a day on: the ninety days are over, or the rest ends.
FREE = """
SELECT contact_id, next_on AS day FROM campaigns_askbudget
WHERE next_on >= %(first)s AND next_on < %(last)s
UNION
SELECT contact_id, (snoozed_until AT TIME ZONE %(zone)s)::date FROM referrals_askpreference
WHERE snoozed_until > %(now)s AND snoozed_until < %(end)s AND never_since IS NULL
"""
COUNT_FREE = (
    f"SELECT day, count(DISTINCT contact_id) FROM ({FREE}) AS free GROUP BY day"  # noqa: S608 - constants
)
WHO_IS_FREE = f"""
SELECT contact_id FROM ({FREE}) AS free WHERE %(day)s::date IS NULL OR day = %(day)s
"""  # noqa: S608 - constants


@dataclass(frozen=True)
class Day:
    """A day: known people by what stands against them, those who are free again, and a guess."""

    on: date
    counts: dict[str, int]
    free: int
    estimated: float

    @property
    def known(self) -> int:
        """How many come before an ask."""
        return sum(self.counts.values())

    @property
    def askable(self) -> int:
        """How many of them may be asked."""
        return self.counts.get(ASKABLE, 0)

    @property
    def volume(self) -> float:
        """How many asks there may be at most."""
        return self.askable + self.estimated


@dataclass(frozen=True)
class Forecast:
    """Thirty days, who comes before the asks of two campaigns, and what may leave in a day."""

    days: tuple[Day, ...]
    twice: int
    per_day: int | None

    @property
    def known(self) -> int:
        """How many known people come before an ask."""
        return sum(day.known for day in self.days)

    @property
    def askable(self) -> int:
        """How many of them may be asked."""
        return sum(day.askable for day in self.days)

    @property
    def estimated(self) -> float:
        """How many more are expected."""
        return sum(day.estimated for day in self.days)

    @property
    def most(self) -> float:
        """The volume of the fullest day."""
        return max((day.volume for day in self.days), default=0)

    @property
    def crowded(self) -> list[Day]:
        """The days on which more is due than may leave."""
        if self.per_day is None:
            return []
        return [day for day in self.days if day.volume > self.per_day]


def forecast(campaigns: list[Campaign], *, now: datetime, zone: str) -> Forecast:
    """Look thirty days ahead for the campaigns that run; six queries."""
    values = values_for(campaigns, now=now, zone=zone)
    counts: dict[date, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        for day, fate, count in cursor.fetchall():
            counts.setdefault(day, {})[fate] = count
        cursor.execute(COUNT_FREE, values)
        free: dict[date, int] = dict(cursor.fetchall())
        cursor.execute(HOW_MANY_TWICE, values)
        twice = cursor.fetchone()[0]
    guessed = _guess(values)
    days = tuple(
        Day(on, counts.get(on, {}), free.get(on, 0), guessed.get(on, 0.0))
        for on in _days(values)
    )
    rate = SendingRate.objects.filter(channel="email").first()
    return Forecast(days, twice, int(rate.per_second * DAY_SECONDS) if rate else None)


def people_on(
    campaigns: list[Campaign],
    *,
    now: datetime,
    zone: str,
    word: str,
    day: date | None,
) -> QuerySet[Contact]:
    """
    Select the people behind a known number: "known", one of ``FATES``, "free" or "twice".

    ``day`` is None for all days.
    """
    values = values_for(campaigns, now=now, zone=zone)
    values |= {"day": day, "fate": word if word in FATES else ""}
    statement = {"free": WHO_IS_FREE, "twice": TWICE}.get(word, WHO)
    written = connection.ops.compose_sql(statement, values)  # type: ignore[attr-defined]
    found = RawSQL(written.replace("%", "%%"), ())  # noqa: S611 - composed by the driver
    return Contact.objects.filter(pk__in=found).order_by("pk")


def values_for(
    campaigns: list[Campaign], *, now: datetime, zone: str
) -> dict[str, Any]:
    """Gather the values of the statements: the places of the flows, and the days."""
    running = [one for one in campaigns if one.state in GOES_ON]
    versions = CampaignVersion.objects.filter(campaign__in=running).order_by("pk")
    places = [
        (version.campaign_id, version.pk, key, lead)
        for version in versions
        for key, lead in minutes_to_ask(version.definition["steps"]).items()
        if key
    ]
    newest = {
        version.campaign_id: minutes_to_ask(version.definition["steps"]).get("")
        for version in versions
    }
    begins = [(pk, lead) for pk, lead in newest.items() if lead is not None]
    today = now.astimezone(ZoneInfo(zone)).date()
    return {
        "campaigns": [place[0] for place in places],
        "versions": [place[1] for place in places],
        "steps": [place[2] for place in places],
        "leads": [place[3] for place in places],
        "begins": [pk for pk, _ in begins],
        "begin_leads": [lead for _, lead in begins],
        "first": today,
        "last": today + timedelta(days=DAYS),
        "end": now + timedelta(days=DAYS),
        "since": now - timedelta(days=LOOKED_BACK),
        "now": now,
        "zone": zone,
    }


def _days(values: dict[str, Any]) -> Iterator[date]:
    """List the days."""
    for ahead in range(DAYS):
        yield values["first"] + timedelta(days=ahead)


def _guess(values: dict[str, Any]) -> dict[date, float]:
    """Expect on each weekday what came on it, in the mean of four weeks."""
    leads = dict(zip(values["begins"], values["begin_leads"], strict=True))
    with connection.cursor() as cursor:
        cursor.execute(LATELY, values)
        rows = cursor.fetchall()
    guessed: dict[date, float] = {}
    for campaign_id, weekday, count in rows:
        lead = timedelta(days=leads[campaign_id] // 1440)
        for day in _days(values):
            came = day - lead
            if came >= values["first"] and came.isoweekday() == weekday:
                guessed[day] = guessed.get(day, 0.0) + count / (LOOKED_BACK / 7)
    return guessed
