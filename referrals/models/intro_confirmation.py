"""Addresses that were typed on an introduction's page, until their owners confirm them."""

from django.db import models

from contacts.models import PersonModel
from referrals.models.intro import IntroText

ADDRESS_LENGTH = 254
FRIEND_NAME_LENGTH = 80


class IntroConfirmation(PersonModel):
    """
    What somebody typed to be introduced; ``contact`` is the advocate.

    It names nobody yet: only who opens the mail to ``address`` and presses the button there
    becomes a contact. ``due_at`` is when the mail leaves, and once it has, when all this is
    deleted.
    """

    merging = "moves"
    erasing = "deleted"
    follows = ("intro_id", "referrals.Intro")

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    intro_id = models.BigIntegerField()
    address = models.CharField(max_length=ADDRESS_LENGTH)
    # The keyed hash by which the same address is known again.
    digest = models.CharField(max_length=64)
    first_name = models.CharField(max_length=FRIEND_NAME_LENGTH, blank=True)
    last_name = models.CharField(max_length=FRIEND_NAME_LENGTH, blank=True)
    language = models.CharField(max_length=8)
    # The advocate may see the friend's first name.
    shows_name = models.BooleanField(default=False)
    # What was agreed to, in which version.
    text = models.ForeignKey(IntroText, on_delete=models.PROTECT, db_constraint=False)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "intro_id", "digest"],
                name="intro_confirmed_once_per_address",
            ),
        ]
        indexes = [
            # What is to be sent or deleted next.
            models.Index(fields=["due_at", "id"], name="intro_mails_due"),
            # How many mails an address got lately, whoever introduces it.
            models.Index(fields=["digest", "asked_at"], name="intro_mails_of_address"),
        ]

    def __str__(self) -> str:
        return f"Address typed for introduction {self.intro_id}"
