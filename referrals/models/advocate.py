"""Contacts in a program, and the codes that name them for ever."""

from django.conf import settings
from django.db import models

from contacts.models import PersonModel
from referrals.codes import NAME_LENGTH
from referrals.models.program import Program


class Advocate(PersonModel):
    """A contact in a program, with a link that never dies."""

    merging = "combines"
    # The name of a link goes, too, by ``referrals.naming``: it may be the person's own.
    erasing = {"blocked_because": ""}

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    # What is shown: the drawn code, or the name that was chosen for the link.
    code = models.CharField(max_length=NAME_LENGTH)
    joined_at = models.DateTimeField()
    # Friends may see the first name since then; null if the advocate has not agreed.
    name_shown_at = models.DateTimeField(null=True, blank=True)
    # The link leads on, and earns nothing, since then.
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    blocked_because = models.CharField(
        max_length=300, blank=True, default="", db_default=""
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "program"], name="advocate_once_per_program"
            ),
        ]
        indexes = [
            # The advocates of a program, newest first.
            models.Index(
                fields=["program", "-joined_at", "-id"], name="advocates_of_program"
            ),
            models.Index(fields=["-joined_at", "-id"], name="advocates_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.code} of contact {self.contact_id}"


class ReferralCode(models.Model):
    """
    A look-up from a code to the advocate who owns it.

    Never deleted and never given to somebody else, even after the advocate is gone: hence
    plain numbers. Lower case; sharded by its own value. A name that a person chose becomes
    a keyed hash when the person is forgotten: see ``referrals.naming``.
    """

    class Kind(models.TextChoices):
        """Where it comes from."""

        DRAWN = "drawn", "Drawn by us"
        CHOSEN = "chosen", "Chosen"
        IMPORTED = "imported", "From another tool"

    sharded_by = "code"
    merging = "points"
    # It leads a friend on for ever, and names nobody.
    erasing = "kept"

    code = models.CharField(max_length=NAME_LENGTH, unique=True)
    kind = models.CharField(
        max_length=10, choices=Kind, default=Kind.DRAWN, db_default=Kind.DRAWN
    )
    # Of those that were not drawn together with the advocate.
    created_at = models.DateTimeField(null=True, blank=True)
    # The index finds all codes of a contact who becomes a part of another.
    contact_id = models.BigIntegerField(db_index=True)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)

    def __str__(self) -> str:
        return self.code
