"""
Let moments in: each becomes an enrollment, is refused with a reason, or waits and is shown.

The same moment enrolls once: its key, or "once", is in the enrollment, and the database refuses
a second one and a second active pass. What was refused stays refused, however often it is
told. So moments = enrolled + refused + waiting.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from audiences import selection
from campaigns.engine.entry_statements import (
    ENROLL_MOMENTS,
    REFUSE,
    REFUSE_WAITING,
    TOO_SOON,
    WAIT,
)
from campaigns.engine.versions import version_of
from campaigns.flows.definition import first_key
from campaigns.flows.triggers import (
    EVERY_DAYS,
    ONCE,
    Trigger,
    is_per_key,
    is_plain,
    trigger_of,
)
from campaigns.guardrails.clock import clock_for
from campaigns.local_time import ONE_DAY, choose_zone, local_day, start_of_day
from campaigns.models import Campaign, CampaignVersion, Enrollment, Moment, Refusal
from campaigns.triggers.base import Came, Scene
from contacts.models import Contact
from contacts.worlds import lock_space

# How soon who waits for data is looked at again, and who waits for his present pass to end.
LOOK_AGAIN = timedelta(seconds=5)
NEXT_TURN = timedelta(minutes=1)
# The first key of the advisory locks under which the places of a ramp are counted, and turns given.
ENTRY_LOCK = 1_195_461_965

Reason = Refusal.Reason
Wait = Moment.Wait


@dataclass(frozen=True)
class Entrance:
    """A campaign that lets people in by one of its versions, now."""

    campaign: Campaign
    version: CampaignVersion
    now: datetime

    @property
    def trigger(self) -> Trigger:
        """The trigger of the version."""
        return trigger_of(self.version.definition)

    def entry_key(self, moment: Came) -> str:
        """Name the pass that a moment would begin."""
        return ONCE if self.trigger["frequency"] == ONCE else moment.key

    def values(self, moments: Sequence[Came]) -> dict[str, Any]:
        """Gather what all statements write."""
        return {
            "campaign": self.campaign.pk,
            "now": self.now,
            "contacts": [one.contact_id for one in moments],
            "moments": [one.key for one in moments],
            "times": [one.at for one in moments],
        }


@dataclass(frozen=True)
class Counts:
    """What became of moments."""

    enrolled: int = 0
    refused: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Waiting:
    """A moment that waits: for what, and when it is looked at again."""

    moment: Came
    waits_for: Moment.Wait
    due_at: datetime
    until: datetime | None = None


def entrance_of(campaign: Campaign, *, now: datetime) -> Entrance:
    """Let people in by the version that runs."""
    assert campaign.published_id is not None  # noqa: S101 - a database constraint says so
    return Entrance(campaign, version_of(campaign.published_id), now)


def scene_of(entrance: Entrance) -> Scene:
    """Show the campaign to its trigger."""
    return Scene(
        campaign_id=entrance.campaign.pk,
        document=entrance.version.definition,
        trigger=entrance.trigger,
        now=entrance.now,
    )


def let_in(entrance: Entrance, moments: Sequence[Came]) -> Counts:
    """
    Enroll, refuse, or let wait; inside the transaction that has taken the moments.

    One statement where everybody who comes enters at once, else one or two for each question.
    """
    # Of one key what waits already keeps its place; of all others the earliest counts.
    ordered = sorted(
        moments, key=lambda one: (one.came_at is None, one.at), reverse=True
    )
    coming = list({(one.contact_id, one.key): one for one in ordered}.values())
    refused = [(one, one.refusal) for one in coming if one.refusal]
    coming = [one for one in coming if not one.refusal]
    waiting: list[Waiting] = []
    if coming and not is_plain(entrance.trigger):
        coming = _question(entrance, coming, refused, waiting)
    enrolled, refused_now = _enroll(entrance, coming)
    refused_now += _refuse(entrance, refused)
    _let_wait(entrance, waiting)
    return Counts(enrolled, refused_now, len(waiting))


def _question(
    entrance: Entrance,
    coming: list[Came],
    refused: list[tuple[Came, str]],
    waiting: list[Waiting],
) -> list[Came]:
    """Ask in turn what may keep somebody out; who is known here goes on to be told so."""
    trigger, now = entrance.trigger, entrance.now
    takes_turns = is_per_key(trigger) and trigger["frequency"] != ONCE
    if takes_turns:
        # Two keys of one person in two hands would both find nobody inside.
        _be_alone(entrance)
    before = _refused_before(entrance, coming)
    coming = [one for one in coming if (one.contact_id, one.key) not in before]
    inside, known = _who_is_known(entrance, coming)
    going = [one for one in coming if _is_known(entrance, one, inside, known)]
    fresh = [one for one in coming if not _is_known(entrance, one, inside, known)]
    if takes_turns:
        busy = [one for one in fresh if one.contact_id in inside]
        waiting += [Waiting(one, Wait.TURN, now + NEXT_TURN) for one in busy]
        fresh = [one for one in fresh if one.contact_id not in inside]
        fresh, later = _first_of_each(fresh)
        waiting += [Waiting(one, Wait.TURN, now + NEXT_TURN) for one in later]
    if trigger["frequency"] == EVERY_DAYS:
        early = _too_soon(entrance, fresh)
        refused += [(one, Reason.TOO_SOON) for one in fresh if one.contact_id in early]
        fresh = [one for one in fresh if one.contact_id not in early]
    if trigger["condition"]:
        fresh = _who_meets(entrance, fresh, refused, waiting)
    if trigger["ramp"]:
        fresh = _who_has_a_place(entrance, fresh, waiting)
    return going + fresh


def _is_known(
    entrance: Entrance, one: Came, inside: set[int], known: set[tuple[int, str]]
) -> bool:
    """Whether the moment can't begin a pass: it has one, or another goes on."""
    if (one.contact_id, entrance.entry_key(one)) in known:
        return True
    waits_for_turn = is_per_key(entrance.trigger) and entrance.entry_key(one) != ONCE
    return one.contact_id in inside and not waits_for_turn


def _refused_before(entrance: Entrance, coming: Sequence[Came]) -> set[tuple[int, str]]:
    """Say which moments were refused already and are told again; one query."""
    rows = Refusal.objects.filter(
        campaign=entrance.campaign,
        contact_id__in={one.contact_id for one in coming},
        moment_key__in={one.key for one in coming},
    )
    return set(rows.values_list("contact_id", "moment_key"))


def _who_is_known(
    entrance: Entrance, coming: Sequence[Came]
) -> tuple[set[int], set[tuple[int, str]]]:
    """Say who is in the campaign now, and which passes there have been; one query."""
    rows = Enrollment.objects.filter(
        campaign=entrance.campaign, contact_id__in={one.contact_id for one in coming}
    ).values_list("contact_id", "entry_key", "state")
    inside: set[int] = set()
    known: set[tuple[int, str]] = set()
    for contact_id, entry_key, state in rows:
        known.add((contact_id, entry_key))
        if state == Enrollment.State.ACTIVE:
            inside.add(contact_id)
    return inside, known


def _first_of_each(moments: Sequence[Came]) -> tuple[list[Came], list[Came]]:
    """Part the earliest moment of each contact from his later ones."""
    first: dict[int, Came] = {}
    for one in sorted(moments, key=lambda one: (one.at, one.key)):
        first.setdefault(one.contact_id, one)
    chosen = {(one.contact_id, one.key) for one in first.values()}
    later = [one for one in moments if (one.contact_id, one.key) not in chosen]
    return list(first.values()), later


def _too_soon(entrance: Entrance, moments: Sequence[Came]) -> set[int]:
    """Say who was asked by the campaign within the days between two asks."""
    ids = sorted({one.contact_id for one in moments})
    clock = clock_for(entrance.version.definition["settings"], entrance.now)
    zones = dict(Contact.objects.filter(pk__in=ids).values_list("pk", "time_zone"))
    days = [clock.today(zones.get(pk, "")) for pk in ids]
    every = entrance.trigger["every_days"]
    with connection.cursor() as cursor:
        cursor.execute(TOO_SOON, [ids, days, entrance.campaign.pk, every])
        return {row[0] for row in cursor.fetchall()}


def _who_meets(
    entrance: Entrance,
    fresh: list[Came],
    refused: list[tuple[Came, str]],
    waiting: list[Waiting],
) -> list[Came]:
    """Leave those for whom the condition holds; others wait for data, or are refused."""
    now = entrance.now
    met = selection.matching_ids(
        entrance.trigger["condition"],
        as_of=now,
        contact_ids=sorted({one.contact_id for one in fresh}),
    )
    grace = timedelta(minutes=entrance.trigger["grace_minutes"])
    for one in fresh:
        until = one.until or now + grace
        if one.contact_id in met:
            continue
        if now < until:
            due_at = min(now + LOOK_AGAIN, until)
            waiting.append(Waiting(one, Wait.DATA, due_at, until))
        else:
            refused.append((one, Reason.NO_MATCH))
    return [one for one in fresh if one.contact_id in met]


def _who_has_a_place(
    entrance: Entrance, fresh: list[Came], waiting: list[Waiting]
) -> list[Came]:
    """Leave as many as may still enter today, the earliest first; the others wait a day."""
    places = places_today(entrance)
    if places is None:
        return fresh
    ordered = sorted(fresh, key=lambda one: (one.at, one.contact_id, one.key))
    tomorrow = next_ramp_day(entrance)
    waiting += [Waiting(one, Wait.RAMP, tomorrow) for one in ordered[places:]]
    return ordered[:places]


def places_today(entrance: Entrance) -> int | None:
    """
    Count how many may still enter on this day of the ramp; None if there is no limit.

    Whoever counts is alone with it until the end of his transaction.
    """
    caps = (entrance.trigger["ramp"] or {}).get("days", [])
    zone = choose_zone("", entrance.version.definition["settings"]["time_zone"])
    today = local_day(entrance.now, zone)
    began = entrance.campaign.started_at or entrance.now
    number = (today - local_day(began, zone)).days
    if number >= len(caps):
        return None
    _be_alone(entrance)
    entered = Enrollment.objects.filter(
        campaign=entrance.campaign, enrolled_at__gte=start_of_day(today, zone)
    )
    return max(0, caps[max(0, number)] - entered.count())


def _be_alone(entrance: Entrance) -> None:
    """Let nobody else into the campaign in this way until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            [lock_space(ENTRY_LOCK), entrance.campaign.pk],
        )


def next_ramp_day(entrance: Entrance) -> datetime:
    """Give the moment at which the next day of the ramp begins."""
    zone = choose_zone("", entrance.version.definition["settings"]["time_zone"])
    return start_of_day(local_day(entrance.now, zone) + ONE_DAY, zone)


def _enroll(entrance: Entrance, moments: Sequence[Came]) -> tuple[int, int]:
    """Write enrollments, and the refusals of those who are known."""
    if not moments:
        return 0, 0
    steps = entrance.version.definition["steps"]
    values = {
        **entrance.values(moments),
        "keys": [entrance.entry_key(one) for one in moments],
        "version": entrance.version.pk,
        "step": first_key(steps),
    }
    with connection.cursor() as cursor:
        cursor.execute(ENROLL_MOMENTS, values)
        enrolled, refused = cursor.fetchone()
    return enrolled, refused


def _refuse(entrance: Entrance, refused: Sequence[tuple[Came, str]]) -> int:
    """Write refusals with their reasons."""
    if not refused:
        return 0
    values = entrance.values([one for one, _ in refused])
    values["reasons"] = [str(reason) for _, reason in refused]
    with connection.cursor() as cursor:
        cursor.execute(REFUSE, values)
        return cursor.rowcount


def _let_wait(entrance: Entrance, waiting: Collection[Waiting]) -> None:
    """Write who waits."""
    if not waiting:
        return
    values = entrance.values([one.moment for one in waiting])
    values |= {
        "came": [one.moment.came_at or entrance.now for one in waiting],
        "waits": [str(one.waits_for) for one in waiting],
        "due": [one.due_at for one in waiting],
        "until": [one.until or one.moment.until for one in waiting],
        "planned": [str(one) for one in Moment.PLANNED],
    }
    with connection.cursor() as cursor:
        cursor.execute(WAIT, values)


def refuse_waiting(campaign_id: int, *, now: datetime) -> None:
    """Refuse who still waits for a campaign that stops; what was planned is called off."""
    values: dict[str, Any] = {
        "campaign": campaign_id,
        "planned": [str(one) for one in Moment.PLANNED],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(REFUSE_WAITING, values)
