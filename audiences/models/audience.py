"""Saved rules, and the long work of filling them."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from audiences.conditions import nodes
from audiences.conditions.parse import parse_condition
from contacts.models import Work


def audiences_in(rule: object) -> set[int]:
    """Gather the ids of the audiences that a condition document names."""
    return nodes.audience_ids(parse_condition(rule))


class AudienceQuerySet(models.QuerySet["Audience"]):
    """Audiences by what may happen to them."""

    def live(self) -> "AudienceQuerySet":
        """Leave out what is archived."""
        return self.filter(archived_at__isnull=True)

    def due(self, now: datetime) -> "AudienceQuerySet":
        """Select those whose members must be looked at again."""
        return self.live().filter(refresh_due_at__lte=now)


class Audience(models.Model):
    """
    Everybody for whom a rule holds, kept by a refresh.

    ``rule`` is a condition document. ``rule_version`` counts its changes, so that a refresh
    that began before a change writes nothing after it. ``depth`` is 0 for a rule that names
    no audience, else one more than the deepest one it names: the order of refreshing.
    ``counts_from`` leaves earlier events out of account (but not out of traits); null counts
    all there are.
    ``refresh_due_at`` is null until the members have been filled for the first time.
    """

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    rule = models.JSONField()
    rule_version = models.PositiveIntegerField(default=1)
    depth = models.PositiveSmallIntegerField(default=0)
    counts_from = models.DateTimeField(null=True, blank=True)
    size = models.BigIntegerField(default=0)
    # The newest moment as of which contacts were judged; no later look may be of an earlier one.
    judged_at = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    refresh_due_at = models.DateTimeField(null=True, blank=True)
    refresh_milliseconds = models.PositiveIntegerField(default=0)
    refresh_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = AudienceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["refresh_due_at"], name="audience_due"),
        ]

    def __str__(self) -> str:
        return self.name

    def names_audiences(self) -> set[int]:
        """Gather the ids of the audiences that the rule names."""
        return audiences_in(self.rule)

    @property
    def is_filled(self) -> bool:
        """Whether the members have been looked up since the rule was last changed."""
        return self.refresh_due_at is not None


class AudienceVersion(models.Model):
    """What an audience was from a change of its rule until the next one; append-only."""

    audience = models.ForeignKey(
        Audience, on_delete=models.CASCADE, related_name="versions"
    )
    # The ``rule_version`` of the audience at that time.
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    counts_from = models.DateTimeField(null=True, blank=True)
    # How many fitted when it was saved; null where nobody counted.
    size = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
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
                fields=["audience", "number"], name="audience_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audience_id} version {self.number}"


class Telling(models.TextChoices):
    """Who of those for whom a changed rule holds is told to the campaigns that begin with it."""

    EVERYONE = "everyone", "Everyone who fits, who was in it before too"
    ENTERING = "entering", "Only who enters by this change"
    NOBODY = "nobody", "Nobody; only who enters later"


class AudienceRefresh(Work):
    """
    Filling an audience after its rule was made or changed.

    ``tells`` says for whom the campaigns may begin that begin with the audience.
    """

    audience = models.ForeignKey(
        Audience, on_delete=models.CASCADE, related_name="refreshes"
    )
    tells = models.CharField(
        max_length=20,
        choices=Telling,
        default=Telling.ENTERING,
        db_default=Telling.ENTERING,
    )

    class Meta:
        indexes = [
            models.Index(fields=["state", "lease_until"], name="audience_refresh_due"),
        ]

    def __str__(self) -> str:
        return f"Filling {self.audience_id}: {self.state}"
