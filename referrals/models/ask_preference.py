"""What people told us about being asked."""

from django.db import models

from contacts.models import PersonModel


class AskPreference(PersonModel):
    """
    Whether and when a contact wants to be asked for referrals again; one row each.

    No ask goes out before ``snoozed_until``, and none at all once ``never_since`` is set.
    """

    merging = "combines"
    # Who is asked by mistake after all must still be left alone.
    erasing = "kept"

    snoozed_until = models.DateTimeField(null=True, blank=True)
    never_since = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact"], name="one_preference_each"),
        ]
        indexes = [
            models.Index(
                fields=["snoozed_until"],
                name="ask_snoozed_until",
                condition=models.Q(snoozed_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        if self.never_since:
            return f"Contact {self.contact_id} never"
        return f"Contact {self.contact_id} not before {self.snoozed_until}"
