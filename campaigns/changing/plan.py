"""Where people wait on older versions, what may become of them, and what each choice would do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns.changing.own_times import timing_of
from campaigns.changing.standing import (
    ANEW,
    CARRY,
    CHOSEN,
    EXIT,
    FINISH,
    KEEP,
    MAP,
    STANDING,
    TIMED,
    Action,
    Setting,
    values_of,
)
from campaigns.engine.versions import version_of
from campaigns.flows.definition import Document, Step, find_step, walk_steps
from campaigns.flows.diff import differences
from campaigns.flows.ladder import BY_ANOTHER, EMAIL
from campaigns.models import Campaign, CampaignVersion, Message, PublishPlan
from contacts.background import enqueue
from contacts.work import request_cancel

WINDOW = "window"
SPREADS = (0, 60, 24 * 60, 3 * 24 * 60)
SOON = timedelta(hours=1)

# Counts who stands where, on each version, and since when.
COUNT = f"""
SELECT version_id, place, is_open, count(*), min(since), max(since)
FROM ({STANDING}) AS standing
GROUP BY version_id, place, is_open
"""  # noqa: S608 - texts of ours

# Counts what each action does: to how many, who goes on soon, and when the last one does.
EFFECTS = f"""
{CHOSEN.format(who="")}
SELECT number, count(*), count(*) FILTER (WHERE new_due_at <= %(soon)s),
    count(*) FILTER (WHERE is_anew AND wanted_at <= %(at)s), max(new_due_at)
FROM chosen
GROUP BY number
"""  # noqa: S608 - texts of ours


@dataclass(frozen=True)
class Waiting:
    """People who stand at one step of one version, and since when the first and the last do."""

    version: CampaignVersion
    place: str
    is_open: bool
    count: int
    first_since: datetime
    last_since: datetime

    @property
    def step(self) -> Step | None:
        """The step as their version has it; None at the end of the flow."""
        return find_step(self.version.definition, self.place)

    @property
    def name(self) -> str:
        """Name the place within the form of a plan."""
        return f"{self.version.pk}-{self.place}-{int(self.is_open)}"


@dataclass(frozen=True)
class Effect:
    """
    What an action does, in numbers.

    ``released`` are those who go on because of it at once, or spread; ``soon`` all who go on within the hour.
    """

    count: int = 0
    soon: int = 0
    released: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True)
class Choice:
    """What was chosen on the page."""

    actions: Sequence[Action] = ()
    spread_minutes: int = 0
    fixes_mails: bool = False


NO_CHOICE = Choice()


def waiting_people(campaign: Campaign, *, now: datetime) -> list[Waiting]:
    """List where people stand, the newest version first, in the order of reading; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"campaign": campaign.pk, "entered_until": now})
        rows = [
            Waiting(version_of(version_id), *rest)
            for version_id, *rest in cursor.fetchall()
        ]
    return sorted(rows, key=_reading_order)


def _reading_order(waiting: Waiting) -> tuple[int, int, bool]:
    """Sort by version, then by the place in the flow; the end comes last."""
    keys = [step["key"] for step in walk_steps(waiting.version.definition["steps"])]
    place = keys.index(waiting.place) if waiting.place in keys else len(keys)
    return -waiting.version.number, place, waiting.is_open


def may_carry(waiting: Waiting, document: Document) -> bool:
    """Whether the step is in the new flow too, as the same kind of step."""
    step, new = waiting.step, find_step(document, waiting.place)
    return (
        not waiting.is_open
        and step is not None
        and new is not None
        and step["kind"] == new["kind"]
    )


def times_of(waiting: Waiting, document: Document) -> tuple[str, ...]:
    """
    Say how the time of those who are carried over may be reckoned; the first is proposed.

    A wait that may end sooner looks at its own length each time, and a window at its hours; a
    delay may keep its end.
    """
    step = waiting.step
    old = timing_of(waiting.version.definition, waiting.place)
    new = timing_of(document, waiting.place)
    if step is None or new is None or old == new:
        return (KEEP,)
    return (ANEW,) if step["kind"] in (*TIMED, WINDOW) else (KEEP, ANEW)


def proposed(waiting: Waiting, document: Document) -> str:
    """Propose to carry over where only words are different, else to finish on the old one."""
    found = differences(waiting.version.definition, document)
    is_harmless = not found or found.is_text_only
    return CARRY if is_harmless and may_carry(waiting, document) else FINISH


def make_action(
    waiting: Waiting, document: Document, *, kind: str, target: str = "", times: str
) -> Action | None:
    """Make an action of what was chosen for a place; None to finish on the old version."""
    base = Action(
        waiting.version.pk,
        waiting.place,
        waiting.is_open,
        EXIT,
        count=waiting.count,
    )
    if kind == EXIT and waiting.place:
        return base
    if kind == CARRY and may_carry(waiting, document):
        allowed = times_of(waiting, document)
        own = times if times in allowed else allowed[0]
        return replace(base, kind=CARRY, times=own)
    is_there = waiting.place and not waiting.is_open and find_step(document, target)
    if kind == MAP and is_there:
        own = KEEP if times == KEEP else ANEW
        return replace(base, kind=MAP, target=target, times=own)
    return None


def effects_of(setting: Setting, actions: Sequence[Action]) -> list[Effect]:
    """Say what each action would do now; one statement, the one that does it."""
    if not actions:
        return []
    values = values_of(setting, actions) | {"soon": setting.at + SOON}
    with connection.cursor() as cursor:
        cursor.execute(EFFECTS, values)
        found = {number: Effect(*rest) for number, *rest in cursor.fetchall()}
    return [found.get(number, Effect()) for number in range(len(actions))]


def unsent_mails(campaign: Campaign) -> int:
    """Count the mails and texts of the published version that nobody has begun to send."""
    return Message.objects.filter(
        campaign=campaign,
        version=campaign.published_id,
        state=Message.State.QUEUED,
        channel__in=(EMAIL, *BY_ANOTHER),
    ).count()


@transaction.atomic
def make_plan(
    *,
    campaign: Campaign,
    before: CampaignVersion,
    choice: Choice,
    user_id: int | None,
    now: datetime,
) -> PublishPlan:
    """
    Write down what becomes of who is inside, and ring for it; the campaign is locked.

    An earlier plan that is still being carried out ends where it is.
    """
    version = campaign.published
    assert version is not None  # noqa: S101 - it was just published
    for earlier in campaign.plans.filter(undoes=None):
        if not earlier.is_over:
            request_cancel(earlier, now=now)
    is_idle = not choice.actions and not choice.fixes_mails
    plan = PublishPlan.objects.create(
        campaign=campaign,
        from_version=before,
        to_version=version,
        actions=[action.as_document() for action in choice.actions],
        spread_minutes=choice.spread_minutes,
        fixes_mails=choice.fixes_mails
        and differences(before.definition, version.definition).is_text_only,
        total_count=sum(action.count for action in choice.actions),
        created_at=now,
        created_by_id=user_id,
        **({"state": "done", "finished_at": now} if is_idle else {}),
    )
    if not is_idle:
        enqueue("campaigns.tasks.carry_out_plans")
    return plan
