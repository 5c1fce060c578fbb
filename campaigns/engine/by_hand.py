"""
Let in people who are there already: members of a start with conditions, a list, an import,
some contacts, a program; and look up the dates of everybody.

The chunks of a run keep the order of contacts, so a killed worker neither skips nor repeats
anybody. Each contact is a moment named after the run, and becomes what any moment becomes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from audiences.conditions.sql import TRUE, Fragment, combine, value
from audiences.selection import predicate
from campaigns.engine.entry import Entrance, entrance_of, let_in, scene_of
from campaigns.engine.running import hold_running
from campaigns.flows.triggers import trigger_of
from campaigns.guardrails.clock import clock_for
from campaigns.models import Campaign, Enrollment, Moment, Refusal, StartRun
from campaigns.triggers.base import Came, short_key
from campaigns.triggers.date import plan_range
from contacts.background import enqueue
from contacts.models import Contact
from contacts.work import beat

PART = 2_000
# Of dates: nothing but a day is looked up, so a part may be larger.
DATES = 20_000

# Selects the next people of a source, in their order.
NEXT = """
SELECT everybody.contact_id, min(everybody.episode)
FROM ({}) AS everybody
JOIN contacts_contact AS contact ON contact.id = everybody.contact_id
WHERE everybody.contact_id > {} AND contact.erased_at IS NULL
GROUP BY everybody.contact_id
ORDER BY everybody.contact_id
LIMIT {}
"""


# Selects some of who would be refused, the newest first.
NAMING = """
SELECT contact_id, reason FROM ({}) AS judged
WHERE reason <> '' ORDER BY contact_id DESC LIMIT 20
"""

# Judges the people of a source in the order of engine.entry, by the calendar of the campaign.
VERDICT = """
SELECT contact.id AS contact_id, CASE
    WHEN inside.is_active THEN 'still_active'
    WHEN inside.was_once AND {} = 'once' THEN 'already_enrolled'
    WHEN {} = 'every_days' AND EXISTS (
        SELECT FROM campaigns_ask AS ask
        WHERE ask.contact_id = contact.id AND ask.campaign_id = {}
            AND ask.delivered_at IS NOT NULL AND ask.refunded_at IS NULL
            AND ask.asked_on > {} - {}
    ) THEN 'too_soon'
    WHEN ({}) IS NOT TRUE THEN 'no_match'
    ELSE '' END AS reason
FROM (SELECT DISTINCT contact_id FROM ({}) AS everybody) AS source
JOIN contacts_contact AS contact ON contact.id = source.contact_id
CROSS JOIN LATERAL (
    SELECT bool_or(pass.state = 'active') AS is_active,
        bool_or(pass.entry_key = 'once') AS was_once
    FROM campaigns_enrollment AS pass
    WHERE pass.contact_id = contact.id AND pass.campaign_id = {}
) AS inside
WHERE contact.erased_at IS NULL
"""


class NotRunning(ValueError):
    """People can only be let into a campaign that runs."""


@transaction.atomic
def enroll_these(
    *,
    campaign: Campaign,
    source: dict[str, Any],
    user: AbstractBaseUser | None,
    now: datetime,
) -> StartRun:
    """
    Let the people of a source into a campaign, in the background.

    :raises NotRunning: if the campaign does not run
    """
    locked = (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("published")
        .get(pk=campaign.pk)
    )
    if locked.state != Campaign.State.RUNNING or locked.published is None:
        raise NotRunning(f"“{locked}” does not run, so nobody can be let in.")
    run = StartRun.objects.create(
        campaign=locked,
        version=locked.published,
        source=source,
        total_count=count_people(source, now),
        created_at=now,
        created_by_id=user.pk if user else None,
    )
    enqueue("campaigns.tasks.start_campaigns")
    return run


def people_of(
    source: dict[str, Any], trigger: dict[str, Any], now: datetime
) -> Fragment:
    """Select ``contact_id`` and ``episode`` of who is in a source."""
    if "condition" in source:
        return predicate(source["condition"], as_of=now).format(
            "SELECT contact.id AS contact_id, 0 AS episode FROM contacts_contact AS contact"
            " WHERE {}"
        )
    if "list" in source:
        return Fragment(
            "SELECT contact_id, 0 AS episode FROM contacts_listmembership"
            " WHERE contact_list_id = %s",
            (source["list"],),
        )
    if "import" in source:
        return Fragment(
            "SELECT contact_id, 0 AS episode FROM contacts_importrow"
            " WHERE import_run_id = %s AND state IN ('new', 'update', 'unchanged')",
            (source["import"],),
        )
    if "contacts" in source:
        return value(source["contacts"], "bigint[]").format(
            "SELECT contact_id, 0 AS episode FROM unnest({}) AS chosen (contact_id)"
        )
    return Fragment(
        "SELECT contact_id, episode FROM audiences_membership WHERE audience_id = %s",
        (trigger["audience"],),
    )


def count_people(source: dict[str, Any], now: datetime) -> int:
    """Count who is in a source."""
    people = people_of(source, {"audience": 0}, now)
    statement = people.format(
        "SELECT count(DISTINCT contact_id) FROM ({}) AS everybody"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return int(cursor.fetchone()[0])


def enroll_people(work: StartRun, *, now: datetime) -> bool:
    """
    Let in the next people of a run; the chunk of a start with conditions, or by hand.

    :returns: whether there may be more
    """
    if "dates" in work.source:
        return _look_up_dates(work, now=now)
    trigger = trigger_of(work.version.definition)
    with transaction.atomic():
        rows = _next(work, people_of(work.source, trigger, now))
        if not rows:
            return False
        entrance = Entrance(work.campaign, work.version, now)
        counts = let_in(entrance, [_moment(work, row, now) for row in rows])
        work.last_contact_id = rows[-1][0]
        work.enrolled_count += counts.enrolled
        work.refused_count += counts.refused
        work.waiting_count += counts.waiting
        _keep(work)
        done = work.done_count + len(rows)
        beat(work, now=now, done=done, phase="Enrolling contacts")
    return True


def _next(work: StartRun, people: Fragment) -> list[tuple[int, int]]:
    """Fetch the next people: contact and stay."""
    statement = combine(NEXT, people, value(work.last_contact_id), value(PART))
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _moment(work: StartRun, row: tuple[int, int], now: datetime) -> Came:
    """Name the moment of somebody: his stay in the audience, or the run that let him in."""
    contact_id, episode = row
    key = f"manual:{work.pk}" if work.source else f"episode:{episode}"
    return Came(contact_id, key, now)


def _keep(work: StartRun) -> None:
    """Write how far it is."""
    work.save(
        update_fields=[
            "last_contact_id",
            "enrolled_count",
            "refused_count",
            "waiting_count",
        ]
    )


def _look_up_dates(work: StartRun, *, now: datetime) -> bool:
    """Plan the dates of the next range of contacts."""
    with transaction.atomic():
        ids = Contact.objects.filter(pk__gt=work.last_contact_id).order_by("pk")
        part = list(ids.values_list("pk", flat=True)[:DATES])
        if not part:
            return False
        scene = scene_of(Entrance(work.campaign, work.version, now))
        work.waiting_count += plan_range(scene, work.last_contact_id, part[-1])
        work.last_contact_id = part[-1]
        _keep(work)
        done = work.done_count + len(part)
        beat(work, now=now, done=done, phase="Looking up dates")
    return len(part) == DATES


def look_up_dates(campaign: Campaign, *, now: datetime) -> None:
    """Plan the dates of everybody anew for the version that was published."""
    assert campaign.published is not None  # noqa: S101 - a database constraint says so
    planned = Moment.objects.filter(campaign=campaign, waits_for=Moment.Wait.DATE)
    planned._raw_delete(planned.db)
    StartRun.objects.create(
        campaign=campaign,
        version=campaign.published,
        source={"dates": True},
        total_count=Contact.objects.count(),
        created_at=now,
    )
    enqueue("campaigns.tasks.start_campaigns")


@transaction.atomic
def enroll_one(
    *, campaign: Campaign, contact_id: int, key: str, at: datetime, now: datetime
) -> tuple[str, str]:
    """
    Let one contact in for a program, which names the request by a key of its own.

    The same key again changes nothing and gets the same answer. In a campaign that is paused
    the moment waits.

    :returns: "enrolled", "refused" or "waiting", and the reason
    :raises NotRunning: if the campaign has not begun, or has ended
    """
    came = Came(contact_id, short_key(f"api:{key}"), at)
    held = hold_running(campaign.pk).get(campaign.pk)
    # One that is paused is held by its row: a stop waits, and then refuses who waits.
    campaign.refresh_from_db(
        fields=["state", "published", "closed_at"],
        from_queryset=Campaign.objects.select_for_update(of=("self",), no_key=True)
        if held is None
        else None,
    )
    if campaign.state not in Campaign.ALIVE or campaign.closed_at is not None:
        raise NotRunning(f"“{campaign}” does not run, so nobody can be let in.")
    if outcome_of(campaign, contact_id, came.key)[0] == "":
        if held is not None:
            let_in(entrance_of(held, now=now), [came])
        else:
            _let_wait_for(campaign, came, now)
    return outcome_of(campaign, contact_id, came.key)


def _let_wait_for(campaign: Campaign, came: Came, now: datetime) -> None:
    """Let a moment wait for a campaign that is paused."""
    Moment.objects.get_or_create(
        contact_id=came.contact_id,
        campaign=campaign,
        key=came.key,
        defaults={
            "moment_at": came.at,
            "came_at": now,
            "waits_for": Moment.Wait.CAMPAIGN,
            "due_at": now,
        },
    )


def outcome_of(campaign: Campaign, contact_id: int, key: str) -> tuple[str, str]:
    """Say what became of a moment; blank if it is not known."""
    own = {"campaign": campaign, "contact_id": contact_id}
    if Enrollment.objects.filter(moment_key=key, **own).exists():
        return "enrolled", ""
    refusal = Refusal.objects.filter(moment_key=key, **own).first()
    if refusal:
        return "refused", refusal.reason
    waiting = Moment.objects.filter(key=key, **own).first()
    if waiting:
        return "waiting", waiting.waits_for
    return "", ""


@dataclass(frozen=True)
class Preview:
    """What would become of people: how many there are, and who would be refused and why."""

    people: int
    refused: dict[str, int]
    named: list[tuple[Contact, str]]

    @property
    def entering(self) -> int:
        """Who would enter, now or on a later day of the ramp, or once data arrives."""
        return self.people - sum(self.refused.values())


def preview_people(
    campaign: Campaign, source: dict[str, Any], now: datetime
) -> Preview:
    """Say what would become of the people of a source now; three statements."""
    assert campaign.published is not None  # noqa: S101 - a database constraint says so
    document = campaign.published.definition
    trigger = trigger_of(document)
    frequency = value(trigger["frequency"], "text")
    verdict = combine(
        VERDICT,
        frequency,
        frequency,
        value(campaign.pk),
        value(clock_for(document["settings"], now).today(""), "date"),
        value(trigger["every_days"], "int"),
        predicate(trigger["condition"], as_of=now) if trigger["condition"] else TRUE,
        people_of(source, trigger, now),
        value(campaign.pk),
    )
    counting = verdict.format("SELECT reason, count(*) FROM ({}) AS judged GROUP BY 1")
    naming = verdict.format(NAMING)
    with connection.cursor() as cursor:
        cursor.execute(counting.text, counting.params)
        counts = dict(cursor.fetchall())
        cursor.execute(naming.text, naming.params)
        reasons = dict(cursor.fetchall())
    contacts = Contact.objects.filter(pk__in=reasons).order_by("-pk")
    return Preview(
        people=sum(counts.values()),
        refused={reason: count for reason, count in counts.items() if reason},
        named=[(contact, reasons[contact.pk]) for contact in contacts],
    )
