"""How programs look and speak: logos, and their texts in further languages."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from referrals.models.program import Program


class Logo(models.Model):
    """A picture, as we have drawn it anew from what was uploaded; named by its hash."""

    digest = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return self.digest[:12]


class ProgramTranslation(models.Model):
    """
    What a program says in one locale.

    ``texts`` holds fields of the program by their names; a blank or missing one is looked for
    in the wider locale, then in the program itself. ``words`` replaces sentences of our own on
    the pages where an ask is answered, also in the program's own locale.
    """

    program = models.ForeignKey(
        Program, on_delete=models.CASCADE, related_name="translations"
    )
    locale = models.CharField(max_length=35)
    texts = models.JSONField(default=dict)
    words = models.JSONField(default=dict)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "locale"], name="one_translation_per_locale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program_id} in {self.locale}"
