"""
Word to those who look after rewards when a budget or a pool of coupons is nearly used up.

Once each time it happens: a budget that is raised, or a pool that is filled, may run low again.
"""

from dataclasses import dataclass
from datetime import datetime
from logging import getLogger

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html

from contacts.background import Backlog
from referrals.mailing import Mail, MailRefused, hand_over
from referrals.models import CouponPool, RewardBudget
from referrals.money import say_money
from referrals.rewards.coupons import low_pools

SLICE = "referrals.shortages"
# Who may change what a program promises is told what it lacks.
KEEPER = "referrals.change_rewardrule"
BACKEND = "django.contrib.auth.backends.ModelBackend"

log = getLogger(__name__)


@dataclass(frozen=True)
class Shortage:
    """What runs out, in a sentence, and the page on which it is mended."""

    sentence: str
    link: str
    is_over: bool


def low_budgets() -> QuerySet[RewardBudget]:
    """Select the budgets that are spent or nearly so."""
    left = F("amount_minor") - F("booked_minor")
    budgets = RewardBudget.objects.annotate(left=left)
    return budgets.filter(
        Q(left__lt=F("amount_minor") * F("low_percent") / 100)
        | Q(paused_at__isnull=False)
    )


def tell_budget(budget: RewardBudget) -> Shortage:
    """Say how much of a budget is left."""
    left = say_money(budget.left_minor, budget.currency)
    whole = say_money(budget.amount_minor, budget.currency)
    name = budget.program.name
    is_over = budget.paused_at is not None
    sentence = (
        f"The reward budget of “{name}” is spent: {left} of {whole} is left."
        " New rewards wait."
        if is_over
        else f"The reward budget of “{name}” is nearly spent: {left} of {whole} is left."
    )
    link = reverse("admin:referrals_program_rewards", args=[budget.program_id])
    return Shortage(sentence, link, is_over)


def tell_pool(pool: CouponPool, left: int) -> Shortage:
    """Say how many coupons of a pool are left."""
    sentence = (
        f"The coupons “{pool.name}” are nearly used up: {left:,} left."
        if left
        else f"The coupons “{pool.name}” are used up. Rewards wait for new ones."
    )
    link = reverse("admin:referrals_couponpool_change", args=[pool.pk])
    return Shortage(sentence, link, not left)


def backlog(now: datetime) -> Backlog:
    """See whether anything has run low, or is there again."""
    changed = _changed()
    return Backlog(len(changed), now if changed else None)


def warn(*, now: datetime) -> int:
    """
    Mail what has run low since somebody was told; remember what is there again.

    :returns: how many budgets and pools there were
    """
    return sum(_settle(row, now) for row in _changed())


def _changed() -> list[RewardBudget | CouponPool]:
    """List what ran low and nobody was told of, and what is there again."""
    budgets = {row.pk for row in low_budgets()}
    pools = {row.pk for row in low_pools()}
    rows: list[RewardBudget | CouponPool] = []
    rows += [
        row
        for row in RewardBudget.objects.order_by("pk")
        if (row.pk in budgets) is (row.warned_at is None)
    ]
    rows += [
        row
        for row in CouponPool.objects.order_by("pk")
        if (row.pk in pools) is (row.warned_at is None)
    ]
    return rows


@transaction.atomic
def _settle(row: RewardBudget | CouponPool, now: datetime) -> bool:
    """Tell of one, unless somebody else is at it or has done so."""
    known = type(row).objects.select_for_update(skip_locked=True, of=("self",))
    locked = known.filter(pk=row.pk, warned_at=row.warned_at).first()
    if locked is None:
        return False
    shortage = _shortage_of(locked)
    type(row).objects.filter(pk=row.pk).update(warned_at=now if shortage else None)
    if shortage and row.warned_at is None:
        _mail(
            shortage, tag=f"{row._meta.model_name}-{row.pk}-{now:%Y%m%d%H%M%S}", now=now
        )
    return True


def _shortage_of(row: RewardBudget | CouponPool) -> Shortage | None:
    """Say what it lacks by now; None if nothing."""
    if isinstance(row, RewardBudget):
        budget = low_budgets().select_related("program").filter(pk=row.pk).first()
        return tell_budget(budget) if budget else None
    lefts = {pool.pk: pool.left_count for pool in low_pools()}
    return tell_pool(row, lefts[row.pk]) if row.pk in lefts else None


def _mail(shortage: Shortage, *, tag: str, now: datetime) -> None:
    """Mail it to everybody who may mend it; the home page says it, too."""
    link = f"{settings.SITE_URL}{shortage.link}"
    keepers = User.objects.with_perm(KEEPER, backend=BACKEND).exclude(email="")
    for user in keepers.order_by("pk"):
        mail = Mail(
            tag=f"{tag}-{user.pk}",
            to=user.email,
            from_name="Greenlight",
            subject="Rewards are used up" if shortage.is_over else "Rewards run low",
            text=f"{shortage.sentence}\n\n{link}\n",
            html=format_html(
                '<p>{}</p><p><a href="{}">{}</a></p>', shortage.sentence, link, link
            ),
        )
        try:
            hand_over(mail, now=now)
        except MailRefused:
            log.warning("Nobody could tell %s what runs low.", user, exc_info=True)
