"""What a decision would do to rewards, in sentences, before anybody decides."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from referrals.models import Referral, Reward, RewardRule
from referrals.money import say_money

# Rewards that are over: a decision takes nothing of them back.
OVER = (Reward.State.REJECTED, Reward.State.REVERSED, Reward.State.EXPIRED)
PAID = (Reward.State.FULFILLED, Reward.State.SENDING)


@dataclass(frozen=True)
class Effect:
    """What approving and what rejecting would do."""

    approving: str
    rejecting: str


def effects_of(
    referrals: Sequence[Referral], names: dict[int, str]
) -> dict[int, Effect]:
    """Say what each decision would do; ``names`` are those of the people. Four queries."""
    rewards = _rewards(referrals)
    counted = _counted({row.advocate_contact_id for row in referrals})
    tiers = _tiers({row.program_id for row in referrals})
    return {
        row.pk: _effect(
            row,
            rewards.get(row.pk, []),
            counted.get((row.advocate_contact_id, row.program_id), 0),
            tiers.get(row.program_id, []),
            names,
        )
        for row in referrals
    }


def money_together(referrals: Collection[Referral]) -> str:
    """Say what hangs on several referrals; blank if nothing."""
    totals: dict[str, int] = defaultdict(int)
    for rows in _rewards(referrals).values():
        for reward in rows:
            totals[reward.currency] += reward.amount_minor + reward.wanted_minor
    return _say(totals)


def _rewards(referrals: Collection[Referral]) -> dict[int, list[Reward]]:
    """Find the rewards that hang on referrals."""
    rows = Reward.objects.filter(
        referral_contact_id__in=[row.contact_id for row in referrals],
        referral_id__in=[row.pk for row in referrals],
    ).exclude(state__in=OVER)
    found: dict[int, list[Reward]] = defaultdict(list)
    for reward in rows.order_by("role", "pk"):
        found[reward.referral_id].append(reward)
    return found


def _counted(advocates: set[int]) -> dict[tuple[int, int], int]:
    """Count the friends of advocates who ordered and are not rejected or held."""
    counts = (
        Referral.objects.filter(
            Q(won_at__isnull=False, reversed_at=None)
            & ~Q(fraud_state__in=["rejected", "held"]),
            advocate_contact_id__in=advocates,
        )
        .values("advocate_contact_id", "program_id")
        .annotate(friends=Count("pk"))
    )
    return {
        (row["advocate_contact_id"], row["program_id"]): row["friends"]
        for row in counts.order_by()
    }


def _tiers(program_ids: set[int]) -> dict[int, list[int]]:
    """List the numbers of friends at which advocates reach a tier."""
    rules = RewardRule.objects.current().filter(
        program__in=program_ids, counting=RewardRule.Counting.REACHING
    )
    tiers: dict[int, set[int]] = defaultdict(set)
    for program_id, friends in rules.values_list("program_id", "friend_count"):
        tiers[program_id].add(friends)
    return {key: sorted(numbers) for key, numbers in tiers.items()}


def _effect(
    referral: Referral,
    rewards: Sequence[Reward],
    counted: int,
    tiers: Sequence[int],
    names: dict[int, str],
) -> Effect:
    """Say what both decisions would do."""
    advocate = names.get(referral.advocate_contact_id, "the advocate")
    waiting = _sum([one for one in rewards if one.state not in PAID])
    paid = _sum([one for one in rewards if one.state in PAID])
    is_won = referral.won_at is not None and referral.reversed_at is None
    is_counted = is_won and referral.fraud_state not in ("rejected", "held")
    without = counted - is_counted
    with_it = without + is_won
    rejecting = [f"takes back {waiting}"] if waiting else []
    if paid:
        rejecting.append(f"sets {paid} that was paid against the next rewards")
    low, high = _tier(without, tiers), _tier(with_it, tiers)
    approving = [f"lets {waiting} go on"] if waiting else []
    if high != low:
        approving.append(f"brings {advocate} from tier {low} to tier {high}")
        rejecting.append(
            f"brings {advocate} from tier {high} to tier {low}"
            if is_counted
            else f"leaves {advocate} at tier {low}"
        )
    return Effect(
        f"Approving {' and '.join(approving) or 'changes no reward yet'}.",
        f"Rejecting {' and '.join(rejecting) or 'takes back no reward: there is none yet'}.",
    )


def _tier(friends: int, tiers: Sequence[int]) -> int:
    """Say how many tiers so many friends reach."""
    return sum(friends >= number for number in tiers)


def _sum(rewards: Sequence[Reward]) -> str:
    """Say what rewards are worth together; blank if nothing."""
    totals: dict[str, int] = defaultdict(int)
    for reward in rewards:
        totals[reward.currency] += reward.amount_minor + reward.wanted_minor
    return _say(totals)


def _say(totals: dict[str, int]) -> str:
    """Say amounts in several currencies."""
    return " and ".join(
        say_money(total, currency)
        for currency, total in sorted(totals.items())
        if currency and total
    )
