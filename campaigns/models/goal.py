"""Goals that people reached, each once for a pass."""

from django.db import models

from campaigns.models.campaign import Campaign, CampaignVersion
from contacts.models import PersonModel


class GoalReached(PersonModel):
    """
    A pass reached a goal: when it happened, and what had touched the person before.

    ``goal`` is "goal" for the primary one, else the key of a tracked one. It is credited if a
    message or an ask had reached the person before and not too long ago; with the touch NONE it
    happened before anything had, which is shown and never credited. An event that is told late
    may date it back; ``dated_from`` is what it was at first.
    """

    merging = "moves"
    erasing = "kept"
    follows = ("enrollment_id", "campaigns.Enrollment")

    # We compute it: that the row exists shows no activity of the contact.
    is_derived = True

    class Touch(models.TextChoices):
        """What had to come before."""

        DELIVERED = "delivered", "A message had reached the person"
        VIEWED = "viewed", "The person had seen a message"
        ANY = "any", "Counts with or without a message"
        NONE = "none", "Happened before any message"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    enrollment_id = models.BigIntegerField()
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    version = models.ForeignKey(
        CampaignVersion, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    goal = models.CharField(max_length=20)
    occurred_at = models.DateTimeField()
    touch = models.CharField(max_length=10, choices=Touch)
    touched_at = models.DateTimeField(null=True, blank=True)
    # The ask, or the message of none, that touched the person last before.
    ask_id = models.BigIntegerField(null=True, blank=True)
    message_id = models.BigIntegerField(null=True, blank=True)
    noted_at = models.DateTimeField()
    dated_from = models.DateTimeField(null=True, blank=True)
    dated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "enrollment_id", "goal"], name="goal_reached_once"
            ),
        ]
        indexes = [
            # The report, by the day on which it happened and by the day of the touch.
            models.Index(
                fields=["campaign", "goal", "occurred_at"], name="goals_by_day"
            ),
            models.Index(
                fields=["campaign", "goal", "touched_at"], name="goals_by_touch"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} reached {self.goal} at {self.occurred_at:%Y-%m-%d}"
