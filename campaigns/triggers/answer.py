"""Somebody answers an earlier ask, says nothing for some days, or has rested long enough."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from audiences.conditions.sql import Fragment
from campaigns.event_names import ASK_ANSWERED, ASK_DELIVERED
from campaigns.flows.triggers import Trigger
from campaigns.models import Answer, Ask, Campaign, Moment
from campaigns.triggers.base import Came, Inbox, Scene, Watches, plan, quoted
from contacts.events import Taken, take_reactions
from contacts.models import Event
from referrals.models import AskPreference

LATELY = timedelta(days=30)
WORDS = {"yes": "says yes", "not_now": "says “not now”"}

# Selects who has answered so lately. Leans on asks_of_campaign.
ANSWERED_LATELY = """
SELECT DISTINCT contact_id, 0 AS episode FROM campaigns_ask
WHERE asked_at > %s AND asked_at <= %s AND (%s::bigint IS NULL OR campaign_id = %s)
    AND (answer = ANY (%s::text[]) OR (%s AND answer = ''))
"""


@dataclass(frozen=True)
class AnswerTrigger:
    """What became of an ask of a campaign, or of any."""

    plans: frozenset[str] = frozenset([Moment.Wait.SNOOZE, Moment.Wait.ANSWER])

    def watches(self, trigger: Trigger) -> Watches:
        """Wait for answers, and for deliveries where silence is one."""
        names = {ASK_ANSWERED}
        if "none" in trigger["answer"]["answers"]:
            names.add(ASK_DELIVERED)
        return Watches(events=frozenset(names))

    def take(self, scene: Scene, *, size: int) -> Inbox:
        """Take answers; plan what only time can tell."""
        taken = take_reactions(consumer=scene.consumer, size=size)
        wanted = scene.trigger["answer"]
        moments: list[Came] = []
        silent: list[tuple[int, str, datetime]] = []
        resting: list[tuple[Taken, str]] = []
        for one, said in _properties(taken, wanted["campaign"]):
            key, answer = f"answer:{said['ask']}", said.get("answer")
            if one.name == ASK_DELIVERED:
                due = one.at + timedelta(days=wanted["after_days"])
                silent.append((one.contact_id, key, due))
                continue
            if answer in wanted["answers"]:
                moments.append(Came(one.contact_id, key, one.at))
            if answer == Answer.NOT_NOW and wanted["snooze_ended"]:
                resting.append((one, f"snooze:{said['ask']}"))
        plan(scene, Moment.Wait.ANSWER, silent)
        _plan_rests(scene, resting)
        return Inbox(len(taken), moments)

    def ripen(self, scene: Scene, planned: Sequence[Came]) -> list[Came]:
        """Let in who still says nothing, or may be asked again; a longer rest goes on."""
        asks = Ask.objects.filter(
            contact_id__in={one.contact_id for one in planned},
            pk__in=[_ask_of(one.key) for one in planned],
        ).in_bulk()
        rests = _rests_of({one.contact_id for one in planned})
        ripe = []
        for one in planned:
            ask, rest = asks.get(_ask_of(one.key)), rests.get(one.contact_id)
            if ask is None or ask.refunded_at or (rest and rest.never_since):
                continue
            if one.key.startswith("answer:"):
                ripe += [] if ask.answer else [one]
            elif rest and rest.snoozed_until and rest.snoozed_until > scene.now:
                again = (one.contact_id, one.key, rest.snoozed_until)
                plan(scene, Moment.Wait.SNOOZE, [again])
            elif ask.answer == Answer.NOT_NOW:
                ripe.append(one)
        return ripe

    def describe(self, trigger: Trigger) -> str:
        """Name the answers, and whose ask it was."""
        wanted = trigger["answer"]
        days = wanted["after_days"]
        ways = [WORDS[answer] for answer in wanted["answers"] if answer in WORDS]
        if "none" in wanted["answers"]:
            ways.append(f"has not answered after {days} day{'' if days == 1 else 's'}")
        campaign = Campaign.objects.filter(pk=wanted["campaign"] or 0).first()
        asked = f"an ask of {quoted(campaign)}" if campaign else "any ask"
        parts = [f"when somebody {' or '.join(ways)} to {asked}"] if ways else []
        if wanted["snooze_ended"]:
            parts.append(f"when the rest after a “not now” to {asked} has ended")
        return ", or ".join(parts) or "when you have chosen an answer"

    def population(self, trigger: Trigger, now: datetime) -> Fragment | None:
        """Select who was asked in the last 30 days and has answered so, or not at all."""
        wanted = trigger["answer"]
        answers = {one for one in wanted["answers"] if one != "none"}
        if wanted["snooze_ended"]:
            answers.add(Answer.NOT_NOW.value)
        campaign_id = wanted["campaign"]
        return Fragment(
            ANSWERED_LATELY,
            (
                now - LATELY,
                now,
                campaign_id,
                campaign_id,
                sorted(answers),
                "none" in wanted["answers"],
            ),
        )


def _rests_of(contact_ids: Collection[int]) -> dict[int, AskPreference]:
    """Map contacts to what they have said about being asked."""
    preferences = AskPreference.objects.filter(contact_id__in=contact_ids)
    return {preference.contact_id: preference for preference in preferences}


def _plan_rests(scene: Scene, resting: Sequence[tuple[Taken, str]]) -> None:
    """Plan the ends of rests; who does not rest any more has come to it now."""
    rests = _rests_of({one.contact_id for one, _ in resting})
    planned = []
    for one, key in resting:
        rest = rests.get(one.contact_id)
        until = rest.snoozed_until if rest else None
        planned.append((one.contact_id, key, until or scene.now))
    plan(scene, Moment.Wait.SNOOZE, planned)


def _properties(
    taken: Sequence[Taken], campaign_id: int | None
) -> list[tuple[Taken, dict[str, Any]]]:
    """
    Pair each event with its properties, of asks of the campaign if there is one; one query.

    What a file tells of asks elsewhere may name them otherwise; those are none of ours.
    """
    rows = Event.objects.filter(
        contact_id__in={one.contact_id for one in taken},
        pk__in=[one.event_id for one in taken],
    )
    known = dict(rows.values_list("pk", "properties"))
    return [
        (one, known[one.event_id])
        for one in taken
        if type(known.get(one.event_id, {}).get("ask")) is int
        and campaign_id in (None, known[one.event_id].get("campaign_id"))
    ]


def _ask_of(key: str) -> int:
    """Read the ask out of the key of a moment."""
    return int(key.partition(":")[2])


ANSWER = AnswerTrigger()
