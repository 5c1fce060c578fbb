"""The base of long work: a row with state, progress, rate, a lease and an error."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class WorkState(models.TextChoices):
    """Where a piece of long work stands."""

    QUEUED = "queued", "Waiting for a worker"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


class Work(models.Model):
    """
    Long work that a page can show: it survives leaving the page and a killed worker.

    A worker holds it through a lease (``contacts.work.claim``); every later write repeats
    ``lease_owner`` and ``attempts`` and stops at once if it hits no row.
    """

    state = models.CharField(max_length=20, choices=WorkState, default=WorkState.QUEUED)
    # What it is doing now, in words for the page: "Checking addresses".
    phase = models.CharField(max_length=80, blank=True)
    done_count = models.BigIntegerField(default=0)
    total_count = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in {WorkState.DONE, WorkState.FAILED, WorkState.CANCELED}

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100; 0 while the total is unknown."""
        if self.total_count <= 0:
            return 100 if self.state == WorkState.DONE else 0
        return min(100, self.done_count * 100 // self.total_count)

    def rate(self, now: datetime) -> float:
        """Rows per second since it started."""
        if self.started_at is None:
            return 0.0
        seconds = ((self.finished_at or now) - self.started_at).total_seconds()
        return self.done_count / seconds if seconds > 0 else 0.0

    def remaining(self, now: datetime) -> timedelta | None:
        """How long it will take at the present rate; None while that is unknown."""
        rate = self.rate(now)
        if rate <= 0 or self.total_count <= self.done_count:
            return None
        return timedelta(seconds=(self.total_count - self.done_count) / rate)
