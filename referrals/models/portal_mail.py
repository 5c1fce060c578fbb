"""Mails that people have asked for on their own page."""

from django.db import models

from contacts.models import PersonModel


class PortalMail(PersonModel):
    """
    A link that somebody wants by mail: to the own page, or to the own data; one row of each.

    ``due_at`` is set while it waits. It is emptied before the mail is handed over, so that
    none leaves twice; who got none asks again.
    """

    merging = "moves"
    erasing = "deleted"

    class Kind(models.TextChoices):
        """Where the link leads."""

        PAGE = "page", "To the own page"
        DATA = "data", "To the own data"

    kind = models.CharField(max_length=5, choices=Kind)
    language = models.CharField(max_length=8)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind"], name="one_portal_mail_per_kind"
            ),
        ]
        indexes = [
            # What is to be sent next.
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(due_at__isnull=False),
                name="portal_mails_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.contact_id}"
