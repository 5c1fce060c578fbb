"""One pass of one contact through one campaign, and each step it took."""

from django.db import models

from campaigns.models.campaign import Campaign, CampaignVersion
from contacts.models import PersonModel, Work


class Enrollment(PersonModel):
    """
    One pass of a contact through a campaign, pinned to the version it began with.

    ``entry_key`` is derived from the moment that let it in ("once", "episode:3"), so the same
    moment enrolls once. An active one is due at ``due_at`` and stands before ``step_key``;
    ``visit`` counts the steps taken, so that each run of a step has a name of its own. While it
    stays at a step, in a wait or held by a guardrail, ``began_at`` is when it came there.
    """

    merging = "combines"
    erasing = {"error": ""}

    class State(models.TextChoices):
        """Whether it goes on."""

        ACTIVE = "active", "Active"
        COMPLETED = "completed", "Completed"
        CONVERTED = "converted", "Reached the goal"
        EXITED = "exited", "Left early"
        FAILED = "failed", "Stopped by an error"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    version = models.ForeignKey(
        CampaignVersion, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    entry_key = models.CharField(max_length=80)
    # What qualified the contact, and when: the green light. Blank on a member at the start.
    moment_key = models.CharField(max_length=80, blank=True, default="", db_default="")
    moment_at = models.DateTimeField()
    enrolled_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    # Blank at the end of the flow.
    step_key = models.CharField(max_length=20, blank=True)
    visit = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    # A word of campaigns.engine.outcomes for a pass that ended early.
    end_reason = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    goal_met_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "campaign", "entry_key"],
                name="one_enrollment_per_moment",
            ),
            models.UniqueConstraint(
                fields=["contact", "campaign"],
                condition=models.Q(state="active"),
                name="one_active_enrollment",
            ),
        ]
        indexes = [
            # What is due, step by step.
            models.Index(
                fields=["campaign", "step_key", "due_at"],
                condition=models.Q(state="active"),
                name="enrollment_due",
            ),
            # Who stays at a step: few of all who are before it.
            models.Index(
                fields=["campaign", "step_key"],
                condition=models.Q(state="active", began_at__isnull=False),
                name="enrollments_that_stay",
            ),
            # Whom an error has stopped, or keeps back.
            models.Index(
                fields=["-ended_at", "-id"],
                condition=models.Q(state="failed"),
                name="enrollments_failed",
            ),
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="active", attempts__gt=0),
                name="enrollments_failing",
            ),
            # Who entered a campaign, by day.
            models.Index(
                fields=["campaign", "enrolled_at"], name="enrollments_of_campaign"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.campaign_id} ({self.entry_key})"


class Refusal(PersonModel):
    """
    A moment that did not become an enrollment, and why; append-only.

    Enrollments and refusals together are the moments of a campaign: nobody is left out in
    silence.
    """

    merging = "moves"
    erasing = "kept"

    class Reason(models.TextChoices):
        """Why."""

        ALREADY_ENROLLED = "already_enrolled", "Has been in this campaign before"
        STILL_ACTIVE = "still_active", "Is still in this campaign"
        TOO_SOON = "too_soon", "Was asked by this campaign not long ago"
        NO_MATCH = "no_match", "Does not meet the condition for entering"
        TOO_OLD = "too_old", "Was told too late"
        NO_KEY = "no_key", "The event does not say for what it is"
        STOPPED = "stopped", "The campaign was stopped before"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    # The moment: "episode:3" of the audience, or "event:12", or "date:2026-05-01".
    moment_key = models.CharField(max_length=80)
    moment_at = models.DateTimeField()
    reason = models.CharField(max_length=20, choices=Reason)
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "campaign", "moment_key"], name="refused_once"
            ),
        ]
        indexes = [
            # Refusals by reason, for the report.
            models.Index(fields=["campaign", "reason"], name="refusals_of_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} refused: {self.reason}"


class StepRun(PersonModel):
    """
    A step that an enrollment went through: when, and what came of it; append-only.

    ``outcome`` is a word ("yes", "no", "waited", "asked", "held"); ``details`` are the values
    that decided it.
    """

    merging = "moves"
    erasing = {"details": {}}
    follows = ("enrollment_id", "campaigns.Enrollment")

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
    step_key = models.CharField(max_length=20)
    visit = models.PositiveIntegerField()
    ran_at = models.DateTimeField()
    outcome = models.CharField(max_length=20)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "enrollment_id", "visit"], name="step_runs_once"
            ),
        ]
        indexes = [
            # The counts on the flow.
            models.Index(
                fields=["campaign", "step_key", "outcome"], name="step_run_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id} {self.step_key} {self.outcome}"


class StartRun(Work):
    """
    The enrolling of contacts who are there already, part by part.

    ``source`` says who: blank for the members of the audience at the start, else {"list": 3},
    {"import": 5} or {"contacts": [7, 9]} for those that somebody lets in by hand, and
    {"dates": true} for everybody whose date is looked up.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="start_runs"
    )
    version = models.ForeignKey(CampaignVersion, on_delete=models.CASCADE)
    # Contacts up to this id have been enrolled.
    last_contact_id = models.BigIntegerField(default=0)
    enrolled_count = models.BigIntegerField(default=0)
    refused_count = models.BigIntegerField(default=0)
    waiting_count = models.BigIntegerField(default=0)
    source = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"Start of {self.campaign}"
