"""Introductions: a note that an advocate forwards, and what the friend makes of it."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from contacts.models import PersonModel
from referrals.models.program import Program


class IntroSetting(models.Model):
    """
    Whether a program offers introductions, and what its notes speak of.

    ``calendar_url`` may hold ``{{ intro }}`` and ``{{ program }}``; its host is an allowed one.
    """

    program = models.OneToOneField(
        Program, on_delete=models.CASCADE, related_name="intro_setting"
    )
    # What customers gain, what it is, and whom the friend would talk to.
    outcome = models.CharField(max_length=160)
    product = models.CharField(max_length=120)
    rep = models.CharField(max_length=120, blank=True)
    calendar_url = models.CharField(max_length=2000, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return f"Introductions of {self.program}"


class IntroText(models.Model):
    """
    What an introduction says in one language; a change makes a new version.

    Never changed, so that it can be shown what somebody has agreed to.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE)
    locale = models.CharField(max_length=35)
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=150)
    # What the advocate forwards.
    note = models.TextField()
    # What the friend reads, and what he agrees to.
    paragraph = models.TextField()
    opt_in = models.CharField(max_length=500)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "locale", "version"], name="intro_text_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program}, {self.locale}, version {self.version}"


class Intro(PersonModel):
    """
    One introduction: ``contact`` is the advocate.

    Nothing is known of the friend until he agrees; then ``friend_contact_id`` names him, and
    ``text`` what he has agreed to. Who says no leaves only that, and whether the advocate may
    know.
    """

    class By(models.TextChoices):
        """How the friend agreed."""

        FORM = "form", "On the page"
        BOOKING = "booking", "By booking a time"

    # The friend may become a part of another contact.
    merging = "combines"
    erasing = "kept"
    references = ("friend_contact_id",)

    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    written_at = models.DateTimeField()
    # The advocate may be named to the friend.
    shows_name = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    tells_advocate = models.BooleanField(default=False)
    accepted_at = models.DateTimeField(null=True, blank=True)
    # By the form of the page, or by booking a time.
    accepted_by = models.CharField(max_length=10, choices=By, blank=True)
    text = models.ForeignKey(
        IntroText, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False
    )
    # Another person, on another shard: a plain number. The index serves merges.
    friend_contact_id = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, friend_contact_id=None)
                | models.Q(accepted_at__isnull=False, friend_contact_id__isnull=False),
                name="friend_known_once_accepted",
            ),
        ]
        indexes = [
            models.Index(fields=["-written_at", "-id"], name="intros_newest"),
            # Those of an advocate.
            models.Index(
                fields=["contact", "program", "-written_at"], name="intros_of_advocate"
            ),
        ]

    def __str__(self) -> str:
        return f"Introduction {self.pk} by contact {self.contact_id}"

    @property
    def is_open(self) -> bool:
        """Whether the friend has not answered yet."""
        return self.closed_at is None and self.accepted_at is None


class IntroRefusal(models.Model):
    """
    An address whose owner wants no introductions by a program, as a keyed hash.

    Whoever forwards a note afterwards: no lead is made of this address.
    """

    sharded_by = "digest"

    program = models.ForeignKey(Program, on_delete=models.CASCADE, db_constraint=False)
    digest = models.BinaryField(max_length=32)
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "program"], name="intro_refused_once"
            ),
        ]

    def __str__(self) -> str:
        return f"No introductions by program {self.program_id} since {self.refused_at:%Y-%m-%d}"
