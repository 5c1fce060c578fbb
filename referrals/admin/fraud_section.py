"""What the fraud checks say of a referral, as a section of its page."""

from django.contrib.auth.models import User
from django.utils import timezone

from referrals.admin.referral_sections import (
    ReferralSection,
    register_referral_section,
)
from referrals.attribution.stories import Line
from referrals.fraud.decide import reason_groups
from referrals.fraud.queue import Item, items_of
from referrals.models import Referral


def build_section(referral: Referral, user: User) -> ReferralSection | None:
    """Show what was found, both people side by side, and what was decided."""
    items = items_of([referral.pk])
    if not items:
        return None
    may_decide = user.has_perm("referrals.add_frauddecision")
    return ReferralSection(
        "Fraud checks",
        lines_of(items[0]),
        "referrals/_fraud_section.html",
        {
            "item": items[0],
            "may_decide": may_decide and referral.withdrawn_at is None,
            "reasons": reason_groups(),
            "now": timezone.now(),
        },
    )


def lines_of(item: Item) -> list[Line]:
    """Say it for the copy in plain text."""
    state = item.referral.get_fraud_state_display()
    judged_at = item.case.judged_at if item.case else None
    lines = [Line(f"State: {state}", judged_at)]
    lines += [
        Line(f"{one.label}. {one.sentence}", note=one.action) for one in item.findings
    ]
    return lines + [
        Line(
            f"{one.get_verdict_display()}: {one.get_reason_display()}",
            one.decided_at,
            note=one.note,
        )
        for one in item.decisions
    ]


register_referral_section("fraud", build_section, permission="referrals.view_fraudcase")
