"""
Example people: a draft is tested by what becomes of people whom a marketer has chosen.

Each enters at his start and goes through the draft as in a preview (``journey``), as he was then.
First the trigger is asked: the rule of its audience and its condition. What happens by itself
at the start, an event, a date, an answer, a hand, is taken for granted; that he has been in the
campaign before does not count, for the campaign runs on and the example shall stay what it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from audiences import selection
from audiences.explain import Explanation, explain
from audiences.models import Audience, Membership
from campaigns.engine.entry import Entrance, let_in
from campaigns.flows.definition import Document, side_titles
from campaigns.flows.triggers import AUDIENCE, trigger_of
from campaigns.models import (
    Campaign,
    CampaignVersion,
    Enrollment,
    Example,
    Moment,
    Refusal,
)
from campaigns.readiness import review
from campaigns.seeing.expectations import (
    Mismatch,
    Seen,
    compare,
    expectation_of,
    load_seen,
    say_expected,
)
from campaigns.seeing.journey import Journey, Stop, draft_version, travel
from campaigns.seeing.rewind import rewind
from campaigns.seeing.scratch import Busy, scratch
from campaigns.triggers.base import Came
from contacts.models import Contact

MOST_EXAMPLES = 20
# What was found so long ago is looked at again: guardrails change without the draft.
FRESH_FOR = timedelta(minutes=10)
# A page waits for no more than this; the next call goes on.
PATIENCE = 8.0
BUSY = "A worker is at this person just now. Run the examples again in a moment."
MEND = "The draft has to be mended before anybody can go through it."


class TooMany(ValueError):
    """The campaign has all the examples that it may have."""


class NotReady(ValueError):
    """The draft has errors, so nobody can go through it."""


@dataclass(frozen=True)
class Found:
    """What became of a person, and what decided it at the entrance."""

    seen: Seen
    stops: tuple[Stop, ...] = ()
    entrance: Explanation | None = None


def keep_example(
    *,
    campaign: Campaign,
    contact: Contact,
    starts_at: datetime | None,
    answer: str,
    user: AbstractBaseUser | None,
    now: datetime,
    seen_at: datetime | None = None,
    expected: dict[str, Any] | None = None,
) -> Example:
    """
    Pin a person to a campaign, with what is expected, or with what would happen by the draft.

    Who is pinned already gets the new expectation. ``seen_at`` is the start by which it is
    found what to expect of who enters whenever it is run.

    :raises TooMany: if there are too many already
    :raises NotReady: if the draft has to be mended before it can be found
    :raises Busy: if a worker is at this person at this moment
    """
    own = Example.objects.filter(campaign=campaign)
    if own.exclude(contact=contact).count() >= MOST_EXAMPLES:
        raise TooMany(
            f"A campaign has at most {MOST_EXAMPLES} example people. Remove one first."
        )
    if expected is None:
        if _is_broken(campaign):
            raise NotReady(MEND)
        start = starts_at or seen_at or now
        expected = expectation_of(
            send(campaign, contact, start, answer=answer, now=now).seen
        )
    example, _ = Example.objects.update_or_create(
        campaign=campaign,
        contact=contact,
        defaults={
            "expected": expected,
            "starts_at": starts_at,
            "answer": answer,
            "made_at": now,
            "made_by_id": user.pk if user else None,
            "merged_at": None,
            "state": Example.State.UNCHECKED,
        },
    )
    return example


def accept_outcome(example: Example) -> None:
    """Expect what was seen last from now on."""
    if not example.seen:
        return
    example.expected = expectation_of(load_seen(example.seen))
    example.state = Example.State.HOLDS
    example.happened = example.why = ""
    example.merged_at = None
    example.save(update_fields=["expected", "state", "happened", "why", "merged_at"])


def check_examples(
    campaign: Campaign,
    *,
    now: datetime,
    again: bool = False,
    patience: float = PATIENCE,
) -> int:
    """
    Run the examples that were not run with this draft lately, and keep what came of it.

    ``again`` runs all of them. About thirty queries for a person, and fifteen for each step.

    :returns: how many are left, because the time was over
    """
    due = [
        one
        for one in _examples_of(campaign)
        if again or not is_current(one, campaign, now=now)
    ]
    if not due:
        return 0
    # Who could not be run comes last, so that he never keeps the others back.
    due.sort(key=lambda one: (one.state == Example.State.STUCK, one.pk))
    began = monotonic()
    is_broken = _is_broken(campaign)
    for index, example in enumerate(due):
        if index and monotonic() - began > patience:
            return len(due) - index
        if is_broken:
            _note(example, campaign, now, Example.State.STUCK, MEND)
        else:
            _check(example, campaign, now=now)
    return 0


def _is_broken(campaign: Campaign) -> bool:
    """Whether the draft has errors that nobody can go through; whom it lets in is no matter."""
    found = review(campaign.draft)
    return any(one.blocks and one.part != "trigger" for one in found)


def is_current(example: Example, campaign: Campaign, *, now: datetime) -> bool:
    """Whether what is known of an example is of this draft, and of now."""
    checked_at = example.checked_at
    return (
        example.was_run_with(campaign.revision)
        and example.state != Example.State.STUCK
        and checked_at is not None
        and now - FRESH_FOR < checked_at
    )


def send(
    campaign: Campaign,
    contact: Contact,
    start_at: datetime,
    *,
    answer: str = "",
    now: datetime,
) -> Found:
    """
    Let a person come to the entrance of the draft at a moment, and go through it.

    :raises Busy: if a worker is at this person at this moment
    """
    with scratch(contact.pk):
        person = rewind(contact, at=start_at) if start_at < now else contact
        version = draft_version(campaign, now=now)
        refused = _enter(campaign, version, person, start_at)
        if isinstance(refused, Found):
            return refused
        journey = travel(campaign, refused, now=start_at, answer=answer)
    return Found(_seen_on(journey, version.definition, start_at), journey.stops)


def _enter(
    campaign: Campaign, version: CampaignVersion, contact: Contact, at: datetime
) -> Enrollment | Found:
    """Ask the trigger; only in ``scratch``."""
    own: dict[str, Any] = {"contact": contact, "campaign": campaign}
    for model in (Enrollment, Refusal, Moment):
        model.objects.filter(**own).delete()
    # Neither the places of a day nor late data are questions about the person.
    trigger = trigger_of(version.definition) | {"ramp": None, "grace_minutes": 0}
    version.definition["trigger"] = trigger
    if trigger["kind"] == AUDIENCE:
        outside = _outside(trigger["audience"], contact, at)
        if outside:
            return outside
    let_in(Entrance(campaign, version, at), [Came(contact.pk, "example", at)])
    enrollment = Enrollment.objects.filter(**own).first()
    if enrollment is not None:
        return enrollment
    refusal = Refusal.objects.get(**own)
    card = (
        explain(trigger["condition"], contact.pk, as_of=at)
        if refusal.reason == Refusal.Reason.NO_MATCH
        else None
    )
    return Found(Seen(refusal=refusal.get_reason_display()), entrance=card)


def _outside(audience_id: int | None, contact: Contact, at: datetime) -> Found | None:
    """Say so if the person is not in the audience of the trigger; without one everybody is."""
    audience = Audience.objects.filter(pk=audience_id or 0).first()
    if audience is None:
        return None
    if audience.counts_from:
        # Events count from a moment on of which the rule alone does not know.
        is_in = Membership.objects.filter(audience=audience, contact=contact).exists()
    else:
        is_in = bool(
            selection.matching_ids(audience.rule, as_of=at, contact_ids=[contact.pk])
        )
    if is_in:
        return None
    card = explain(
        audience.rule, contact.pk, as_of=at, counts_from=audience.counts_from
    )
    return Found(Seen(refusal=f"Is not in “{audience}”"), entrance=card)


def _seen_on(journey: Journey, document: Document, start_at: datetime) -> Seen:
    """Gather the sides, asks and holds of a journey."""
    sides, asks, holds = [], [], []
    for stop in journey.stops:
        if stop.step is None:
            continue
        key = stop.step["key"]
        if stop.outcome in side_titles(stop.step):
            sides.append((key, stop.outcome))
        if stop.outcome == "held" and stop.verdicts and stop.verdicts.first:
            holds.append((stop.verdicts.first.code, key))
        if stop.step.get("ask"):
            minutes = int((stop.at - start_at).total_seconds() // 60)
            ways = [mail.channel for mail in stop.mails]
            asks += [(way, minutes, key) for way in ways or [""] if ways or stop.is_ask]
    return Seen(sides=tuple(sides), asks=tuple(asks), holds=tuple(holds))


def _examples_of(campaign: Campaign) -> list[Example]:
    """List the examples that can be run."""
    own = Example.objects.counting().filter(campaign=campaign)
    return list(own.select_related("contact").order_by("pk"))


def _check(example: Example, campaign: Campaign, *, now: datetime) -> None:
    """Run one, and keep what came of it."""
    start = example.starts_at or now
    try:
        found = send(campaign, example.contact, start, answer=example.answer, now=now)
    except Busy:
        _note(example, campaign, now, Example.State.STUCK, BUSY)
        return
    example.seen = found.seen.dump()
    wrong = compare(example.expected, found.seen, campaign.draft)
    if wrong is None:
        _note(example, campaign, now, Example.State.HOLDS)
    else:
        expected = say_expected(example.expected, campaign.draft)
        happened = f"Expected {expected}, but {wrong.happened}."
        why = why_of(found, wrong)
        _note(example, campaign, now, Example.State.BREAKS, happened, why)


def _note(
    example: Example,
    campaign: Campaign,
    now: datetime,
    state: Example.State,
    happened: str = "",
    why: str = "",
) -> None:
    """Keep what came of a run."""
    example.state, example.happened, example.why = state, happened, why
    example.checked_at, example.checked_revision = now, campaign.revision
    example.save(
        update_fields=[
            "state",
            "seen",
            "happened",
            "why",
            "checked_at",
            "checked_revision",
        ]
    )


def why_of(found: Found, wrong: Mismatch) -> str:
    """Say what decided it: a condition that does or does not hold, or a guardrail."""
    if found.entrance is not None:
        return _say_card(found.entrance)
    for stop in reversed(found.stops):
        if stop.step is None or stop.step["key"] != wrong.step_key:
            continue
        if stop.conditions:
            return " ".join(_say_card(one.explanation) for one in stop.conditions)
        if stop.verdicts and stop.verdicts.first:
            first = stop.verdicts.first
            return f"{first.text}{f' ({first.based_on})' if first.based_on else ''}."
    return ""


def _say_card(card: Explanation) -> str:
    """Name the conditions that decided, and what was found."""
    said = [
        f"{leaf.sentence}: {'holds' if leaf.holds else 'does not hold'}"
        f"{f', found: {leaf.found[:120]}' if leaf.found else ''}"
        for leaf in card.obstacles[:3]
    ]
    return f"{'; '.join(said)}." if said else ""
