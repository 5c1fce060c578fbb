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
    inside = nodes.walk(parse_condition(rule))
    return {node.audience_id for node in inside if isinstance(node, nodes.InAudience)}


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
    ``refresh_due_at`` is null until the members have been filled for the first time.
    """

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    rule = models.JSONField()
    rule_version = models.PositiveIntegerField(default=1)
    depth = models.PositiveSmallIntegerField(default=0)
    size = models.BigIntegerField(default=0)
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


class AudienceRefresh(Work):
    """Filling an audience after its rule was made or changed."""

    audience = models.ForeignKey(
        Audience, on_delete=models.CASCADE, related_name="refreshes"
    )

    class Meta:
        indexes = [
            models.Index(fields=["state", "lease_until"], name="audience_refresh_due"),
        ]

    def __str__(self) -> str:
        return f"Filling {self.audience_id}: {self.state}"
