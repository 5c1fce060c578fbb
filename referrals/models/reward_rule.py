"""What a program promises, to whom and for what; what it may cost."""

from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from audiences.models import Audience
from referrals.models.coupon import CouponPool
from referrals.models.milestone import Stage
from referrals.models.program import Program
from referrals.models.reward_webhook import RewardWebhook

CURRENCY_LENGTH = 3


class Role(models.TextChoices):
    """Who is rewarded."""

    ADVOCATE = "advocate", "The advocate"
    FRIEND = "friend", "The friend"


class Delivery(models.TextChoices):
    """How a reward reaches the person."""

    PAYMENT = "payment", "Money, paid in a batch"
    COUPON = "coupon", "A coupon of their own, from a pool"
    SHARED_CODE = "shared_code", "A code that is the same for all"
    CREDIT = "credit", "Credit on their account with you"
    GIFT = "gift", "A gift that you send by hand"
    THANKS = "thanks", "Thanks, and nothing else"


class RewardRuleQuerySet(models.QuerySet["RewardRule"]):
    """Sets of reward rules."""

    def current(self) -> "RewardRuleQuerySet":
        """Keep those that still promise something."""
        return self.filter(ended_at=None)


class RewardRule(models.Model):
    """
    A promise of a program, for what happens between ``starts_at`` and ``ended_at``.

    What it promises never changes: a changed promise is another rule, which ``replaces`` this
    one, so what was earned under the old words stays earned. Money is in minor units of
    ``currency``; a percentage is in hundredths of a percent of what an order is worth after
    refunds. A program without any rule is legal.
    """

    class Counting(models.TextChoices):
        """How many friends it takes."""

        EACH = "each", "For each friend"
        REACHING = "reaching", "Once, when the number is reached"
        EVERY = "every", "Each time the number is reached again"

    class Period(models.TextChoices):
        """Over which time the most that a person gets is counted, in UTC."""

        EVER = "ever", "Ever"
        YEAR = "year", "In a calendar year"
        MONTH = "month", "In a calendar month"
        DAY = "day", "On one day"

    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, related_name="reward_rules"
    )
    role = models.CharField(max_length=10, choices=Role)
    stage = models.CharField(
        max_length=12,
        choices=[one for one in Stage.choices if one[0] != Stage.LOST],
        default=Stage.WON,
    )
    delivery = models.CharField(max_length=12, choices=Delivery)
    # What the person reads; blank for the amount.
    label = models.CharField(max_length=120, blank=True)
    # Worth: an amount, or a part of the order up to a cap; neither for thanks.
    amount_minor = models.BigIntegerField(null=True, blank=True)
    percent_points = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(10_000)]
    )
    most_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True)
    # Which orders count.
    minimum_minor = models.BigIntegerField(null=True, blank=True)
    first_orders = models.PositiveSmallIntegerField(
        null=True, blank=True, default=1, validators=[MinValueValidator(1)]
    )
    within_months = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    counting = models.CharField(max_length=10, choices=Counting, default=Counting.EACH)
    friend_count = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    # The most that one person gets by it.
    most_rewards = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    most_money_minor = models.BigIntegerField(null=True, blank=True)
    most_period = models.CharField(max_length=10, choices=Period, default=Period.EVER)
    # When it is due, and who has to look at it.
    hold_days = models.PositiveSmallIntegerField(
        default=14, validators=[MaxValueValidator(365)]
    )
    # Two people approve what is worth more; null if nobody has to.
    approval_over_minor = models.BigIntegerField(null=True, blank=True)
    # What is not delivered or used by then is void.
    expires_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    # For whom: countries as two letters, an audience; everybody else with ``is_otherwise``.
    countries = models.JSONField(default=list, blank=True)
    audience = models.ForeignKey(
        Audience, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Only for those whom no rule above it for the same thing is for.
    is_otherwise = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    # How it is delivered; a gift may need to know where to.
    needs_address = models.BooleanField(default=True, db_default=True)
    coupon_pool = models.ForeignKey(
        CouponPool, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    shared_code = models.CharField(max_length=60, blank=True)
    webhook = models.ForeignKey(
        RewardWebhook, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # To whom the person may give it instead, by name.
    charities = models.JSONField(default=list, blank=True)
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = RewardRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor=None) | models.Q(percent_points=None),
                name="reward_has_one_worth",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor=None) | models.Q(amount_minor__gt=0),
                name="reward_amount_above_zero",
            ),
            models.CheckConstraint(
                condition=models.Q(percent_points=None)
                | models.Q(percent_points__range=(1, 10_000)),
                name="reward_percent_up_to_100",
            ),
            models.CheckConstraint(
                condition=models.Q(counting="each") | models.Q(friend_count__gte=1),
                name="reward_counts_to_a_number",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None)
                | models.Q(ended_at__gte=models.F("starts_at")),
                name="reward_rule_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.get_delivery_display().lower()} #{self.pk}"

    @property
    def has_variant(self) -> bool:
        """Whether it is for some people only."""
        return bool(self.countries) or self.audience_id is not None

    def is_current(self, at: datetime) -> bool:
        """Whether what happens then counts for it."""
        return self.starts_at <= at and (self.ended_at is None or at < self.ended_at)


class RewardBudget(models.Model):
    """
    What the rewards of a program may cost in one currency.

    ``booked_minor`` is what was granted and not taken back; it is changed only under the lock
    of this row, and never above ``amount_minor``. When a reward does not fit in any more, the
    budget pauses: rewards that are earned from then on wait until somebody raises it.
    """

    program = models.ForeignKey(
        Program, on_delete=models.CASCADE, related_name="reward_budgets"
    )
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    amount_minor = models.BigIntegerField(validators=[MinValueValidator(0)])
    booked_minor = models.BigIntegerField(default=0)
    # A warning is shown when less than this part of it is left.
    low_percent = models.PositiveSmallIntegerField(
        default=20, validators=[MaxValueValidator(100)]
    )
    # Set by itself; raising the budget takes it away.
    paused_at = models.DateTimeField(null=True, blank=True)
    # When somebody was told that little is left; null while there is enough.
    warned_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "currency"], name="one_budget_per_currency"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    booked_minor__gte=0, booked_minor__lte=models.F("amount_minor")
                ),
                name="budget_never_below_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"Budget of {self.program} in {self.currency}"

    @property
    def left_minor(self) -> int:
        """What is not granted yet."""
        return self.amount_minor - self.booked_minor

    @property
    def is_low(self) -> bool:
        """Whether it is nearly used up."""
        return self.left_minor * 100 < self.amount_minor * self.low_percent
