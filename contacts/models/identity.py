"""Why identifiers name the same person, and what merging did."""

from django.conf import settings
from django.db import models

from contacts.models.person import PersonModel


class IdentifierLink(models.Model):
    """
    Two identifiers were said to name one person.

    Who is who follows from the links alone, taken in the order of (``at``, ``order_key``) of
    what said so first, so it does not depend on what arrived first. A link that a guard
    refuses stays, refused, with its reason; one that somebody cut stays cut.

    What a source says whose key anybody can read is a *claim*. It counts after everything
    else, and never joins two users; the same said by who is trusted is a link of its own.
    Whether the source recognized people when it said so (``Source.recognizes``) the basis keeps,
    so that turning the switch changes nothing that was said before.
    """

    sharded_by = "first_id"

    class Basis(models.TextChoices):
        """What says so."""

        TOGETHER = "together", "Came in one message"
        ALIAS = "alias", "One replaced the other"
        EMAIL = "email", "Has the email address"
        BY_HAND = "by_hand", "Merged by hand"
        CLAIMED_ALIAS = "claimed_alias", "Claims to replace the other"
        CLAIMED_EMAIL = "claimed_email", "Claims the email address"
        RECOGNIZED_EMAIL = "recognized_email", "Recognized by the email address"

    # The identifier with the lower id comes first.
    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    basis = models.CharField(max_length=20, choices=Basis)
    at = models.DateTimeField()
    order_key = models.CharField(max_length=200)
    receipt_id = models.BigIntegerField(null=True, blank=True)
    # Blank if it holds; else the guard that refused it.
    refusal = models.CharField(max_length=40, blank=True)
    cut_at = models.DateTimeField(null=True, blank=True)
    cut_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["first_id", "second_id", "basis"], name="link_once"
            ),
        ]
        indexes = [
            models.Index(fields=["second_id"], name="link_of_second"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} – {self.second_id} ({self.basis})"


class Merge(PersonModel):
    """
    Two contacts became one; the journal restores both sides exactly.

    ``contact`` is who remained. ``journal`` names for each table the rows that moved, and
    holds the rows that were dropped or changed as they were.
    """

    merging = "moves"
    erasing = {"journal": {}, "strays_due_at": None}

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="merges",
    )
    merged_id = models.BigIntegerField(db_index=True)
    link_id = models.BigIntegerField(null=True, blank=True)
    cause = models.CharField(max_length=20, choices=IdentifierLink.Basis)
    receipt_id = models.BigIntegerField(null=True, blank=True)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    journal = models.JSONField(default=dict)
    # When to look for rows that somebody wrote under the contact that is gone.
    strays_due_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        indexes = [
            # The merges after which strays are to be looked for.
            models.Index(
                fields=["strays_due_at"],
                name="merge_strays",
                condition=models.Q(strays_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.contact_id}"
