"""Work on a friend or a reward that failed, and is tried again."""

from django.db import models

from contacts.models import PersonModel


class Setback(PersonModel):
    """
    Something that could not be done for a contact, with the error.

    It stands aside, so that the others go on, and goes once the work is done. ``row_id`` is the
    referral or the reward that it is about, 0 where it is about the contact.
    """

    merging = "moves"
    # The error may quote anything.
    erasing = "deleted"

    class Work(models.TextChoices):
        """What could not be done."""

        CREDIT = "credit", "See who gets the credit for a friend"
        JUDGE = "judge", "Check a referral for fraud"
        RECKON = "reckon", "Reckon rewards"
        SETTLE = "settle", "Approve or deliver a reward"
        ACCOUNT = "account", "Send account credit"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    work = models.CharField(max_length=10, choices=Work)
    row_id = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField()
    failed_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "work", "row_id"], name="setback_once"
            ),
        ]
        indexes = [
            # What is tried again next.
            models.Index(fields=["work", "due_at"], name="setbacks_due"),
        ]

    def __str__(self) -> str:
        return f"{self.work} of contact {self.contact_id}: {self.error[:40]}"
