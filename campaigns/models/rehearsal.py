"""Rehearsals of drafts on a past period, and what came of them."""

from django.db import models

from campaigns.models.campaign import Campaign
from campaigns.models.document import DocumentField
from contacts.models import PersonModel, Work


class Rehearsal(Work):
    """
    A draft, as it was when somebody asked, lived through a past period by the engine.

    ``results`` has the counts and what the charts show; the people are in ``RehearsedPerson``.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="rehearsals"
    )
    document = DocumentField()
    # The revision of the draft that was rehearsed.
    revision = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    results = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "lease_until"], name="rehearsal_due"),
        ]

    def __str__(self) -> str:
        return f"Rehearsal of {self.campaign} from {self.starts_at:%Y-%m-%d}"


class RehearsedPerson(PersonModel):
    """
    What would have happened to somebody: asked, held for a reason, refused, or not asked again.

    Nothing of it has ever happened. ``rival`` names the campaign that really asked within the
    ninety days after.
    """

    merging = "moves"
    erasing = "deleted"

    # We compute it: that the row exists shows no activity of the contact.
    is_derived = True

    class What(models.TextChoices):
        """What would have become of the person."""

        ASKED = "asked", "Asked"
        HELD = "held", "Held"
        REFUSED = "refused", "Not let in"
        MISSED = "missed", "Really asked, but not by the draft"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    rehearsal = models.ForeignKey(
        Rehearsal, on_delete=models.CASCADE, db_constraint=False
    )
    what = models.CharField(max_length=10, choices=What)
    at = models.DateTimeField()
    # Where the person lives, or the zone of the campaign.
    zone = models.CharField(max_length=64)
    reason = models.CharField(max_length=40, blank=True)
    step_key = models.CharField(max_length=20, blank=True)
    # Of an ask: when the campaign really asked in the period, and who asked soon after.
    really_at = models.DateTimeField(null=True, blank=True)
    rival = models.CharField(max_length=120, blank=True)
    rival_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "rehearsal", "what", "reason", "at"],
                name="rehearsed_once",
            ),
        ]
        indexes = [
            # The people of a rehearsal, in the order in which it would have happened.
            models.Index(fields=["rehearsal", "what", "at"], name="rehearsed_people"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.what} at {self.at:%Y-%m-%d %H:%M}"
