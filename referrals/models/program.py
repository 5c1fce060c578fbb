"""Referral programs, and the hosts that they may lead to."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models, transaction
from django.db.models.functions import Now
from django.urls import reverse

from referrals import theme
from referrals.models.stage_rule import begin_program
from referrals.tags import TAGS


class ProgramQuerySet(models.QuerySet["Program"]):
    """Sets of programs."""

    def running(self) -> "ProgramQuerySet":
        """Keep those that have not ended."""
        return self.filter(ended_at=None)


class Program(models.Model):
    """
    What is offered to those who refer, and to those who are referred.

    ``destination_url`` is where a friend arrives: an address on an allowed host, or a path
    that begins with a slash for a page of this very site. A blank share text means the
    general one.
    """

    class Landing(models.TextChoices):
        """What a friend sees first."""

        DESTINATION = "destination", "Straight to the destination"
        OFFER = "offer", "A page with the offer first"

    class PauseCause(models.TextChoices):
        """Why it is paused."""

        HAND = "hand", "Paused by hand"
        BUDGET = "budget", "The budget is used up"

    class Scheme(models.TextChoices):
        """Whether the public pages are light or dark."""

        AUTO = theme.AUTO, "As the device of each person wants it"
        LIGHT = theme.LIGHT, "Always light"
        DARK = theme.DARK, "Always dark"

    class ClickChoice(models.TextChoices):
        """Which of several visits counts."""

        LAST = "last", "The last one before the sign-up"
        FIRST = "first", "The first one"

    name = models.CharField(max_length=120, unique=True)
    # The language of the texts below; others are in ``ProgramTranslation``.
    locale = models.CharField(max_length=35, default="en", db_default="en")
    # When one of them was written last; null if there is none.
    translated_at = models.DateTimeField(null=True, blank=True)
    # How the public pages look: the color of buttons, and a picture by its hash.
    accent = models.CharField(
        max_length=7,
        default=theme.USUAL,
        db_default=theme.USUAL,
        validators=[
            RegexValidator(
                r"\A#[0-9a-f]{6}\Z", "Write the color like #15693b, in small letters."
            )
        ],
    )
    scheme = models.CharField(
        max_length=5, choices=Scheme, default=Scheme.AUTO, db_default=Scheme.AUTO
    )
    logo_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    logo_width = models.PositiveSmallIntegerField(default=0, db_default=0)
    logo_height = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Who speaks to friends and advocates: the shop, as they know it.
    brand = models.CharField(max_length=80)
    # What the advocate reads.
    offer_headline = models.CharField(max_length=120)
    offer_text = models.TextField(blank=True)
    # What the friend reads.
    friend_headline = models.CharField(max_length=120)
    friend_text = models.TextField(blank=True)
    friend_button = models.CharField(max_length=60, blank=True)
    # Stands next to every link that is shared: "I get $20 too."
    disclosure = models.CharField(max_length=200)
    share_text = models.TextField()
    share_email_subject = models.CharField(max_length=150, blank=True)
    share_email_text = models.TextField(blank=True)
    share_whatsapp_text = models.TextField(blank=True)
    share_x_text = models.CharField(max_length=250, blank=True)
    share_linkedin_text = models.TextField(blank=True)
    share_sms_text = models.CharField(max_length=300, blank=True)
    destination_url = models.CharField(max_length=2000)
    landing = models.CharField(
        max_length=20, choices=Landing, default=Landing.DESTINATION
    )
    # What is added to the destination's address; see ``referrals.tags``.
    tag_template = models.CharField(
        max_length=500, blank=True, default=TAGS, db_default=TAGS
    )
    # The small print of the offer, and where the shop says what it does with data.
    friend_conditions = models.TextField(blank=True, default="", db_default="")
    privacy_url = models.URLField(max_length=500, blank=True, default="", db_default="")
    # Friends are offered nothing from then on, though nobody ended the program.
    expires_at = models.DateTimeField(null=True, blank=True)
    # How long "Not now" lasts if the person picks nothing.
    snooze_days = models.PositiveSmallIntegerField(
        default=75, validators=[MinValueValidator(60), MaxValueValidator(90)]
    )
    # How long after a visit a sign-up still belongs to the advocate.
    window_days = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    # Who gets the credit: see ``referrals.attribution``.
    click_choice = models.CharField(
        max_length=10, choices=ClickChoice, default=ClickChoice.LAST
    )
    code_beats_click = models.BooleanField(default=True)
    excludes_paid_ads = models.BooleanField(default=False)
    # Whether imported history may bring referrals; that it tells who was a customer, always.
    counts_history = models.BooleanField(default=False)
    # Who is a customer already, and so nobody's friend, besides those whose orders we know.
    customers_audience = models.ForeignKey(
        "audiences.Audience",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    customers_list = models.ForeignKey(
        "contacts.ContactList",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # Everybody whom we knew before that day is one as well.
    customers_before = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_because = models.CharField(
        max_length=10, choices=PauseCause, blank=True, default="", db_default=""
    )
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    # The locale that a copy speaks, which ``referrals.wording`` made; blank for the program itself.
    spoken = ""

    objects = ProgramQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(snooze_days__range=(60, 90)),
                name="snooze_60_to_90_days",
            ),
            models.CheckConstraint(
                condition=models.Q(window_days__range=(1, 365)),
                name="window_1_to_365_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """
        Write the row, and what events mean if it is new.

        A copy in another language is for reading only.
        """
        if self.spoken:
            raise TypeError("expected the program itself, got a localized copy")
        is_new = self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_new:
                begin_program(self)

    @property
    def is_running(self) -> bool:
        """Whether it has not been ended; it may be paused, or its offer expired."""
        return self.ended_at is None

    def stop_at(self, now: datetime) -> str:
        """Say why friends are offered nothing: ended, expired, paused, spent; blank if they are."""
        if self.ended_at:
            return "ended"
        if self.expires_at and self.expires_at <= now:
            return "expired"
        if self.paused_at:
            is_spent = self.paused_because == self.PauseCause.BUDGET
            return "spent" if is_spent else "paused"
        return ""

    @property
    def theme_url(self) -> str:
        """Where the stylesheet with the program's colors is."""
        color, scheme = self.accent.removeprefix("#"), self.scheme
        version = theme.version_of(self.accent, scheme)
        return reverse("referrals_theme", args=[color, scheme, version])

    @property
    def logo_url(self) -> str:
        """Where the program's logo is; blank if it has none."""
        if not self.logo_digest:
            return ""
        return reverse("referrals_logo", args=[self.logo_digest])


class AllowedHost(models.Model):
    """
    A host that referral links may lead to.

    ``host`` is lower case, in ASCII, with a port only where it is not the usual one.
    """

    host = models.CharField(max_length=260, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = "allowed destination"

    def __str__(self) -> str:
        return self.host


class LandingPlace(models.Model):
    """
    A page of the destination that a link may lead to instead of the usual one.

    A link names it by its word, ``?p=espresso``; so no address can be slipped into a link.
    """

    program = models.ForeignKey(
        Program, on_delete=models.CASCADE, related_name="places"
    )
    word = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    destination_url = models.CharField(max_length=2000)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "word"], name="place_once_per_program"
            ),
        ]

    def __str__(self) -> str:
        return self.name
