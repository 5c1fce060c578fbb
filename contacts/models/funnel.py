"""Stages that people pass through, mapped to events."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Funnel(models.Model):
    """
    Stages in order, each with the events that mean it.

    ``stages`` is [{"name": "Signed up", "events": ["signed_up", "Signed Up"]}, …]; who has
    done a stage has done the ones before it first, the whole way within ``window_days``.
    """

    name = models.CharField(max_length=120, unique=True)
    stages = models.JSONField(default=list)
    window_days = models.PositiveIntegerField(default=30)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return self.name
