"""Rewards, the ledger that says what became of each, and the batches in which they are paid."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from contacts.models import PersonModel
from referrals.models.coupon import COUPON_LENGTH
from referrals.models.milestone import KEY_LENGTH
from referrals.models.program import Program
from referrals.models.reward_rule import CURRENCY_LENGTH, RewardRule, Role


class RewardBatch(models.Model):
    """Rewards in money that are paid together: a file for the bank, then a tick."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", "To be paid"
        PAID = "paid", "Paid"
        CANCELED = "canceled", "Canceled"

    currency = models.CharField(max_length=CURRENCY_LENGTH)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # Of all that was put in, until it is paid; then of what was paid.
    reward_count = models.PositiveIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at=None)
                | (~models.Q(state="open") & models.Q(closed_at__isnull=False)),
                name="batch_closed_when_over",
            ),
        ]
        verbose_name = "payment"

    def __str__(self) -> str:
        return f"Payment {self.pk} of {self.created_at:%Y-%m-%d}"


class Reward(PersonModel):
    """
    Something of value that a rule owes a contact for one cause; ``contact`` gets it.

    The cause is a milestone of a friend's referral, or a number of friends that was reached
    (then ``referral_id`` is 0 and ``milestone_key`` names the number). ``amount_minor`` is
    what is granted now, ``balance_minor`` what of it is still to be delivered; below zero, it
    is what the person owes back. Both are sums over the ledger, ``RewardEntry``; the states
    and the ways between them are in ``referrals.rewards.states``.
    """

    merging = "combines"
    # Money stays accounted for; what another system answered goes.
    erasing = {"problem": ""}
    references = ("referral_contact_id",)

    class State(models.TextChoices):
        """How far it is."""

        PENDING = "pending", "Waits for the budget"
        ON_HOLD = "on_hold", "On hold"
        AWAITING = "awaiting", "Needs approval"
        APPROVED = "approved", "Approved"
        SENDING = "sending", "Being delivered"
        FULFILLED = "fulfilled", "Delivered"
        FAILED = "failed", "Could not be delivered"
        REJECTED = "rejected", "Rejected"
        REVERSED = "reversed", "Taken back"
        EXPIRED = "expired", "Expired"
        OWED_BACK = "owed_back", "Owed back"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    rule = models.ForeignKey(RewardRule, on_delete=models.PROTECT, db_constraint=False)
    role = models.CharField(max_length=10, choices=Role)
    # The friend may be another person, on another shard: plain numbers.
    referral_contact_id = models.BigIntegerField(default=0)
    referral_id = models.BigIntegerField(default=0)
    milestone_key = models.CharField(max_length=KEY_LENGTH)
    amount_minor = models.BigIntegerField(default=0)
    balance_minor = models.BigIntegerField(default=0)
    # What waits for the budget; nothing of it is granted yet.
    wanted_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True)
    state = models.CharField(max_length=10, choices=State)
    earned_at = models.DateTimeField()
    created_at = models.DateTimeField()
    held_until = models.DateTimeField()
    # Why it stands where it stands: a code of ``rewards.reasons``.
    because = models.CharField(max_length=40, blank=True)
    # When time alone has something to do with it.
    due_at = models.DateTimeField(null=True, blank=True)
    # The first of two who approve it.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    # Null for one that nobody had to approve.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    batch = models.ForeignKey(
        RewardBatch, on_delete=models.PROTECT, null=True, blank=True
    )
    coupon_code = models.CharField(max_length=COUPON_LENGTH, blank=True)
    charity = models.CharField(max_length=120, blank=True)
    # Of the delivery by webhook.
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    entry_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "rule", "referral_id", "milestone_key"],
                name="one_reward_per_cause",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=0), name="reward_not_below_zero"
            ),
            # Nothing is left of what is over; only who was paid too much owes something.
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "pending",
                        "fulfilled",
                        "rejected",
                        "reversed",
                        "expired",
                    ],
                    balance_minor=0,
                )
                | models.Q(
                    state__in=["on_hold", "awaiting", "approved", "sending", "failed"],
                    balance_minor__gte=0,
                )
                | models.Q(state="owed_back", balance_minor__lt=0),
                name="reward_balance_fits_state",
            ),
        ]
        indexes = [
            models.Index(fields=["-earned_at", "-id"], name="rewards_newest"),
            # What time has to do with, oldest first.
            models.Index(
                fields=["due_at"],
                name="rewards_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Those of a friend's referral.
            models.Index(
                fields=["referral_contact_id", "referral_id"],
                name="rewards_of_referral",
            ),
            # Liability, and what can be paid.
            models.Index(
                fields=["program", "state", "currency"], name="rewards_of_program"
            ),
        ]

    def __str__(self) -> str:
        return f"Reward {self.pk} of contact {self.contact_id}"


class RewardEntry(PersonModel):
    """
    One change of a reward: who, when, why, and what it did to what is still to be delivered.

    Append only. ``granted_minor`` is its share in what is granted. Numbered from 1 within the
    reward, so two workers can't write the same one.
    """

    merging = "moves"
    erasing = {"note": ""}
    follows = ("reward_id", "referrals.Reward")

    class Kind(models.TextChoices):
        """What it was."""

        EARNED = "earned", "Earned"
        ADJUSTED = "adjusted", "Adjusted"
        HELD = "held", "Held"
        PROPOSED = "proposed", "Approved by the first of two"
        APPROVED = "approved", "Approved"
        CHOSEN = "chosen", "Given to charity"
        CLAIMED = "claimed", "Address given"
        STARTED = "started", "Delivery began"
        STOPPED = "stopped", "Delivery stopped"
        FULFILLED = "fulfilled", "Delivered"
        FAILED = "failed", "Delivery failed"
        REJECTED = "rejected", "Rejected"
        REVERSED = "reversed", "Taken back"
        EXPIRED = "expired", "Expired"
        RESTORED = "restored", "Owed again"
        OWED_BACK = "owed_back", "Owed back"
        OFFSET = "offset", "Set off"
        WRITTEN_OFF = "written_off", "Written off"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    reward_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    amount_minor = models.BigIntegerField(default=0)
    granted_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True)
    state = models.CharField(max_length=10, choices=Reward.State)
    at = models.DateTimeField()
    # Null for what happened by itself.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    # A code of ``rewards.reasons``, and what a person added.
    reason = models.CharField(max_length=40)
    note = models.CharField(max_length=500, blank=True)
    # The other reward of a set-off, or the payment.
    other_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "reward_id", "number"], name="reward_entry_once"
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="reward_entries_by_time"),
        ]
        verbose_name_plural = "reward entries"

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} of reward {self.reward_id}"
