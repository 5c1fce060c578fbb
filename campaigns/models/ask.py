"""Asks, what became of them, and the budget that they are taken from."""

from django.db import models

from campaigns.models.ask_kind import KIND_SQL, MINUTES_SQL
from campaigns.models.campaign import Campaign, CampaignVersion
from contacts.models import PersonModel


class Answer(models.TextChoices):
    """What the person said."""

    YES = "yes", "Yes"
    NOT_NOW = "not_now", "Not now"
    NEVER = "never", "Don't ask me again"


class Evidence(models.IntegerChoices):
    """How sure it is that the person passed the link on; a higher one wins."""

    NONE = 0, "None"
    INFERRED = 1, "Inferred: a friend came through the link"
    PROBABLE = 2, "Probable: copied, or an app to share was opened"
    CONFIRMED = 3, "Confirmed: the device said that it was sent"


class Ask(PersonModel):
    """
    One request for a referral: one contact, one moment, one unit of the budget.

    Facts are timestamps, each the first time; a stage is reached if it or a later one is set.

    What reports sort asks by is written down when the ask is made, so that it stays as it was
    when the contact changes or is forgotten: ``channel`` is the first rung, ``variant`` the side
    of the last split or cohort before it, ``moment_at`` the green light (null for members that
    a start let in).
    """

    merging = "combines"
    erasing = "kept"
    follows = ("enrollment_id", "campaigns.Enrollment")

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
    program_id = models.BigIntegerField()
    enrollment_id = models.BigIntegerField()
    step_key = models.CharField(max_length=20)
    visit = models.PositiveIntegerField()
    # The day of the contact's own calendar that counts for the budget.
    asked_on = models.DateField()
    asked_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    viewed_at = models.DateTimeField(null=True, blank=True)
    intent_at = models.DateTimeField(null=True, blank=True)
    invite_sent_at = models.DateTimeField(null=True, blank=True)
    lead_at = models.DateTimeField(null=True, blank=True)
    qualified_at = models.DateTimeField(null=True, blank=True)
    opportunity_at = models.DateTimeField(null=True, blank=True)
    won_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # The channel of the rung that got the answer; blank if nobody can tell.
    answered_via = models.CharField(max_length=20, blank=True, db_default="")
    # Nothing was handed over, so the unit went back to the budget.
    refunded_at = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=20, blank=True, db_default="")
    locale = models.CharField(max_length=35, blank=True, db_default="")
    variant = models.CharField(max_length=41, blank=True, db_default="")
    moment_at = models.DateTimeField(null=True, blank=True)
    # Opened or followed by anybody, machines included.
    opened_at = models.DateTimeField(null=True, blank=True)
    evidence = models.PositiveSmallIntegerField(
        choices=Evidence, default=Evidence.NONE, db_default=0
    )
    # What an ask may do harm to; see campaigns.asks.harm.
    complained_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    # What the person said of us in a survey soon after; null if nobody asked.
    is_content = models.BooleanField(null=True, blank=True)
    # Worked out by the database, for reports: campaigns.models.ask_kind.
    kind = models.GeneratedField(
        expression=models.Func(template=KIND_SQL, output_field=models.IntegerField()),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    minutes = models.GeneratedField(
        expression=models.Func(
            template=MINUTES_SQL, output_field=models.BigIntegerField()
        ),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "enrollment_id", "visit"],
                name="one_ask_per_step_run",
            ),
        ]
        indexes = [
            # The reports of a campaign, by day.
            models.Index(fields=["campaign", "asked_at"], name="asks_of_campaign"),
            # The last ask of a contact in a program, to which a share or a lead belongs.
            models.Index(fields=["contact", "-asked_at"], name="asks_of_contact"),
            # The latest asks, for the home page; all asks of some days.
            models.Index(fields=["-asked_at", "-id"], name="asks_latest"),
            # Which languages there are.
            models.Index(fields=["locale"], name="asks_by_locale"),
        ]

    def __str__(self) -> str:
        return f"Ask of {self.contact_id} at {self.asked_at:%Y-%m-%d %H:%M}"


class AskBudget(PersonModel):
    """
    The ask budget of a contact, one row each: the row to lock before deciding about an ask.

    ``next_on`` is the first day of the contact's own calendar on which he may be asked again.
    """

    merging = "combines"
    erasing = "kept"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    last_asked_on = models.DateField(null=True, blank=True)
    next_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact"], name="one_budget_per_contact"),
        ]

    def __str__(self) -> str:
        return f"Budget of {self.contact_id}"


class Hold(PersonModel):
    """
    A guardrail said "not now" to an ask: why, until when, and what happens then; append-only.

    ``until`` is null where waiting would not help; ``then`` says what the flow did.
    """

    merging = "moves"
    erasing = {"details": {}}
    follows = ("enrollment_id", "campaigns.Enrollment")

    class Then(models.TextChoices):
        """What happens to the enrollment."""

        WAIT = "wait", "Waits"
        SKIP = "skip", "Goes on without the ask"
        EXIT = "exit", "Leaves the campaign"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    enrollment_id = models.BigIntegerField()
    step_key = models.CharField(max_length=20)
    visit = models.PositiveIntegerField()
    # Code of a guardrail: campaigns.guardrails.reasons.
    reason = models.CharField(max_length=40)
    details = models.JSONField(default=dict, blank=True)
    held_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    then = models.CharField(max_length=10, choices=Then)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "enrollment_id", "visit", "reason", "held_at"],
                name="hold_once",
            ),
        ]
        indexes = [
            # Held asks by reason, for the report.
            models.Index(
                fields=["campaign", "reason", "held_at"], name="holds_of_campaign"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} held: {self.reason}"
