"""Where credit on people's accounts is booked."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class RewardWebhook(models.Model):
    """
    The address of your product that books credit, and the secret with which we sign.

    Secrets are sealed (``contacts.sealed``); after a new one is made, the old one signs too
    until ``old_secret_until``.
    """

    name = models.CharField(max_length=80, unique=True)
    url = models.CharField(max_length=500)
    key = models.CharField(max_length=40, unique=True)
    secret = models.TextField()
    old_secret = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # The kill switch: what is on its way waits.
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return self.name

    @property
    def seal_purpose(self) -> str:
        """For what its secrets are sealed: they open nothing in another row."""
        return f"referrals.rewardwebhook:{self.key}"

    def has_two_secrets(self, now: datetime) -> bool:
        """Whether the old secret still signs."""
        return self.old_secret_until is not None and now < self.old_secret_until
