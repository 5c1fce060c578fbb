"""Where events come from, and the keys that their clients show."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class SourceQuerySet(models.QuerySet["Source"]):
    """Which sources."""

    def untrusted(self) -> "SourceQuerySet":
        """Those that anybody can speak for."""
        return self.filter(kind__in=PUBLIC, trusted_at=None)


class Source(models.Model):
    """
    A website, an app or a server that sends us events.

    What a browser or an app sends, anybody can send: its key is readable. Such a source is
    *public*, and its events pay no rewards unless somebody has said that they may.
    """

    class Kind(models.TextChoices):
        """What sends."""

        BROWSER = "browser", "Website"
        MOBILE = "mobile", "Mobile app"
        SERVER = "server", "Server"
        FILE = "file", "Files"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    # Links to the site may carry events (?ajs_event=…); anybody can write such a link.
    reads_links = models.BooleanField(default=False)
    # Whether a claim of an address may link whom we know by that address alone.
    recognizes = models.BooleanField(default=True, db_default=True)
    plan = models.ForeignKey(
        "contacts.TrackingPlan",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sources",
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    trusted_at = models.DateTimeField(null=True, blank=True)
    trusted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = SourceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        """Whether its key can be read by anybody who looks."""
        return self.kind in PUBLIC

    @property
    def is_trusted(self) -> bool:
        """Whether its events may pay rewards, and its word is more than a claim."""
        return not self.is_public or self.trusted_at is not None


# Kinds whose keys can be read by anybody who looks.
PUBLIC = (Source.Kind.BROWSER, Source.Kind.MOBILE)


class WriteKeyQuerySet(models.QuerySet["WriteKey"]):
    """Which keys."""

    def valid(self, now: datetime) -> "WriteKeyQuerySet":
        """Those that open a door now."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=now)
        return self.filter(unexpired, revoked_at=None, source__disabled_at=None)


class WriteKey(models.Model):
    """
    A key of a source: a hash, and the beginning by which people know it again.

    A key that is replaced goes on working until ``expires_at``.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = WriteKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.prefix}…"


class SourceVolume(models.Model):
    """How many messages of a source ended how, for each hour in which they arrived."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="volumes")
    hour = models.DateTimeField()
    # A state of a receipt, or "duplicate".
    outcome = models.CharField(max_length=20)
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "hour", "outcome"], name="source_volume_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.hour:%Y-%m-%d %H:00} {self.outcome}"
