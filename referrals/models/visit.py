"""What came through a referral link."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from contacts.models import PersonModel
from referrals.models.program import Program

CLICK_ID_LENGTH = 22


class Visit(PersonModel):
    """
    Somebody or something opened a referral link; ``contact`` is the link's advocate.

    All are kept; only those of people count. ``reason`` names the rule of
    ``referrals.robots`` that told. Address and browser are kept as keyed hashes.
    """

    merging = "combines"
    erasing = {
        "user_agent": "",
        "referrer_host": "",
        "address_hash": "",
        "visitor_key": "",
        "reason": "",
        "ad_parameter": "",
    }
    follows = ("advocate_id", "referrals.Advocate")

    class Kind(models.TextChoices):
        """Who it was."""

        HUMAN = "human", "Person"
        DUPLICATE = "duplicate", "Person, again within the hour"
        SELF = "self", "The advocate's own browser"
        PREVIEW = "preview", "Preview of a chat or social app"
        SCANNER = "scanner", "Mail security scanner"
        BOT = "bot", "Bot"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    advocate_id = models.BigIntegerField()
    visited_at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind)
    reason = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=20, blank=True)
    # Which poster, card or post the link was on, and which place it leads to.
    asset = models.CharField(max_length=40, blank=True, default="", db_default="")
    place = models.CharField(max_length=40, blank=True, default="", db_default="")
    # What a paid ad had added to the link's address, by name; blank if nothing.
    ad_parameter = models.CharField(
        max_length=12, blank=True, default="", db_default=""
    )
    user_agent = models.CharField(max_length=400, blank=True)
    referrer_host = models.CharField(max_length=253, blank=True)
    address_hash = models.CharField(max_length=32, blank=True)
    visitor_key = models.CharField(max_length=32)
    click_id = models.CharField(max_length=CLICK_ID_LENGTH)
    # When the visit is told as an event: one that comes from a mail of ours waits until it is
    # known that no scanner made it. Null if it is told, or never will be.
    tell_due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "click_id"], name="visit_has_its_click_id"
            ),
        ]
        indexes = [
            # "Was here within the hour", and the visits of an advocate.
            models.Index(
                fields=["contact", "advocate_id", "visited_at"],
                name="visits_of_advocate",
            ),
            # What is to be told next.
            models.Index(
                fields=["tell_due_at", "id"],
                condition=models.Q(tell_due_at__isnull=False),
                name="visits_to_tell",
            ),
            # All visits of some days, in reports: they come in the order of time.
            BrinIndex(fields=["visited_at"], name="visits_by_time", pages_per_range=16),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.visited_at:%Y-%m-%d %H:%M:%S}"


class ClickId(models.Model):
    """A look-up from a click id to the visit that it was given to; sharded by its value."""

    sharded_by = "click_id"
    merging = "points"
    named_by = ("referrals.Visit", "click_id")
    erasing = "kept"

    click_id = models.CharField(max_length=CLICK_ID_LENGTH, unique=True)
    contact_id = models.BigIntegerField()

    def __str__(self) -> str:
        return self.click_id


class WaitingVisit(PersonModel):
    """
    A visit that is recorded for good, and not looked at yet; ``contact`` is the advocate.

    A web process writes it with one statement before the friend is led on; a moment later a
    slice of background work judges it and makes a visit of it. It names no advocate but by
    contact and program, so that it follows when contacts become one.
    """

    merging = "moves"
    erasing = "deleted"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    click_id = models.CharField(max_length=CLICK_ID_LENGTH)
    arrived_at = models.DateTimeField()
    # See referrals.arrivals.keep.
    arrival = models.JSONField()

    class Meta:
        indexes = [
            # Whose click somebody has just brought along.
            models.Index(fields=["click_id"], name="waiting_visits_by_click"),
        ]

    def __str__(self) -> str:
        return f"Waiting since {self.arrived_at:%Y-%m-%d %H:%M:%S}"


class TrapHit(PersonModel):
    """
    Somebody followed a link that no person sees: in a mail to ``contact``, or on a page.

    Whoever does so follows every link there is, so all else from there is a machine's, too.
    """

    merging = "moves"
    erasing = {"address_hash": "", "visitor_key": ""}

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    hit_at = models.DateTimeField()
    address_hash = models.CharField(max_length=32, blank=True)
    visitor_key = models.CharField(max_length=32)

    class Meta:
        indexes = [
            # Who walked into it lately.
            models.Index(fields=["contact", "-hit_at"], name="trap_hits_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} at {self.hit_at:%Y-%m-%d %H:%M:%S}"
