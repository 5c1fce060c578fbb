"""The offer, sent to a friend who asked for it."""

from django.db import models

from contacts.models import PersonModel
from referrals.models.program import Program


class OfferMail(PersonModel):
    """
    A friend asked on the landing page to get the offer by mail; ``contact`` is the advocate.

    The friend is no contact of ours by that. ``address`` is emptied once the mail has left or
    was given up; ``digest`` is the keyed hash by which a second one is known. ``statement`` is
    what the friend agreed to, in the words and the version that stood on the page.
    """

    merging = "combines"
    erasing = {"address": "", "visitor_key": ""}
    follows = ("advocate_id", "referrals.Advocate")

    class State(models.TextChoices):
        """Where it is."""

        QUEUED = "queued", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        SILENT = "silent", "Not sent: the address wants no mail"
        FAILED = "failed", "Could not be sent"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    advocate_id = models.BigIntegerField()
    address = models.CharField(max_length=254, blank=True)
    digest = models.CharField(max_length=64)
    visitor_key = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=8)
    place = models.CharField(max_length=40, blank=True)
    click_id = models.CharField(max_length=22, blank=True)
    statement = models.TextField(blank=True)
    version = models.CharField(max_length=20)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "advocate_id", "digest"], name="offer_mailed_once"
            ),
        ]
        indexes = [
            # What is to be sent next.
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(due_at__isnull=False),
                name="offers_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"Offer of {self.contact_id}: {self.get_state_display()}"
