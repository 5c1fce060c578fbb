"""Pictures in mails, served to whoever opens one."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Picture(models.Model):
    """
    A picture, as we have drawn it anew from what was uploaded; named by its hash.

    It never changes, for mails that have left show it for years. ``look_due_at`` is when it is
    looked at next whether any campaign shows it still.
    """

    digest = models.CharField(max_length=64, unique=True)
    # png, jpg or gif.
    extension = models.CharField(max_length=4)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    content = models.BinaryField()
    # What the file was called.
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    look_due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.digest[:8]})"
