"""What the guardrails are told: which signs to heed, what goes wrong, how fast to send."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Guardrail(models.Model):
    """
    A sign that keeps people from being asked, as somebody has set it.

    ``code`` is one of ``campaigns.guardrails.rules``; what has no row is as it came.
    """

    code = models.CharField(max_length=40, unique=True)
    is_on = models.BooleanField(default=True)
    # Who shows the sign: a condition document.
    condition = models.JSONField(null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        permissions = [
            ("stop_everything", "May open and close incidents, and stop all messages"),
        ]

    def __str__(self) -> str:
        return self.code


class Incident(models.Model):
    """
    Something goes wrong, and nobody whom it concerns is asked for something meanwhile.

    ``scope`` says whom: a condition document, null for everybody. It goes on holding for the
    hours of ``cool_down_hours`` after it was closed: ``ends_at``, null while it is open.
    """

    class Kind(models.TextChoices):
        """What it holds."""

        INCIDENT = "incident", "Holds asks"
        STOP = "stop", "Stops every message"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.INCIDENT)
    title = models.CharField(max_length=200)
    scope = models.JSONField(null=True, blank=True)
    cool_down_hours = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # What another system calls it, which opened it by a key.
    reference = models.CharField(max_length=200, blank=True)
    opened_key = models.ForeignKey(
        "campaigns.IncidentKey",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at=None, ends_at=None)
                | models.Q(closed_at__isnull=False, ends_at__gte=models.F("closed_at")),
                name="incident_ends_once_closed",
            ),
            # One switch, which is on or off.
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind="stop", closed_at=None),
                name="one_stop_at_a_time",
            ),
            # Another system may tell of the same trouble often.
            models.UniqueConstraint(
                fields=["reference"],
                condition=models.Q(closed_at=None) & ~models.Q(reference=""),
                name="one_open_incident_per_reference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.opened_at:%Y-%m-%d %H:%M})"

    def holds_at(self, now: datetime) -> bool:
        """Whether it is open or cools down."""
        return self.ends_at is None or self.ends_at > now


class IncidentKey(models.Model):
    """
    A key with which another system opens and closes incidents.

    The key itself is shown once; we keep its hash, and its beginning to tell keys apart.
    """

    name = models.CharField(max_length=80)
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
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class SendingRate(models.Model):
    """
    How many messages may leave by a channel: a bucket that all senders take from.

    It fills by ``per_second`` up to ``burst``; ``tokens`` were in it at ``filled_at``.
    """

    channel = models.CharField(max_length=20, unique=True)
    per_second = models.FloatField()
    burst = models.PositiveIntegerField()
    tokens = models.FloatField(default=0)
    filled_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(per_second__gt=0, burst__gte=1, tokens__gte=0),
                name="sending_rate_lets_something_through",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.per_second:g} per second"
