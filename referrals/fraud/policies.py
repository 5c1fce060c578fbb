"""The policies of programs: read for judging, saved by a person."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from referrals.fraud.nightly import YOUNG
from referrals.fraud.policy import Policy, dump_policy, read_policy
from referrals.models import FraudPolicy, Program, Referral


def policies_of(program_ids: Collection[int]) -> dict[int, Policy]:
    """Read the policies of programs; one without a row has the defaults. One query."""
    policies = {program_id: Policy() for program_id in program_ids}
    for row in FraudPolicy.objects.filter(program__in=program_ids):
        policies[row.program_id] = read_policy(
            row.checks, hold_points=row.hold_points, review_days=row.review_days
        )
    return policies


@transaction.atomic
def save_policy(
    *, program: Program, policy: Policy, user: User | None, now: datetime
) -> None:
    """Save what a program does with findings; young referrals are judged anew."""
    FraudPolicy.objects.update_or_create(
        program=program,
        defaults={
            "checks": dump_policy(policy),
            "hold_points": policy.hold_points,
            "review_days": policy.review_days,
            "changed_at": now,
            "changed_by": user,
        },
    )
    judge_again(program=program, since=now - YOUNG, now=now)


def judge_again(*, program: Program, since: datetime, now: datetime) -> int:
    """
    Let a program's referrals since a time be judged again.

    :returns: how many
    """
    rows = Referral.objects.filter(program=program, lead_at__gte=since)
    locked = rows.order_by("contact_id", "pk").select_for_update(no_key=True)
    ids = list(locked.values_list("pk", flat=True))
    return Referral.objects.filter(pk__in=ids).update(judge_due_at=now)
