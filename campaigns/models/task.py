"""What a campaign gives a person of ours to do."""

from django.conf import settings
from django.db import models

from campaigns.models.campaign import Campaign
from contacts.models import PersonModel


class Task(PersonModel):
    """
    One thing to do about one contact: by hand, with ready words.

    Of a step, or of an ask that goes on in person. ``owner_hint`` is what the contact's
    attribute says where no user of that address or name exists. One per run of a step.
    """

    merging = "combines"
    erasing = {"title": "", "text": "", "owner_hint": ""}
    follows = ("enrollment_id", "campaigns.Enrollment")

    class Kind(models.TextChoices):
        """What is to be done."""

        TASK = "task", "Task"
        DM = "dm", "Personal message"
        CALL = "call", "Call"

    class State(models.TextChoices):
        """Whether it is still to be done."""

        OPEN = "open", "Open"
        DONE = "done", "Done"
        DISMISSED = "dismissed", "Dismissed"
        WITHDRAWN = "withdrawn", "No longer needed"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_constraint=False
    )
    enrollment_id = models.BigIntegerField()
    step_key = models.CharField(max_length=20)
    visit = models.PositiveIntegerField()
    # Null for a task that asks for nothing.
    ask_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TASK)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    owner_hint = models.CharField(max_length=254, blank=True)
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # Without an index: who deletes a user may wait.
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "enrollment_id", "visit"],
                name="one_task_per_step_run",
            ),
        ]
        indexes = [
            # What is to be done, the most urgent first.
            models.Index(
                fields=["due_on", "id"],
                condition=models.Q(state="open"),
                name="tasks_open",
            ),
            # What was done last.
            models.Index(
                fields=["-closed_at", "-id"],
                condition=models.Q(closed_at__isnull=False),
                name="tasks_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.get_state_display()})"
