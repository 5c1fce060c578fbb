"""What became of each message that a source sent."""

from django.db import models

from contacts.models.source import Source


class Receipt(models.Model):
    """
    A message with what became of it: unsampled, whether accepted, rejected or blocked.

    It is also the look-up that makes a message count once: the first copy of a message id of
    a source wins, later ones are counted in ``copies``. ``payload`` is the message as it
    came, but for what PostgreSQL can't store; it is emptied when its time is over, and then
    the receipt still counts. The contact is the one that the identifier names today.
    """

    sharded_by = "message_id"

    class State(models.TextChoices):
        """What became of it."""

        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        BLOCKED = "blocked", "Blocked"

    source = models.ForeignKey(
        Source,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
    )
    message_id = models.CharField(max_length=100)
    # The type of the message: "track", "identify", …; blank if it has none.
    kind = models.CharField(max_length=10, blank=True)
    # The name of the event, as the timeline and the audiences know it.
    name = models.CharField(max_length=200, blank=True)
    # The identifiers as they came.
    user_id = models.CharField(max_length=254, blank=True)
    anonymous_id = models.CharField(max_length=254, blank=True)
    # The identifier it was booked under (contacts.Identifier).
    identifier_id = models.BigIntegerField(null=True, blank=True)
    event_id = models.BigIntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    understood_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State)
    # Why it was refused: one of a closed list of words, and the sentence for people.
    reason = models.CharField(max_length=40, blank=True)
    details = models.TextField(blank=True)
    # What was unusual: "clamped", "oversize", "long_id", "untrusted", …
    flags = models.JSONField(default=list, blank=True)
    copies = models.PositiveIntegerField(default=0)
    last_copy_at = models.DateTimeField(null=True, blank=True)
    is_historical = models.BooleanField(default=False)
    payload = models.JSONField(null=True, blank=True)
    # What it did: how the contact was found, what was linked or merged, what was omitted.
    outcome = models.JSONField(default=dict, blank=True)
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "message_id"],
                nulls_distinct=False,
                name="message_counts_once",
            ),
        ]
        indexes = [
            # What went wrong, newest first; nearly all of it goes right.
            models.Index(
                fields=["state", "-id"],
                name="receipt_refused",
                condition=~models.Q(state="accepted"),
            ),
            # Why it was refused in the last days, counted without a look at the messages; and
            # of how many the message is not kept any more.
            models.Index(
                fields=["received_at"],
                include=["source", "state", "kind", "name", "reason", "id"],
                name="receipt_refused_causes",
                condition=~models.Q(state="accepted"),
            ),
            models.Index(
                fields=["received_at"],
                include=["source", "state", "kind", "name", "reason"],
                name="receipt_refused_emptied",
                condition=~models.Q(state="accepted") & models.Q(payload__isnull=True),
            ),
            # What a person sent, newest first.
            models.Index(
                fields=["identifier_id", "-id"],
                name="receipt_of_identifier",
                condition=models.Q(identifier_id__isnull=False),
            ),
            # What was refused is booked under nobody; it is found by whom it names.
            models.Index(
                fields=["user_id"],
                name="receipt_refused_user",
                condition=~models.Q(state="accepted") & ~models.Q(user_id=""),
            ),
            models.Index(
                fields=["anonymous_id"],
                name="receipt_refused_anonymous",
                condition=~models.Q(state="accepted") & ~models.Q(anonymous_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.message_id}".strip()


class PayloadLimit(models.Model):
    """Up to which receipt the payloads are empty, because their time is over; one row."""

    emptied_to_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Empty up to {self.emptied_to_id}"
