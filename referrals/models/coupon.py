"""Coupons that are given out one by one."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now

COUPON_LENGTH = 60


class CouponPool(models.Model):
    """Codes of one kind that a shop has made, each for one person."""

    name = models.CharField(max_length=80, unique=True)
    # A warning is shown when fewer than this are left.
    low_count = models.PositiveIntegerField(
        default=50, validators=[MinValueValidator(0)]
    )
    # When somebody was told that few are left; null while there are enough.
    warned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """
    A look-up from a code to whom it was given, for which reward; sharded by its value.

    It is given once and never taken back, so nobody gets a code that somebody else has read.
    """

    sharded_by = "code"
    merging = "points"
    # A code of the shop's, which names nobody.
    erasing = "kept"

    pool = models.ForeignKey(
        CouponPool, on_delete=models.PROTECT, related_name="coupons"
    )
    code = models.CharField(max_length=COUPON_LENGTH)
    added_at = models.DateTimeField()
    contact_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    reward_id = models.BigIntegerField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "code"], name="coupon_once_in_a_pool"
            ),
            models.CheckConstraint(
                condition=models.Q(contact_id=None, reward_id=None, issued_at=None)
                | models.Q(
                    contact_id__isnull=False,
                    reward_id__isnull=False,
                    issued_at__isnull=False,
                ),
                name="coupon_is_given_whole",
            ),
        ]
        indexes = [
            # The next one to give out.
            models.Index(
                fields=["pool", "id"],
                name="coupons_left",
                condition=models.Q(issued_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code
