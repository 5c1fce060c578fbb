"""Pools of coupons: filled from a file, given out one by one, never twice."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from referrals.models import Coupon, CouponPool, Reward, RewardRule
from referrals.models.coupon import COUPON_LENGTH

MOST_CODES = 200_000
# What the first line may say instead of a code.
HEADERS = {"code", "codes", "coupon", "coupons", "coupon code", "discount code"}


class BadCodes(ValueError):
    """The file can't be taken; the message says which line, and why."""


@dataclass(frozen=True)
class Filled:
    """How many codes a file brought, and how many were in the pool already."""

    added: int
    known: int


def read_codes(content: bytes) -> list[str]:
    """
    Read the codes of a file: the first column, or one on each line.

    :raises BadCodes: if it holds none, or something that is none
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCodes("Save the file as CSV in UTF-8.") from error
    codes = []
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        code = row[0].split(";")[0].strip() if row else ""
        if not code or (number == 1 and code.lower() in HEADERS):
            continue
        if len(code) > COUPON_LENGTH or not code.isprintable():
            raise BadCodes(
                f"Line {number} is no coupon: expected at most {COUPON_LENGTH} characters."
            )
        codes.append(code)
        if len(codes) > MOST_CODES:
            raise BadCodes(f"Bring at most {MOST_CODES:,} codes at a time.")
    if not codes:
        raise BadCodes("The file holds no codes. Write one on each line.")
    return list(dict.fromkeys(codes))


@transaction.atomic
def fill_pool(*, pool: CouponPool, codes: Iterable[str], now: datetime) -> Filled:
    """Add codes to a pool; those that it has already are left as they are. Who waits gets one."""
    rows = [Coupon(pool=pool, code=code, added_at=now) for code in codes]
    before = pool.coupons.count()
    Coupon.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5_000)
    added = pool.coupons.count() - before
    Reward.objects.filter(
        rule__coupon_pool=pool, state=Reward.State.APPROVED, because="no_coupon"
    ).update(due_at=now)
    return Filled(added, len(rows) - added)


def take_coupon(reward: Reward, *, now: datetime) -> str | None:
    """
    Give a locked reward the next coupon of its pool; None if the pool is empty.

    Codes that another worker gives out in this moment are skipped. Leans on coupons_left.
    """
    own = Coupon.objects.filter(
        pool=reward.rule.coupon_pool_id,
        contact_id=reward.contact_id,
        reward_id=reward.pk,
    ).first()
    if own:
        return own.code
    free = (
        Coupon.objects.select_for_update(skip_locked=True)
        .filter(pool=reward.rule.coupon_pool_id, issued_at=None)
        .order_by("pk")
        .first()
    )
    if free is None:
        return None
    Coupon.objects.filter(pk=free.pk, code=free.code).update(
        contact_id=reward.contact_id, reward_id=reward.pk, issued_at=now
    )
    return free.code


def with_counts(pools: QuerySet[CouponPool]) -> QuerySet[CouponPool]:
    """Add how many coupons are left and given out, and when the last one was."""
    return pools.annotate(
        left_count=Count("coupons", filter=Q(coupons__issued_at=None)),
        issued_count=Count("coupons", filter=Q(coupons__issued_at__isnull=False)),
        last_issued_at=Max("coupons__issued_at"),
    )


def low_pools() -> list[Any]:
    """
    List the pools that running rules give from and that are nearly empty.

    Each has ``left_count``; one short look-up for each pool. Leans on coupons_left.
    """
    rules = RewardRule.objects.current().filter(coupon_pool__isnull=False)
    pools: QuerySet[Any] = CouponPool.objects.filter(pk__in=rules.values("coupon_pool"))
    found = []
    for pool in pools.order_by("name", "pk"):
        free = Coupon.objects.filter(pool=pool, issued_at=None).order_by("pk")
        pool.left_count = free[: pool.low_count].count()
        if pool.left_count < pool.low_count:
            found.append(pool)
    return found
