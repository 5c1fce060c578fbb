"""What we were told about a contact, and when."""

from django.conf import settings
from django.db import models

from contacts.models.person import PersonModel
from contacts.models.source import Source


class AttributeChange(PersonModel):
    """
    What one message, edit or report said about a contact; append-only.

    The value of an attribute at a time is the one of the newest change before it that names
    it, by (``at``, ``order_key``): so late and repeated messages change nothing that a newer
    one has said. None takes an attribute away. The fields of a contact go by their names
    (``first_name``, ``email``); what a client merely noticed, and nobody stated, begins with
    "noticed:" and gives way to what was stated.
    """

    merging = "moves"
    erasing = "deleted"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    at = models.DateTimeField()
    # Decides between two of the same instant, and makes a change count once.
    order_key = models.CharField(max_length=200)
    values = models.JSONField()
    # What caused it: "identify", "by_hand", "import", "conversion", …
    cause = models.CharField(max_length=40)
    # The identifier it came under, which takes it along when contacts merge or part.
    identifier_id = models.BigIntegerField(null=True, blank=True)
    receipt_id = models.BigIntegerField(null=True, blank=True)
    source = models.ForeignKey(
        Source,
        on_delete=models.SET_NULL,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "at", "order_key"], name="attribute_change_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.cause} at {self.at:%Y-%m-%d %H:%M:%S}"
