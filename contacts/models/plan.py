"""What the sources should send, and where they differ."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from contacts.models.source import Source
from contacts.models.work import Work


class PlanReaction(models.TextChoices):
    """What happens to a message that breaks the plan."""

    ALLOW = "allow", "Allow, and say so"
    OMIT = "omit", "Leave the property out"
    BLOCK = "block", "Block the event"


class TrackingPlan(models.Model):
    """Which events, with which properties, the sources that follow it may send."""

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    # An event may be allowed or blocked; it can't be left out.
    unplanned_events = models.CharField(
        max_length=10, choices=PlanReaction, default=PlanReaction.ALLOW
    )
    unplanned_properties = models.CharField(
        max_length=10, choices=PlanReaction, default=PlanReaction.ALLOW
    )
    wrong_properties = models.CharField(
        max_length=10, choices=PlanReaction, default=PlanReaction.ALLOW
    )
    missing_properties = models.CharField(
        max_length=10, choices=PlanReaction, default=PlanReaction.ALLOW
    )
    # Goes up with each change, so that a grid that somebody else has changed is not overwritten.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return self.name


class PlannedEvent(models.Model):
    """An event that a plan knows, by its exact name."""

    plan = models.ForeignKey(
        TrackingPlan, on_delete=models.CASCADE, related_name="events"
    )
    kind = models.CharField(max_length=10, default="track")
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind", "name"], name="planned_event_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.kind


class PlannedProperty(models.Model):
    """A property of a planned event: of which types, and with which values."""

    event = models.ForeignKey(
        PlannedEvent, on_delete=models.CASCADE, related_name="properties"
    )
    path = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    is_required = models.BooleanField(default=False)
    # Names of types as in PropertyType; empty for any.
    types = models.JSONField(default=list, blank=True)
    # The values that are permitted; empty for any.
    permitted = models.JSONField(default=list, blank=True)
    # A regular expression for texts; blank for any.
    pattern = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "planned properties"
        constraints = [
            models.UniqueConstraint(
                fields=["event", "path"], name="planned_property_once"
            ),
        ]

    def __str__(self) -> str:
        return self.path


class Violation(models.Model):
    """A message broke the plan: where, how, and what was done."""

    sharded_by = "receipt_id"

    class Problem(models.TextChoices):
        """How."""

        UNPLANNED_EVENT = "unplanned_event", "Event is not planned"
        UNPLANNED = "unplanned", "Property is not planned"
        MISSING = "missing", "Required property is missing"
        WRONG_TYPE = "wrong_type", "Wrong type"
        NOT_PERMITTED = "not_permitted", "Value is not permitted"

    receipt_id = models.BigIntegerField(db_index=True)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=200, blank=True)
    problem = models.CharField(max_length=20, choices=Problem)
    path = models.CharField(max_length=250, blank=True)
    # What was expected, and the beginning of what came.
    details = models.CharField(max_length=300, blank=True)
    reaction = models.CharField(max_length=10, choices=PlanReaction)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            # The causes of the last days, counted without a look at the rows.
            models.Index(
                fields=["received_at"],
                include=[
                    "source",
                    "kind",
                    "name",
                    "problem",
                    "path",
                    "reaction",
                    "id",
                ],
                name="violation_causes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.path} {self.problem}"


class Repair(models.Model):
    """
    How messages of an event are put right before they are checked.

    ``steps`` are done in order: {"do": "rename_event", "to": …}, {"do": "rename", "path": …,
    "to": …}, {"do": "to_number", "path": …}, {"do": "to_text", "path": …},
    {"do": "drop", "path": …}, {"do": "set", "path": …, "value": …}.
    """

    # Blank for all sources.
    source = models.ForeignKey(
        Source,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="repairs",
    )
    kind = models.CharField(max_length=10, default="track")
    name = models.CharField(max_length=200)
    steps = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    disabled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Repair of {self.name}"


class Replay(Work):
    """
    Receipts that were blocked or rejected go through the drain again, in the background.

    Which: those of one kind of message, of a source or all, and of these, those with one problem
    or one reason. ``last_receipt_id`` is where it stands; what was understood on the way is
    no longer blocked or rejected, so going on or beginning anew changes nothing twice.
    """

    # Blank for all sources.
    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    receipt_state = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    # Campaigns react as if it had come in time; else it only counts.
    is_live = models.BooleanField(default=False)
    last_receipt_id = models.BigIntegerField(default=0)
    # Receipts that came after this replay was asked for are not its own.
    until_receipt_id = models.BigIntegerField()
    # How many ended in which state.
    counts = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"Replay of {self.receipt_state} {self.name or self.kind}".strip()
