"""
Let in people who are there already: members of a start with conditions, a list, an import,
some contacts, a program; and look up the dates of everybody.

The chunks of a run keep the order of contacts, so a killed worker neither skips nor repeats
anybody. Each contact is a moment named after the run, and becomes what any moment becomes.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import QuerySet

from audiences.conditions.sql import Fragment, combine, value
from campaigns.engine.entry import Entrance, let_in, scene_of
from campaigns.flows.triggers import trigger_of
from campaigns.models import Campaign, Enrollment, Moment, Refusal, StartRun
from campaigns.triggers.base import Came, short_key
from campaigns.triggers.date import plan_range
from contacts.background import enqueue
from contacts.models import Contact, ContactList, ImportRun
from contacts.work import beat

PART = 2_000
# Of dates: nothing but a day is looked up, so a part may be larger.
DATES = 20_000
MOST_CONTACTS = 10_000

# Selects the next people of a source, in their order.
NEXT = """
SELECT source.contact_id, source.episode, contact.id IS NOT NULL AS exists
FROM (
    SELECT contact_id, min(episode) AS episode FROM ({}) AS everybody
    WHERE contact_id > {} GROUP BY contact_id ORDER BY contact_id LIMIT {}
) AS source
JOIN contacts_contact AS contact ON contact.id = source.contact_id
WHERE contact.erased_at IS NULL
ORDER BY source.contact_id
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
        total_count=count_people(source),
        created_at=now,
        created_by_id=user.pk if user else None,
    )
    enqueue("campaigns.tasks.start_campaigns")
    return run


def people_of(source: dict[str, Any], trigger: dict[str, Any]) -> Fragment:
    """Select ``contact_id`` and ``episode`` of who is in a source."""
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


def count_people(source: dict[str, Any]) -> int:
    """Count who is in a source."""
    people = people_of(source, {"audience": 0})
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
        rows = _next(work, people_of(work.source, trigger))
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
    *, entrance: Entrance, contact_id: int, key: str, at: datetime
) -> tuple[str, str]:
    """
    Let one contact in for a program, which names the request by a key of its own.

    The same key again changes nothing and gets the same answer. In a campaign that is paused
    the moment waits.

    :returns: "enrolled", "refused" or "waiting", and the reason
    """
    moment_key = short_key(f"api:{key}")
    if outcome_of(entrance.campaign, contact_id, moment_key)[0] == "":
        came = Came(contact_id, moment_key, at)
        if entrance.campaign.state == Campaign.State.RUNNING:
            let_in(entrance, [came])
        else:
            Moment.objects.get_or_create(
                contact_id=contact_id,
                campaign=entrance.campaign,
                key=moment_key,
                defaults={
                    "moment_at": at,
                    "came_at": entrance.now,
                    "waits_for": Moment.Wait.CAMPAIGN,
                    "due_at": entrance.now,
                },
            )
    return outcome_of(entrance.campaign, contact_id, moment_key)


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


def lists_to_enroll() -> QuerySet[ContactList]:
    """List the lists, the newest first."""
    return ContactList.objects.order_by("-pk")


def imports_to_enroll() -> QuerySet[ImportRun]:
    """List the imports that are done, the newest first."""
    done = ImportRun.objects.filter(stage=ImportRun.Stage.COMMITTED)
    return done.order_by("-pk")
