"""Demo: a few friends who are not what they seem, judged day by day; some decided about."""

import random
from datetime import datetime, timedelta

from django.db.models import Count, F, QuerySet

from referrals.fraud.decide import decide
from referrals.fraud.judge import judge_due
from referrals.fraud.signals import Sign, note_signals, sign_of
from referrals.models import FraudCase, FraudDecision, Program, Referral, Visit

# One in so many friends is made to look odd.
ONE_IN = 12
DAY = timedelta(days=1)
# What is held longer than this was decided about.
DECIDED_AFTER = 6 * DAY


def load(*, seed: int, program: Program, days: int, now: datetime) -> None:
    """Let some friends look odd, judge all of them day by day, and decide about the older ones."""
    chance = random.Random(seed)  # noqa: S311 - the same seed makes the same history
    referrals = list(
        Referral.objects.filter(program=program, lead_at__lt=now).order_by(
            "lead_at", "pk"
        )
    )
    if not referrals:
        return
    odd = chance.sample(referrals, max(1, len(referrals) // ONE_IN))
    for number, referral in enumerate([*referrals[-3:], *odd]):
        trick = (share_device, come_from_coupons, share_phone, come_by_ad)[number % 4]
        trick(referral)
    make_party(program)
    Referral.objects.filter(program=program, fraud_state="unjudged").update(
        judge_due_at=F("lead_at")
    )
    for day in range(days, -1, -1):
        at = now - day * DAY
        while judge_due(now=at):
            pass
        decide_old(chance, program, at)


def share_device(referral: Referral) -> None:
    """Let friend and advocate use one device."""
    _share(referral, "device", f"demo device {referral.pk}")


def share_phone(referral: Referral) -> None:
    """Let friend and advocate give one phone number."""
    _share(referral, "phone", f"+1 555 {referral.pk:07}")


def come_from_coupons(referral: Referral) -> None:
    """Let the friend come from a site that publishes codes."""
    _visits(referral).update(referrer_host="www.retailmenot.com")


def come_by_ad(referral: Referral) -> None:
    """Let the friend come through a paid ad."""
    _visits(referral).update(ad_parameter="gclid")


def make_party(program: Program) -> None:
    """Let the friends of the advocate who has most of them pay with one card."""
    most = (
        Referral.objects.filter(program=program)
        .values("advocate_contact_id")
        .annotate(friends=Count("pk"))
        .filter(friends__gte=3)
        .order_by("-friends", "advocate_contact_id")[:1]
    )
    for row in most:
        signs: list[Sign] = []
        friends = Referral.objects.filter(
            program=program, advocate_contact_id=row["advocate_contact_id"]
        )
        for friend in friends.order_by("-lead_at", "pk")[:4]:
            signs += sign_of(
                friend.contact_id, "payment", "demo card 4242", friend.lead_at
            )
        note_signals(signs)


def decide_old(chance: random.Random, program: Program, now: datetime) -> None:
    """Decide about what has waited for some days: two of three are rejected."""
    waiting = FraudCase.objects.filter(
        program=program, verdict="held", held_at__lt=now - DECIDED_AFTER
    )
    for key in waiting.order_by("referral_id").values_list("referral_id", flat=True):
        is_honest = chance.random() < 1 / 3
        verdict = (
            FraudDecision.Verdict.APPROVED
            if is_honest
            else FraudDecision.Verdict.REJECTED
        )
        reason = (
            FraudDecision.Reason.HOUSEHOLD
            if is_honest
            else FraudDecision.Reason.FAKE_ACCOUNT
        )
        decide(
            referral_ids=[key],
            verdict=verdict,
            reason=reason,
            note="",
            user=None,
            now=now,
        )


def _share(referral: Referral, kind: str, value: str) -> None:
    """Let both people have something in common."""
    people = (referral.contact_id, referral.advocate_contact_id)
    note_signals(
        sign
        for person in people
        for sign in sign_of(person, kind, value, referral.lead_at)
    )


def _visits(referral: Referral) -> QuerySet[Visit]:
    """Select the visit through which the friend came."""
    return Visit.objects.filter(
        contact=referral.advocate_contact_id, click_id=referral.click_id
    )
