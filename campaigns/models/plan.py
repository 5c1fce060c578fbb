"""What becomes of who is inside when a new version is published, and of whom it became so."""

from django.db import models

from campaigns.models.campaign import Campaign, CampaignVersion
from contacts.models import PersonModel, Work


class PublishPlan(Work):
    """
    What becomes of the people in flight when one version takes the place of another.

    Each publishing of a campaign that runs or is paused makes one; whom no action names
    finishes on his old version. ``actions`` is a list of::

        {"version": 3, "place": "k3f9", "is_open": false, "kind": "carry" | "map" | "exit",
         "target": "k3f9", "times": "keep" | "anew", "count": 214}

    ``count`` is how many the page had promised. The undo of a plan is a plan too, which
    ``undoes`` it.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="plans"
    )
    from_version = models.ForeignKey(
        CampaignVersion, on_delete=models.CASCADE, related_name="+"
    )
    to_version = models.ForeignKey(
        CampaignVersion, on_delete=models.CASCADE, related_name="+"
    )
    undoes = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="undo"
    )
    actions = models.JSONField(default=list, blank=True)
    # Over how long those are spread who go on at once.
    spread_minutes = models.PositiveIntegerField(default=0)
    # Whether mails of the former version that wait in the outbox get the new words.
    fixes_mails = models.BooleanField(default=False)
    # Contacts up to this id have been looked at.
    last_contact_id = models.BigIntegerField(default=0)
    moved_count = models.BigIntegerField(default=0)
    exited_count = models.BigIntegerField(default=0)
    mails_count = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            # The latest of a campaign.
            models.Index(fields=["campaign", "-id"], name="plans_of_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign}: from v{self.from_version_id} to v{self.to_version_id}"


class VersionMove(PersonModel):
    """
    A pass that a publish plan has moved, with where it stood and where it stands; append-only.

    ``place`` is the step at which people see it, and ``since`` since when: who sits out a delay
    stands before the next step. ``visit`` is that of the journal's entry about the move.
    """

    merging = "moves"
    erasing = "kept"
    follows = ("enrollment_id", "campaigns.Enrollment")

    class Kind(models.TextChoices):
        """What the plan did."""

        CARRY = "carry", "Goes on at the same step"
        MAP = "map", "Goes on at another step"
        EXIT = "exit", "Left the campaign"
        BACK = "back", "Was put back"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    plan = models.ForeignKey(
        PublishPlan,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="moves",
    )
    enrollment_id = models.BigIntegerField()
    visit = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    moved_at = models.DateTimeField()
    since = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=20, blank=True)
    from_version = models.ForeignKey(
        CampaignVersion,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    to_version = models.ForeignKey(
        CampaignVersion,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    old_step_key = models.CharField(max_length=20, blank=True)
    old_due_at = models.DateTimeField(null=True, blank=True)
    old_began_at = models.DateTimeField(null=True, blank=True)
    new_step_key = models.CharField(max_length=20, blank=True)
    new_due_at = models.DateTimeField(null=True, blank=True)
    new_began_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "enrollment_id", "plan"], name="moved_once_by_a_plan"
            ),
        ]
        indexes = [
            # Whom a plan has moved, in the order of contacts.
            models.Index(fields=["plan", "contact"], name="moves_of_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id} {self.kind} at {self.moved_at:%Y-%m-%d %H:%M}"
