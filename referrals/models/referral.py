"""Friends, each credited to one advocate."""

from django.db import models

from contacts.models import PersonModel
from referrals.models.program import Program


class Referral(PersonModel):
    """
    A friend who came through an advocate; ``contact`` is the friend.

    One per friend and program: who gets the credit is decided once, when the friend becomes
    a lead. Stages are timestamps, each the first time. ``receipt`` says why, in words:
    see ``referrals.attribution``.
    """

    merging = "combines"
    erasing = {"receipt": {}}
    # The advocate is a person too.
    references = ("advocate_contact_id",)

    class Source(models.TextChoices):
        """What told us whose friend it is."""

        CLICK = "click", "Click on the link"
        CODE = "code", "Typed code"

    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE)
    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    # The advocate is another person, on another shard: plain numbers.
    advocate_contact_id = models.BigIntegerField()
    advocate_id = models.BigIntegerField()
    source = models.CharField(max_length=10, choices=Source)
    click_id = models.CharField(max_length=22, blank=True)
    lead_at = models.DateTimeField()
    qualified_at = models.DateTimeField(null=True, blank=True)
    opportunity_at = models.DateTimeField(null=True, blank=True)
    won_at = models.DateTimeField(null=True, blank=True)
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
        ]

    def __str__(self) -> str:
        return f"Contact {self.contact_id} brought by {self.advocate_contact_id}"

    @property
    def stage(self) -> str:
        """The furthest stage it has reached, as a word."""
        if self.won_at:
            return "won"
        if self.opportunity_at:
            return "opportunity"
        return "qualified" if self.qualified_at else "lead"
