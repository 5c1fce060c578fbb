"""What a friend brought along that names an advocate."""

from django.db import models

from contacts.models import PersonModel

VALUE_LENGTH = 100


class Clue(PersonModel):
    """
    A click id, a code, a coupon or an introduction that came with something of the contact.

    Kept whether it counts or not: ``referrals.claims`` says which do. A code counts from each
    time that it is typed, and ``key`` names the event with which it was; of the others the
    first time is kept, with a blank key.
    """

    merging = "combines"
    erasing = "deleted"

    class Source(models.TextChoices):
        """What it is."""

        CLICK = "click", "Click id"
        CODE = "code", "Code"
        COUPON = "coupon", "Coupon"
        DEVICE = "device", "Address of a page with our click id"
        EMAIL = "email", "Accepted introduction"
        AD = "ad", "Click on an ad"

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    source = models.CharField(max_length=10, choices=Source)
    value = models.CharField(max_length=VALUE_LENGTH)
    key = models.CharField(max_length=200, blank=True)
    # The event that it came with; blank for a message that is none.
    event = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField()
    is_historical = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "source", "value", "key"], name="clue_once"
            ),
        ]
        indexes = [
            # Who came with it, for people who ask.
            models.Index(fields=["value"], name="clues_by_value"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.value} of contact {self.contact_id}"
