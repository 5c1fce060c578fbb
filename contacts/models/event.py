"""What happened to a contact; append-only."""

from django.db import models
from django.db.models.functions import Now

from contacts.models.person import PersonModel
from contacts.models.source import Source


class Event(PersonModel):
    """
    Something that happened to a contact at a time.

    ``key`` is the natural name of the happening, derived from its cause (an order number, a
    row of ours): the same key for the same contact and name is the same event, once. For
    what a source sent it is "source id:message id", which also names its receipt.
    """

    merging = "moves"
    erasing = "deleted"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    properties = models.JSONField(default=dict, blank=True)
    # Of an event that a source sent: which, and the identifier it came under, which takes it
    # along when contacts merge or part.
    source = models.ForeignKey(
        Source,
        on_delete=models.SET_NULL,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
    )
    identifier_id = models.BigIntegerField(null=True, blank=True)
    # Told after the fact, as from a file: it counts, and nobody reacts to it.
    is_historical = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "name", "key"], name="event_counts_once"
            ),
        ]
        indexes = [
            # A contact's timeline, and "did it within a window" for known contacts.
            models.Index(
                fields=["contact", "name", "occurred_at"], name="event_of_contact"
            ),
            # "Did it within a window" for everybody.
            models.Index(
                fields=["name", "occurred_at", "contact"], name="event_by_name"
            ),
            # The few that came before their time.
            models.Index(
                fields=["name", "occurred_at"],
                name="event_came_early",
                condition=models.Q(received_at__lt=models.F("occurred_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.occurred_at:%Y-%m-%d %H:%M:%S}"


# What happens to a contact without being an event: an attribute or a list has changed.
CONTACT_CHANGED = "contact_changed"
# The same, of a contact of whom everything may be different: he was made, merged or parted.
CONTACT_REMADE = "contact_remade"


class WatchedEvent(models.Model):
    """
    An event name for which a consumer wants a reaction row with each new event.

    ``CONTACT_CHANGED`` may be watched like a name. Nobody reacts to what is historical, but
    for who watches with ``tells_history``: that consumer hears of history and of nothing
    else, and must start nothing because of it.
    """

    consumer = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    tells_history = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consumer", "name"], name="watched_event_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} watches {self.name}"


class Reaction(PersonModel):
    """
    A consumer has yet to react to an event of the contact.

    Written with the event in one statement; the consumer deletes it in the transaction that
    does the work. So nothing is skipped, whatever order transactions commit in.

    Of a changed contact there is one row, with 0 for the event (of one that was made anew,
    with -1); ``receipt_id`` then names the message that changed it last.
    """

    merging = "moves"
    erasing = "deleted"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    consumer = models.CharField(max_length=60)
    event_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    receipt_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "consumer", "event_id"], name="reaction_once"
            ),
        ]
        indexes = [
            models.Index(fields=["consumer", "created_at"], name="reaction_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} reacts to {self.name} {self.event_id}"
