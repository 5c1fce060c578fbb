"""Contacts in a program, and the codes that name them for ever."""

from django.db import models

from contacts.models import PersonModel
from referrals.codes import CODE_LENGTH
from referrals.models.program import Program


class Advocate(PersonModel):
    """A contact in a program, with a link that never dies."""

    merging = "combines"
    erasing = "kept"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)
    code = models.CharField(max_length=CODE_LENGTH)
    joined_at = models.DateTimeField()

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
    plain numbers. Lower case; sharded by its own value.
    """

    sharded_by = "code"
    merging = "points"
    # It leads a friend on for ever, and names nobody.
    erasing = "kept"

    code = models.CharField(max_length=CODE_LENGTH, unique=True)
    # The index finds all codes of a contact who becomes a part of another.
    contact_id = models.BigIntegerField(db_index=True)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_constraint=False)

    def __str__(self) -> str:
        return self.code
