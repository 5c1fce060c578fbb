"""
What brought a referral to its stages, net of what was taken back.

Worked out anew from all events and refunds that are known, so the end is the same in
whatever order they came. What was kept once is never dropped because a meaning was changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.events import Fact, record_many
from referrals.attribution.judging import CREDITING, is_left_out
from referrals.attribution.stages import ONCE, Step
from referrals.claims import CLOCK_SKEW
from referrals.event_names import TOLD_STAGES
from referrals.models import Milestone, Program, Referral, Refund, Stage, StageRule
from referrals.money import NoAmount, from_minor, to_minor

MEANS = StageRule.Means
STAGES = frozenset(Stage.values)
BACK = (MEANS.REFUND, MEANS.CANCEL)
# What a stage implies: who is won was an opportunity, and qualified.
QUALIFIED = (Stage.QUALIFIED, Stage.OPPORTUNITY, Stage.WON)
OPPORTUNITY = (Stage.OPPORTUNITY, Stage.WON)

Kept = dict[tuple[str, str], Milestone]


@dataclass
class Standing:
    """How far a referral is, worked out from its milestones."""

    lead_at: datetime
    qualified_at: datetime | None = None
    opportunity_at: datetime | None = None
    won_at: datetime | None = None
    lost_at: datetime | None = None
    reversed_at: datetime | None = None


@dataclass
class Written:
    """What is in the tables, and what has to be."""

    made: list[Milestone] = field(default_factory=list)
    changed: list[Milestone] = field(default_factory=list)


def sync_milestones(
    referral: Referral, program: Program, steps: Sequence[Step], *, now: datetime
) -> bool:
    """
    Bring a referral's milestones, refunds and stages up to date; the friend is locked.

    :returns: whether anything changed; then fraud and rewards are due
    """
    if referral.withdrawn_at:
        return False
    since = (referral.counts_from or referral.lead_at) - CLOCK_SKEW
    trusted = [one for one in steps if one.is_trusted]
    own = [one for one in trusted if one.at >= since and not is_left_out(one, program)]
    known: Kept = {
        (one.stage, one.key): one
        for one in Milestone.objects.filter(
            contact_id=referral.contact_id, referral_id=referral.pk
        )
    }
    wanted = wanted_milestones(referral, program, own, known)
    refunds = _keep_refunds(referral, trusted, wanted)
    for milestone in wanted.values():
        if milestone.stage == Stage.WON:
            take_back(milestone, refunds[milestone.key])
    is_changed = _write(known, wanted)
    standing = stand(referral, wanted.values(), refunds)
    changed = {
        name: moment
        for name, moment in vars(standing).items()
        if getattr(referral, name) != moment
    }
    if changed or is_changed:
        mark_due(referral, now=now, **changed)
        tell_stages(referral, program, wanted, now=now)
    return bool(changed or is_changed)


def mark_due(referral: Referral, *, now: datetime, **changed: Any) -> None:
    """Change a referral; fraud must look at it, and rewards must be reckoned."""
    values = {"judge_due_at": now, "rewards_due_at": now} | changed
    own = Referral.objects.filter(contact_id=referral.contact_id, pk=referral.pk)
    own.update(**values)
    for name, worth in values.items():
        setattr(referral, name, worth)


def wanted_milestones(
    referral: Referral, program: Program, steps: Sequence[Step], known: Kept
) -> Kept:
    """Work out the milestones: each order or opportunity once, its amount as told last."""
    wanted: Kept = {}
    for one in known.values():
        wanted[one.stage, one.key] = _copy(one)
    for (stage, key), same in _grouped(steps).items():
        first = same[0]
        milestone = wanted.get((stage, key)) or _new(referral, program, stage, key)
        milestone.occurred_at, milestone.event_id = first.at, first.event_id
        milestone.amount_minor, milestone.currency = _amount_of(same)
        wanted[stage, key] = milestone
    lead = (str(Stage.LEAD), ONCE)
    if lead not in wanted:
        # Whoever came further was a lead, whatever told so.
        counting = [one for one in steps if one.means in CREDITING]
        milestone = _new(referral, program, *lead)
        milestone.occurred_at = min(
            [one.at for one in counting], default=referral.lead_at
        )
        milestone.event_id = counting[0].event_id if counting else 0
        wanted[lead] = milestone
    return wanted


def _grouped(steps: Iterable[Step]) -> dict[tuple[str, str], list[Step]]:
    """Put steps together that are about the same, in the order of time; one lead only."""
    found: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for step in sorted(steps, key=lambda one: (one.at, one.event_id)):
        if step.means in STAGES:
            key = ONCE if step.means == Stage.LEAD else step.key
            found[str(step.means), key].append(step)
    return found


def _new(referral: Referral, program: Program, stage: str, key: str) -> Milestone:
    """Begin a milestone."""
    return Milestone(
        contact_id=referral.contact_id,
        referral_id=referral.pk,
        program=program,
        stage=stage,
        key=key,
    )


def _copy(milestone: Milestone) -> Milestone:
    """Copy a row, to be compared with what it was."""
    values = {one.attname: getattr(milestone, one.attname) for one in FIELDS}
    return Milestone(**values)


FIELDS = Milestone._meta.concrete_fields


def _amount_of(steps: Sequence[Step]) -> tuple[int | None, str]:
    """Read the amount as it was told last; none without a currency."""
    for step in reversed(steps):
        amount = read_amount(step.amount, step.currency)
        if amount is not None:
            return amount, step.currency
    return None, ""


def read_amount(amount: Any, currency: str) -> int | None:
    """Read an amount; none if it can't be understood."""
    if amount is None or not currency:
        return None
    try:
        return to_minor(amount, currency)
    except NoAmount:
        return None


def _keep_refunds(
    referral: Referral, steps: Sequence[Step], wanted: Kept
) -> Mapping[str, list[Refund]]:
    """
    Write down what was taken back, and give it by order; all of the friend, oldest first.

    What has an amount and no currency is in that of its order, so it waits for the order.
    """
    found = []
    for step in steps:
        if step.means not in BACK:
            continue
        order = wanted.get((str(Stage.WON), step.key))
        currency = step.currency or (order.currency if order else "")
        is_all = step.means == MEANS.CANCEL or step.amount is None
        amount = None if is_all else read_amount(step.amount, currency)
        if is_all or amount is not None:
            found.append(
                Refund(
                    contact_id=referral.contact_id,
                    order_key=step.key,
                    key=step.own_key,
                    amount_minor=amount,
                    currency="" if is_all else currency,
                    occurred_at=step.at,
                    is_cancel=step.means == MEANS.CANCEL,
                )
            )
    if found:
        Refund.objects.bulk_create(found, ignore_conflicts=True)
    by_order: dict[str, list[Refund]] = defaultdict(list)
    rows = Refund.objects.filter(contact_id=referral.contact_id)
    for refund in rows.order_by("occurred_at", "key", "pk"):
        by_order[refund.order_key].append(refund)
    return by_order


def take_back(milestone: Milestone, refunds: Sequence[Refund]) -> None:
    """Work out how much of an order was taken back: never more than there was."""
    total = milestone.amount_minor or 0
    back, canceled_at, is_odd = 0, None, False
    for refund in refunds:
        if refund.amount_minor is None:
            canceled_at = canceled_at or refund.occurred_at
        elif refund.currency == milestone.currency:
            back += refund.amount_minor
        else:
            is_odd = True
    milestone.canceled_at = canceled_at
    milestone.has_odd_refund = is_odd and not canceled_at and back < total
    milestone.refunded_minor = total if canceled_at else min(back, total)


def taken_back_at(milestone: Milestone, refunds: Sequence[Refund]) -> datetime | None:
    """Say when the last of an order was taken back; None while something is left."""
    if not milestone.is_taken_back:
        return None
    back = 0
    for refund in refunds:
        if refund.amount_minor is None:
            return refund.occurred_at
        if refund.currency == milestone.currency:
            back += refund.amount_minor
        if back >= (milestone.amount_minor or 0):
            return refund.occurred_at
    return milestone.canceled_at


def stand(
    referral: Referral,
    milestones: Iterable[Milestone],
    refunds: Mapping[str, Sequence[Refund]],
) -> Standing:
    """Work out how far a referral is; a stage implies those before it."""
    at: dict[str, list[datetime]] = defaultdict(list)
    ends: list[datetime | None] = []
    for milestone in milestones:
        at[str(milestone.stage)].append(milestone.occurred_at)
        if milestone.stage == Stage.WON:
            ends.append(taken_back_at(milestone, refunds[milestone.key]))

    def earliest(stages: Sequence[str], before: datetime | None) -> datetime | None:
        """Find when the first of some stages was reached."""
        moments = [moment for stage in stages for moment in at[str(stage)]]
        return min(moments, default=before)

    lost = max(at[str(Stage.LOST)], default=None)
    won_at = earliest((Stage.WON,), referral.won_at)
    gone = [moment for moment in ends if moment]
    return Standing(
        lead_at=min([*at[str(Stage.LEAD)], referral.lead_at]),
        qualified_at=earliest(QUALIFIED, referral.qualified_at),
        opportunity_at=earliest(OPPORTUNITY, referral.opportunity_at),
        won_at=won_at,
        lost_at=lost if lost and not won_at else None,
        reversed_at=max(gone) if gone and len(gone) == len(ends) else None,
    )


def _write(known: Kept, wanted: Kept) -> bool:
    """Write the rows that are new or differ."""
    written = Written()
    for place, milestone in wanted.items():
        before = known.get(place)
        if before is None:
            written.made.append(milestone)
        elif any(
            getattr(before, one.attname) != getattr(milestone, one.attname)
            for one in FIELDS
        ):
            written.changed.append(milestone)
    Milestone.objects.bulk_create(written.made)
    for milestone in written.changed:
        milestone.save(force_update=True)
    return bool(written.made or written.changed)


def tell_stages(
    referral: Referral, program: Program, milestones: Kept, *, now: datetime
) -> None:
    """Record on both contacts which stages were reached; each once."""
    first: dict[str, Milestone] = {}
    for one in sorted(milestones.values(), key=lambda each: each.occurred_at):
        first.setdefault(str(one.stage), one)
    facts = []
    for stage, (of_advocate, of_friend) in TOLD_STAGES.items():
        key, milestone = f"referral:{referral.pk}", first.get(stage)
        moment = milestone.occurred_at if milestone else None
        if stage == "reversed":
            moment = referral.reversed_at
            key = f"{key}:{moment.isoformat()}" if moment else key
        if moment is None:
            continue
        properties = properties_of(referral, program) | _money_of(milestone)
        facts += [
            Fact(referral.advocate_contact_id, of_advocate, moment, key, properties),
            Fact(referral.contact_id, of_friend, moment, key, properties),
        ]
    record_many(facts, now=now)


def properties_of(referral: Referral, program: Program) -> dict[str, Any]:
    """Name the program, and how the friend came."""
    channel = {"channel": referral.channel} if referral.channel else {}
    return {
        "program": program.name,
        "program_id": program.pk,
        "source": str(referral.source),
        **channel,
    }


def _money_of(milestone: Milestone | None) -> dict[str, Any]:
    """Say what an order was worth, as audiences compare it."""
    if milestone is None or milestone.amount_minor is None:
        return {}
    total = from_minor(milestone.amount_minor, milestone.currency)
    return {"total": float(total), "currency": milestone.currency}
