"""Where is my reward? Each promise of the program, and what it owes for a referral, or why not."""

from dataclasses import dataclass
from datetime import datetime

from referrals.models import Referral, Reward, RewardRule, Role
from referrals.rewards.facts import rules_of
from referrals.rewards.reasons import say_reason
from referrals.rewards.reckon import reckoning_of
from referrals.rewards.say import say_rule


@dataclass(frozen=True)
class NoReward:
    """Why a promise owes nothing for something: a code for machines, a sentence for people."""

    rule: RewardRule
    promise: str
    role: str
    # What it would be for: an order, a number of friends; blank for the friend as such.
    key: str
    reason: str
    sentence: str
    is_over: bool


def why_no_reward(referral: Referral) -> list[NoReward]:
    """
    List what a referral earns nothing for, and why; worked out from the facts as they stand.

    What ended before the friend joined is left out.
    """
    rules = rules_of(referral.program_id)
    by_id = {rule.pk: rule for rule in rules}
    found = []
    for missed in reckoning_of([referral], rules).missed:
        rule = by_id[missed.cause.rule_id]
        is_other = missed.cause.referral_id not in (0, referral.pk)
        if is_other or (rule.ended_at and rule.ended_at <= referral.lead_at):
            continue
        if missed.reason in ("before_rule", "after_rule") and _is_in_family(
            rule, rules
        ):
            continue
        found.append(
            NoReward(
                rule=rule,
                promise=say_rule(rule),
                role=Role(missed.role).label,
                key=missed.cause.key,
                reason=missed.reason,
                sentence=say_reason(missed.reason, missed.numbers),
                is_over=rule.ended_at is not None,
            )
        )
    return found


def _is_in_family(rule: RewardRule, rules: list[RewardRule]) -> bool:
    """Whether the same promise has other words at another time, which say more."""
    return rule.replaces_id is not None or any(
        one.replaces_id == rule.pk for one in rules
    )


def rewards_for(referral: Referral) -> list[Reward]:
    """List the rewards of both people for a referral. Leans on rewards_of_referral."""
    rows = Reward.objects.filter(
        referral_contact_id=referral.contact_id, program=referral.program_id
    )
    own = rows.filter(referral_id__in=[0, referral.pk])
    return list(
        own.select_related("contact", "rule", "program").order_by("earned_at", "pk")
    )


def expected_at(reward: Reward) -> datetime | None:
    """Say when a reward on hold is looked at next; None once time has nothing to do with it."""
    is_held = reward.state == Reward.State.ON_HOLD and reward.because == "hold"
    return reward.held_until if is_held else None
