"""When a slice of work was last rung for, and last answered."""

from django.db import models


class Doorbell(models.Model):
    """
    One row per slice of background work.

    ``rung_at`` is the last time a task was queued for it, ``answered_at`` the last time a
    worker took it up or made progress in it, ``rested_at`` the last time one left because
    nothing was left to do.
    """

    slice_name = models.CharField(max_length=60, unique=True)
    rung_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    rested_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.slice_name
