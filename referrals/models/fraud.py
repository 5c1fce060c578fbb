"""What fraud checks look at, what they found, and what people decided."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from contacts.models import PersonModel
from referrals.models.program import Program


class FraudSignal(PersonModel):
    """
    Something that two people rarely share: a device, a browser, a mailbox, a phone.

    ``value`` is a keyed hash, so that signals can be compared and not read.
    """

    merging = "moves"
    erasing = "deleted"

    class Kind(models.TextChoices):
        """What is shared."""

        MAILBOX = "mailbox", "Mailbox"
        DEVICE = "device", "Device"
        BROWSER = "browser", "Network address and browser"
        ADDRESS = "address", "Network address"
        PHONE = "phone", "Phone number"
        POSTAL = "postal", "Postal address"
        PAYMENT = "payment", "Means of payment"
        PAYOUT = "payout", "Payout account"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=32)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind", "value"], name="signal_once_per_person"
            ),
        ]
        indexes = [
            # Who else has it.
            models.Index(fields=["kind", "value", "contact"], name="signal_holders"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of contact {self.contact_id}"


class FraudPolicy(models.Model):
    """
    What a program does with what checks find; without a row, the defaults count.

    ``checks`` maps the kind of a check to what differs from its defaults: see
    ``referrals.fraud.policy``.
    """

    program = models.OneToOneField(
        Program, on_delete=models.CASCADE, related_name="fraud_policy"
    )
    checks = models.JSONField(default=dict, blank=True)
    # So many points hold a referral.
    hold_points = models.PositiveSmallIntegerField(default=60)
    # How long people may take to decide about what is held.
    review_days = models.PositiveSmallIntegerField(default=7)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name_plural = "fraud policies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hold_points__range=(1, 1000)),
                name="hold_points_1_to_1000",
            ),
            models.CheckConstraint(
                condition=models.Q(review_days__range=(1, 90)),
                name="review_1_to_90_days",
            ),
        ]

    def __str__(self) -> str:
        return f"Fraud checks of {self.program_id}"


class FraudCase(PersonModel):
    """
    How a referral was judged last; one row each, ``contact`` is the friend.

    ``points`` and ``rank`` say how strong the findings are: the rank is that of the strongest
    action (``referrals.fraud.verdict``). ``changes`` counts how often the verdict changed.
    """

    merging = "moves"
    erasing = "kept"
    follows = ("referral_id", "referrals.Referral")

    class Verdict(models.TextChoices):
        """What came of it; the referral's ``fraud_state`` says the same."""

        CLEAR = "clear", "Clear"
        HELD = "held", "Held"
        REJECTED = "rejected", "Rejected"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    referral_id = models.BigIntegerField()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    verdict = models.CharField(max_length=10, choices=Verdict)
    points = models.PositiveSmallIntegerField(default=0)
    rank = models.PositiveSmallIntegerField(default=0)
    changes = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField()
    # Since when it waits for a person, and by when he should have decided.
    held_at = models.DateTimeField(null=True, blank=True)
    review_due_at = models.DateTimeField(null=True, blank=True)
    # A person had approved it, and then something stronger was found.
    reopened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "referral_id"], name="fraud_case_once"
            ),
        ]
        indexes = [
            # The review queue, most urgent first.
            models.Index(
                fields=["review_due_at", "id"],
                name="fraud_review_queue",
                condition=models.Q(verdict="held"),
            ),
        ]

    def __str__(self) -> str:
        return f"Referral {self.referral_id} is {self.verdict}"


class FraudFinding(PersonModel):
    """
    What a check sees in a referral now; ``contact`` is the friend.

    ``evidence`` holds numbers, times and words of ours, nothing that names a person. A finding
    that is in shadow counts for nothing: it only shows what the check would have said.
    """

    merging = "moves"
    erasing = {"evidence": {}}
    follows = ("referral_id", "referrals.Referral")

    class Action(models.TextChoices):
        """What the program does with it."""

        SHADOW = "shadow", "Note only"
        SCORE = "score", "Adds points"
        HOLD = "hold", "Holds"
        REJECT = "reject", "Rejects"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    referral_id = models.BigIntegerField()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    check_kind = models.CharField(max_length=30)
    action = models.CharField(max_length=10, choices=Action)
    score = models.PositiveSmallIntegerField()
    is_shadow = models.BooleanField(default=False)
    evidence = models.JSONField(default=dict, blank=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "referral_id", "check_kind"],
                name="finding_once_per_check",
            ),
        ]
        indexes = [
            # What each check of a program finds.
            models.Index(
                fields=["program", "check_kind", "found_at"], name="findings_of_check"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_kind} in referral {self.referral_id}"


class FraudDecision(PersonModel):
    """
    What a person decided about a referral; append-only, the last one counts.

    It remembers how strong the findings were, for only something stronger reopens it.
    """

    merging = "moves"
    erasing = {"note": ""}
    follows = ("referral_id", "referrals.Referral")

    class Verdict(models.TextChoices):
        """Which way."""

        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    class Reason(models.TextChoices):
        """Why, as one of a closed list."""

        KNOWN_PEOPLE = "known_people", "Two different people, we checked"
        HOUSEHOLD = "household", "One household or office"
        OUR_MISTAKE = "our_mistake", "The check was wrong"
        GOODWILL = "goodwill", "Goodwill"
        SELF_REFERRAL = "self_referral", "Referred themselves"
        FAKE_ACCOUNT = "fake_account", "The friend does not exist"
        RING = "ring", "People who refer one another for the reward"
        PUBLIC_CODE = "public_code", "Code published or advertised"
        OTHER = "other", "Something else"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    referral_id = models.BigIntegerField()
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.TextField(blank=True)
    points = models.PositiveSmallIntegerField(default=0)
    rank = models.PositiveSmallIntegerField(default=0)
    # The checks that had found something, by kind.
    checks = models.JSONField(default=list, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        indexes = [
            # The last one of a referral.
            models.Index(
                fields=["contact", "referral_id", "-decided_at", "-id"],
                name="decisions_of_referral",
            ),
            # What was decided lately, and how often checks were wrong.
            models.Index(
                fields=["program", "-decided_at", "-id"], name="decisions_newest"
            ),
        ]

    def __str__(self) -> str:
        return f"Referral {self.referral_id} {self.verdict}"


class RingWatch(models.Model):
    """How far the nightly look for rings has come; one row."""

    began_at = models.DateTimeField(null=True, blank=True)
    done_to_id = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "ring watches"

    def __str__(self) -> str:
        return f"Rings up to referral {self.done_to_id}"
