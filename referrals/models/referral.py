"""Friends, each credited to one advocate."""

from django.db import models

from contacts.models import PersonModel
from referrals.models.program import Program


class Referral(PersonModel):
    """
    A friend who came through an advocate; ``contact`` is the friend.

    One per friend and program: who gets the credit is decided once, when the friend becomes
    a lead. Stages are timestamps, each the first time, derived from the milestones.
    ``reversed_at`` is set while all that was won is taken back. ``receipt`` says why, in
    words: see ``referrals.attribution``.

    Whatever changes a referral, a milestone or a refund sets ``judge_due_at`` and
    ``rewards_due_at`` in the same transaction: fraud must look, rewards must be reckoned.
    The advocate may be changed by hand (``CreditDecision``): what the one before has got of
    this referral must then be reckoned, too. One that is withdrawn has no milestones, and
    counts as rejected.
    """

    merging = "combines"
    erasing = {"receipt": {}}
    # The advocate is a person too.
    references = ("advocate_contact_id",)

    class Source(models.TextChoices):
        """What told us whose friend it is."""

        CLICK = "click", "Click on the link"
        CODE = "code", "Typed code"
        COUPON = "coupon", "Coupon"
        DEVICE = "device", "Same device as a visit"
        EMAIL = "email", "Accepted an introduction"
        HAND = "hand", "By hand"

    class FraudState(models.TextChoices):
        """What the fraud checks, or a person, said of it."""

        UNJUDGED = "unjudged", "Not checked yet"
        CLEAR = "clear", "Clear"
        HELD = "held", "Held for review"
        REJECTED = "rejected", "Rejected"

    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE)
    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    # The advocate is another person, on another shard: plain numbers.
    advocate_contact_id = models.BigIntegerField()
    advocate_id = models.BigIntegerField()
    source = models.CharField(max_length=10, choices=Source)
    click_id = models.CharField(max_length=22, blank=True)
    # How the link was shared that brought the friend; blank if nobody knows.
    channel = models.CharField(max_length=20, blank=True)
    # What the friend did before came from nobody; null in rows from before this was kept.
    counts_from = models.DateTimeField(null=True, blank=True)
    # The advocate may see the friend's first name since then; null if he has not agreed.
    friend_shown_at = models.DateTimeField(null=True, blank=True)
    lead_at = models.DateTimeField()
    qualified_at = models.DateTimeField(null=True, blank=True)
    opportunity_at = models.DateTimeField(null=True, blank=True)
    won_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)
    reversed_at = models.DateTimeField(null=True, blank=True)
    fraud_state = models.CharField(
        max_length=10, choices=FraudState, default=FraudState.UNJUDGED
    )
    judge_due_at = models.DateTimeField(null=True, blank=True)
    rewards_due_at = models.DateTimeField(null=True, blank=True)
    # Taken away by hand; it earns nothing, and no event brings it back.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    receipt = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "program"], name="one_advocate_per_friend"
            ),
            models.CheckConstraint(
                condition=~models.Q(contact_id=models.F("advocate_contact_id")),
                name="nobody_refers_himself",
            ),
        ]
        indexes = [
            models.Index(fields=["-lead_at", "-id"], name="referrals_newest"),
            # The friends of an advocate.
            models.Index(
                fields=["advocate_contact_id", "advocate_id", "-lead_at"],
                name="referrals_of_advocate",
            ),
            # Claimed by those who judge and by those who reckon, oldest first.
            models.Index(
                fields=["judge_due_at"],
                name="referrals_judge_due",
                condition=models.Q(judge_due_at__isnull=False),
            ),
            models.Index(
                fields=["rewards_due_at"],
                name="referrals_rewards_due",
                condition=models.Q(rewards_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Contact {self.contact_id} brought by {self.advocate_contact_id}"

    @property
    def stage(self) -> str:
        """The furthest stage it has reached, as a word."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.reversed_at:
            return "reversed"
        if self.won_at:
            return "won"
        if self.lost_at:
            return "lost"
        if self.opportunity_at:
            return "opportunity"
        return "qualified" if self.qualified_at else "lead"
