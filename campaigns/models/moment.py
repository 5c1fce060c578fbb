"""Moments that wait: what qualified a contact, and what it is that has to come yet."""

from django.db import models

from campaigns.models.campaign import Campaign
from contacts.models import PersonModel


class Moment(PersonModel):
    """
    A moment of a campaign that has neither become an enrollment nor been refused yet.

    It is looked at again at ``due_at``; what came of it takes its place. ``PLANNED`` ones are
    moments of the future, such as a date, which may still be called off.
    """

    merging = "moves"
    erasing = "deleted"

    # We compute it: that the row exists shows no activity of the contact.
    is_derived = True

    class Wait(models.TextChoices):
        """What it waits for."""

        DATA = "data", "Data that may still arrive"
        RAMP = "ramp", "A place on a later day"
        TURN = "turn", "The end of the present pass"
        CAMPAIGN = "campaign", "The campaign to run"
        DATE = "date", "The date to come"
        SNOOZE = "snooze", "The end of the rest"
        ANSWER = "answer", "An answer, or none"

    PLANNED = (Wait.DATE, Wait.SNOOZE, Wait.ANSWER)

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    key = models.CharField(max_length=80)
    moment_at = models.DateTimeField()
    came_at = models.DateTimeField()
    waits_for = models.CharField(max_length=10, choices=Wait)
    due_at = models.DateTimeField()
    # When waiting for data ends.
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "campaign", "key"], name="one_waiting_moment"
            ),
        ]
        indexes = [
            # What is due; how many wait for what.
            models.Index(
                fields=["campaign", "waits_for", "due_at"], name="moments_of_campaign"
            ),
            models.Index(fields=["campaign", "due_at"], name="moments_due"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} waits for {self.waits_for}: {self.key}"
