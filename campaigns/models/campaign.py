"""Campaigns, their drafts, and the versions that run."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now

from campaigns.models.document import DocumentField


class Campaign(models.Model):
    """
    Trigger, flow, goal and exit; a draft that is edited and a published version that runs.

    ``draft`` is a document as ``campaigns.flows.definition`` describes it. Whoever saves it
    names the ``revision`` he has seen; a newer one is a conflict and is shown as one.
    """

    class State(models.TextChoices):
        """What it does now."""

        DRAFT = "draft", "Draft"
        SCHEDULED = "scheduled", "Scheduled"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        STOPPING = "stopping", "Stopping"
        STOPPED = "stopped", "Stopped"
        FINISHED = "finished", "Finished"

    # It waits for its start; people move; it has begun and is not over; it is over for good.
    BEFORE = (State.DRAFT, State.SCHEDULED)
    MOVES = (State.RUNNING, State.STOPPING)
    ALIVE = (State.RUNNING, State.PAUSED, State.STOPPING)
    OVER = (State.STOPPED, State.FINISHED)

    name = models.CharField(max_length=120)
    program = models.ForeignKey("referrals.Program", on_delete=models.PROTECT)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    # A higher number wins when two campaigns want the same person.
    priority = models.PositiveSmallIntegerField(default=50)
    draft = DocumentField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    published = models.ForeignKey(
        "campaigns.CampaignVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # When it starts by itself; set while it is scheduled.
    starts_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # Set while it is paused.
    paused_at = models.DateTimeField(null=True, blank=True)
    # Since when nobody is let in any more, while who is inside goes on.
    closed_at = models.DateTimeField(null=True, blank=True)
    # As the published version says: over when all are through whom a hand has let in.
    is_one_shot = models.BooleanField(default=False, db_default=False)
    # When it ended for good: stopped, or finished by itself.
    stopped_at = models.DateTimeField(null=True, blank=True)
    # Since when lists leave it out.
    archived_at = models.DateTimeField(null=True, blank=True)
    # When goal and exit were last looked at for everybody in it.
    goals_checked_at = models.DateTimeField(null=True, blank=True)
    # Until when somebody is at it; who dies leaves it to the next one.
    goals_lease_until = models.DateTimeField(null=True, blank=True)
    # When complaints and bounces of its ramp were last looked at.
    ramp_checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [
            ("publish_campaign", "May start, pause, resume and stop campaigns"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="draft") | models.Q(published__isnull=False),
                name="only_published_campaigns_run",
            ),
            models.CheckConstraint(
                condition=models.Q(state="scheduled", starts_at__isnull=False)
                | ~models.Q(state="scheduled") & models.Q(starts_at__isnull=True),
                name="scheduled_for_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignVersion(models.Model):
    """
    What was published is what runs: a definition that never changes.

    ``definition`` is the draft as it was, with every mail compiled to HTML.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField()
    # The revision of the draft that was published: each becomes one version at most.
    revision = models.PositiveIntegerField()
    definition = DocumentField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"], name="version_number_once"
            ),
            models.UniqueConstraint(
                fields=["campaign", "revision"], name="revision_published_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it once; a published version is never changed."""
        if self.pk is not None:
            raise ValidationError(
                "A published version can't be changed. Publish a new one."
            )
        super().save(*args, **kwargs)


class CampaignChange(models.Model):
    """What was done to a campaign: published, started, paused, stopped …; append-only."""

    class Change(models.TextChoices):
        """What was done."""

        PUBLISHED = "published", "Published"
        UNPUBLISHED = "unpublished", "Took back"
        SCHEDULED = "scheduled", "Start scheduled"
        UNSCHEDULED = "unscheduled", "Start canceled"
        NOT_STARTED = "not_started", "Start called off"
        STARTED = "started", "Started"
        PAUSED = "paused", "Paused"
        RESUMED = "resumed", "Resumed"
        CLOSED = "closed", "Entrance closed"
        STOPPED = "stopped", "Stopped"
        FINISHED = "finished", "Finished"
        ARCHIVED = "archived", "Archived"
        RESTORED = "restored", "Restored from the archive"

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="changes"
    )
    change = models.CharField(max_length=20, choices=Change)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # Numbers that say what it did: {"version": 2}, {"ended": 120, "canceled": 14}.
    details = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.campaign} {self.change} at {self.changed_at:%Y-%m-%d %H:%M}"


class DraftRevisionQuerySet(models.QuerySet["DraftRevision"]):
    """Edits of drafts."""

    def done(self) -> "DraftRevisionQuerySet":
        """Select those that are in the draft."""
        return self.filter(undone_at=None)

    def undone(self) -> "DraftRevisionQuerySet":
        """Select those that were taken back, and may be done again."""
        return self.filter(undone_at__isnull=False)


class DraftRevision(models.Model):
    """
    The draft as it was before an edit; what undo goes back to.

    Of an edit that was undone it is the draft as it was after it, for redo.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="revisions"
    )
    number = models.PositiveIntegerField()
    draft = DocumentField()
    # What the edit did, in words: "Moved the step 'Wait 3 days'".
    summary = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = DraftRevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"], name="draft_revision_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} draft {self.number}"
