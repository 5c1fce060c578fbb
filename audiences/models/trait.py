"""Values computed from events."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Trait(models.Model):
    """
    A value computed from the events of a contact or of an account, whenever it is asked for.

    ``definition`` is a document (``conditions/LANGUAGE.md``). ``key`` is made of the name once
    and stays: exports and messages know the trait by it. ``measured`` tells how the values are
    distributed, as of ``measured_at``: no condition depends on it.
    """

    name = models.CharField(max_length=120, unique=True)
    key = models.SlugField(max_length=140, unique=True)
    description = models.TextField(blank=True)
    definition = models.JSONField()
    # Counts the changes of the definition.
    version = models.PositiveIntegerField(default=1)
    measured = models.JSONField(default=dict, blank=True)
    measured_at = models.DateTimeField(null=True, blank=True)
    measure_due_at = models.DateTimeField(null=True, blank=True)
    measure_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        indexes = [
            models.Index(fields=["measure_due_at"], name="trait_measure_due"),
        ]

    def __str__(self) -> str:
        return self.name
