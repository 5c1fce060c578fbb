"""Credit that a person of ours gave, moved or took away."""

from django.conf import settings
from django.db import models

from contacts.models import PersonModel
from referrals.models.program import Program


class CreditDecision(PersonModel):
    """
    Who decided by hand about the credit for a friend, when and why; never changed.

    ``contact`` is the friend. The advocates are plain numbers: the one who had the credit
    before, and the one who has it since.
    """

    merging = "moves"
    erasing = {"reason": ""}
    references = ("from_contact_id", "to_contact_id")

    class Kind(models.TextChoices):
        """What was done."""

        GIVEN = "given", "Credit given"
        MOVED = "moved", "Credit moved to another advocate"
        WITHDRAWN = "withdrawn", "Credit withdrawn"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    referral_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    from_contact_id = models.BigIntegerField(null=True, blank=True)
    to_contact_id = models.BigIntegerField(null=True, blank=True)
    reason = models.TextField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        indexes = [
            models.Index(fields=["-decided_at", "-id"], name="credit_decisions_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.decided_at:%Y-%m-%d %H:%M:%S}"
