"""What all advocates of a program are to be told."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from referrals.models.program import Program


class ProgramNotice(models.Model):
    """
    Word to everybody in a program: it becomes an event on each advocate, bit by bit.

    ``reached`` is the last contact who was told; ``done_at`` is empty while some are left.
    """

    class Kind(models.TextChoices):
        """What is told."""

        CHANGED = "changed", "The program changes"
        ENDED = "ended", "The program ends"

    program = models.ForeignKey(Program, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # A number of a person, not a reference: where to go on.
    reached = models.BigIntegerField(default=0)
    told_count = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(done_at=None),
                name="notices_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.program}"
