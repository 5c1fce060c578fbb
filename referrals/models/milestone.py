"""What a friend did that counts, and what of it was taken back."""

from django.db import models

from contacts.models import PersonModel
from referrals.models.program import Program

# "order:" and the number that a shop gave.
KEY_LENGTH = 200


class Stage(models.TextChoices):
    """How far a friend has come."""

    LEAD = "lead", "Lead"
    QUALIFIED = "qualified", "Qualified"
    OPPORTUNITY = "opportunity", "Opportunity"
    WON = "won", "Won"
    LOST = "lost", "Lost"


class Milestone(PersonModel):
    """
    A friend's event that brought a referral to a stage; ``contact`` is the friend.

    ``key`` is its natural name ("order:1001", "opportunity:7", "message:…", "once"): what is
    told twice counts once, and each order is one row. ``refunded_minor`` is worked out from
    the refunds whenever either arrives; ``canceled_at`` takes all of it back. A refund in another
    currency takes nothing back: ``has_odd_refund`` tells people to look.
    """

    merging = "combines"
    # Money is still to be accounted for.
    erasing = "kept"
    follows = ("referral_id", "referrals.Referral")

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    referral_id = models.BigIntegerField()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    stage = models.CharField(max_length=12, choices=Stage)
    key = models.CharField(max_length=KEY_LENGTH)
    occurred_at = models.DateTimeField()
    event_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    refunded_minor = models.BigIntegerField(default=0)
    canceled_at = models.DateTimeField(null=True, blank=True)
    # Something was refunded in another currency: nobody can say how much is left.
    has_odd_refund = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "referral_id", "stage", "key"],
                name="milestone_counts_once",
            ),
        ]
        indexes = [
            # What was won in a program, over time.
            models.Index(
                fields=["program", "stage", "occurred_at"], name="milestones_of_program"
            ),
            # What a person has to look at.
            models.Index(
                fields=["-occurred_at"],
                name="milestones_oddly_refunded",
                condition=models.Q(has_odd_refund=True),
            ),
            # Whose order it is, for people who ask.
            models.Index(fields=["key"], name="milestones_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} of referral {self.referral_id}: {self.key}"

    @property
    def is_taken_back(self) -> bool:
        """Whether nothing of it is left."""
        if self.canceled_at:
            return True
        return bool(self.amount_minor) and self.refunded_minor >= (
            self.amount_minor or 0
        )

    @property
    def net_minor(self) -> int:
        """What is left of its amount."""
        if self.canceled_at:
            return 0
        return max((self.amount_minor or 0) - self.refunded_minor, 0)


class Refund(PersonModel):
    """
    An order, or a part of it, was taken back; kept also while the order is not known yet.

    No amount means all of it; so does a cancel.
    """

    merging = "moves"
    erasing = "kept"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    order_key = models.CharField(max_length=KEY_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    occurred_at = models.DateTimeField()
    is_cancel = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "order_key", "key"], name="refund_counts_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.order_key}"
