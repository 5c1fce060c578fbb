"""What other pages say of rewards: a referral's receipt, and a contact's page."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from contacts.admin.panels import PanelRow, PanelTemplate
from contacts.models import Contact
from referrals.admin.referral_sections import ReferralSection
from referrals.admin.reward import amount_of, state_badge, why_of
from referrals.attribution.stories import Line
from referrals.models import Referral, Reward
from referrals.rewards.explain import expected_at, rewards_for, why_no_reward

MOST_SHOWN = 20


def tell_reward(reward: Reward) -> dict[str, Any]:
    """Write a reward in a line."""
    return {
        "reward": reward,
        "amount": amount_of(reward),
        "state": state_badge(reward),
        "why": why_of(reward),
        "expected_at": expected_at(reward),
    }


def build_section(referral: Referral, user: User) -> ReferralSection:
    """Say what a referral has earned, for whom, and why there are no other rewards."""
    rewards = [tell_reward(reward) for reward in rewards_for(referral)]
    missed = why_no_reward(referral)
    lines = [
        Line(
            f"{row['amount']} for {row['reward'].contact.name}:"
            f" {row['reward'].get_state_display().lower()}. {row['why']}".strip(),
            at=row["reward"].earned_at,
        )
        for row in rewards
    ]
    lines += [Line(f"{one.promise} {one.sentence} ({one.reason})") for one in missed]
    context = {
        "rewards": rewards,
        "missed": missed,
        "is_due": referral.rewards_due_at is not None,
    }
    return ReferralSection("Rewards", lines, "referrals/_reward_section.html", context)


def build_panel(contact: Contact) -> Sequence[PanelRow] | PanelTemplate:
    """Show what the contact has earned, latest first; one query."""
    rows = Reward.objects.filter(contact=contact).select_related("rule", "program")
    latest = list(rows.order_by("-earned_at", "-pk")[:MOST_SHOWN])
    if not latest:
        return []
    context = {
        "rewards": [tell_reward(reward) for reward in latest],
        "link": f"{reverse('admin:referrals_reward_changelist')}?q={contact.email or ''}",
    }
    return PanelTemplate("referrals/_reward_panel.html", context)
