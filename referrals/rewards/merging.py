"""What becomes of rewards when two contacts become one: money stays, and is reckoned anew."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Q

from contacts.identities.combine import execute
from contacts.identities.combining import (
    Merging,
    register_combiner,
    register_parting,
)
from referrals.models import Referral, Reward

# Both were rewarded for the same: the second one keeps its ledger under another name, and what
# is owed for it is nothing any more.
TWINS = """
UPDATE referrals_reward AS merged
SET milestone_key = left('merged:' || merged.id || ':' || merged.milestone_key, 200),
    due_at = %(now)s
WHERE merged.contact_id = %(merged)s AND EXISTS (
    SELECT FROM referrals_reward AS kept
    WHERE kept.contact_id = %(survivor)s AND kept.rule_id = merged.rule_id
        AND kept.referral_id = merged.referral_id
        AND kept.milestone_key = merged.milestone_key
)
"""

# Rewards for a friend who is called otherwise now. Leans on rewards_of_referral.
FRIENDS = """
UPDATE referrals_reward SET referral_contact_id = %(survivor)s
WHERE referral_contact_id = %(merged)s
"""

# Rewards for the later of two referrals of one friend, unless the first has the same.
UNITED = """
UPDATE referrals_reward AS reward
SET referral_id = %(first)s, due_at = %(now)s
WHERE reward.referral_contact_id = %(survivor)s AND reward.referral_id = %(late)s
    AND NOT EXISTS (
        SELECT FROM referrals_reward AS other
        WHERE other.contact_id = reward.contact_id AND other.rule_id = reward.rule_id
            AND other.referral_id = %(first)s
            AND other.milestone_key = reward.milestone_key
    )
"""

# What was for a referral that is none.
LEFT = """
UPDATE referrals_reward AS reward
SET due_at = %(now)s
WHERE reward.referral_contact_id = %(survivor)s AND reward.referral_id <> 0
    AND NOT EXISTS (
        SELECT FROM referrals_referral AS referral
        WHERE referral.contact_id IN (%(survivor)s, %(merged)s)
            AND referral.id = reward.referral_id
    )
"""

# Numbers of friends, and the most that one person gets, are counted over all of them. Leans on
# referrals_of_advocate.
ANEW = """
UPDATE referrals_referral SET rewards_due_at = %(now)s
WHERE advocate_contact_id = %(survivor)s
"""


def combine_rewards(merging: Merging) -> None:
    """Give who remains the rewards of both, and let what they are owed be reckoned anew."""
    execute(TWINS, merging)
    execute(FRIENDS, merging)
    names: dict[str, Any] = {"survivor": merging.survivor_id, "now": merging.now}
    united = merging.aliases.get(Referral._meta.label_lower, {})
    with connection.cursor() as cursor:
        for late, first in united.items():
            cursor.execute(UNITED, names | {"late": int(late), "first": first})
    execute(LEFT, merging)
    execute(ANEW, merging)


def begin_parting(contact_ids: list[int]) -> Callable[[datetime], None]:
    """Nothing is to be seen before; afterwards all that either is in is looked at anew."""
    return partial(look_anew, contact_ids)


def look_anew(contact_ids: Sequence[int], now: datetime) -> None:
    """Let the referrals of people be judged and reckoned again, as friends and advocates."""
    theirs = Q(contact__in=contact_ids) | Q(advocate_contact_id__in=contact_ids)
    own = Referral.objects.filter(theirs)
    own.update(rewards_due_at=now)
    own.filter(withdrawn_at=None).update(judge_due_at=now)


def register() -> None:
    """Make it known; called in ``AppConfig.ready``, after that of the referrals."""
    register_combiner(combine_rewards, Reward)
    register_parting(begin_parting)
