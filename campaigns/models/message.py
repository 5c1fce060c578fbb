"""The outbox: one row per message, with everything that happened to it."""

from django.db import models
from django.db.models.functions import Now

from campaigns.models.campaign import Campaign, CampaignVersion
from campaigns.models.connection import Connection
from contacts.models import PersonModel

# Channels that lead through a connection to another system.
PASSED_ON = tuple(sorted(Connection.Purpose.values))


class Message(PersonModel):
    """
    One message to one person on one channel.

    queued → claimed → handing_over → accepted | refused | unknown; a claim that dies before
    ``handing_over`` goes back to queued; one that dies later is unknown and is never sent
    again by itself. ``lease_owner`` and ``attempts`` fence every write of a sender.

    What no sender sends is ``waiting``: for the person to come to the product (in_app), or for
    one of ours to do the task (dm, call); done, it is accepted.
    """

    merging = "combines"
    erasing = {"address": "", "subject": "", "details": ""}
    follows = ("enrollment_id", "campaigns.Enrollment")

    class State(models.TextChoices):
        """Where it is on its way out."""

        QUEUED = "queued", "Waiting to be sent"
        WAITING = "waiting", "Waiting for the person or a colleague"
        CLAIMED = "claimed", "Being prepared"
        HANDING_OVER = "handing_over", "Being handed over"
        ACCEPTED = "accepted", "Accepted by the mail server"
        REFUSED = "refused", "Refused by the mail server"
        UNKNOWN = "unknown", "Outcome unknown"
        FAILED = "failed", "Could not be made"
        CANCELED = "canceled", "Canceled"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    version = models.ForeignKey(
        CampaignVersion, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    enrollment_id = models.BigIntegerField()
    step_key = models.CharField(max_length=20)
    visit = models.PositiveIntegerField()
    # Null for a message that is not an ask.
    ask_id = models.BigIntegerField(null=True, blank=True)
    channel = models.CharField(max_length=20, default="email")
    # Where it leads through another system.
    connection = models.ForeignKey(
        Connection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    address = models.CharField(max_length=254)
    # Random; the left part of the Message-ID and the tag in provider events.
    tag = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # How often its sender died while preparing it.
    recoveries = models.PositiveSmallIntegerField(default=0, db_default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Taken back after it was shown: by the next rung, by an answer elsewhere, by the end.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # A word of campaigns.channels.causes, and what the server said.
    cause = models.CharField(max_length=40, blank=True)
    details = models.TextField(blank=True)
    subject = models.CharField(max_length=250, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "enrollment_id", "visit", "channel"],
                name="one_message_per_step_run",
            ),
        ]
        indexes = [
            # What is to be sent next in a campaign, and what is to be tried again: apart,
            # and by campaign, so that neither a paused campaign nor a long queue is in the way.
            models.Index(
                fields=["campaign", "due_at", "id"],
                condition=models.Q(state="queued", attempts=0),
                name="messages_to_send",
            ),
            models.Index(
                fields=["campaign", "due_at", "id"],
                condition=models.Q(state="queued", attempts__gt=0),
                name="messages_to_try_again",
            ),
            # What is to be passed on to other systems next, apart from what is mail.
            models.Index(
                fields=["campaign", "due_at", "id"],
                condition=models.Q(state="queued", channel__in=PASSED_ON),
                name="messages_to_pass_on",
            ),
            # What other systems did not take, by each of them.
            models.Index(
                fields=["connection", "-finished_at", "-id"],
                condition=models.Q(
                    state__in=["failed", "refused"], connection__isnull=False
                ),
                name="messages_not_taken",
            ),
            # Claims whose sender has died.
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state__in=["claimed", "handing_over"]),
                name="messages_in_hand",
            ),
            models.Index(fields=["campaign", "state"], name="messages_of_campaign"),
            # How many left today.
            models.Index(
                fields=["finished_at"],
                condition=models.Q(state="accepted"),
                name="messages_accepted",
            ),
            # What waits for a decision.
            models.Index(
                fields=["-finished_at", "-id"],
                condition=models.Q(state="unknown"),
                name="messages_unknown",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address}: {self.get_state_display()}"


class MessageFact(PersonModel):
    """
    One thing that happened to a message after it left; append-only, so nothing is overwritten.

    ``key`` names the fact where it comes from (the provider's id of the event), so that what is
    told twice counts once.
    """

    merging = "moves"
    erasing = {"details": ""}
    follows = ("message_id", "campaigns.Message")

    class Kind(models.TextChoices):
        """What happened."""

        DELIVERED = "delivered", "Delivered"
        DEFERRED = "deferred", "Delayed by the mailbox"
        BOUNCED = "bounced", "Bounced: the address does not work"
        BOUNCED_SOFT = "bounced_soft", "Bounced for now"
        REJECTED = "rejected", "Rejected by the provider"
        COMPLAINED = "complained", "Marked as spam"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed at the provider"
        OPENED = "opened", "Opened"
        OPENED_BY_MACHINE = "opened_machine", "Opened by a machine"
        CLICKED = "clicked", "Clicked"
        CLICKED_BY_MACHINE = "clicked_machine", "Clicked by a machine"
        SHOWN = "shown", "Shown"
        VIEWED = "viewed", "Seen"
        CLOSED = "closed", "Closed without an answer"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    message_id = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    # By the clock of who tells it, and by ours.
    happened_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    details = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "message_id", "kind", "key"],
                name="one_fact_of_a_message",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.get_kind_display()}"


class MessageTag(models.Model):
    """A look-up from the tag in a provider's event or a bounce to the message."""

    sharded_by = "tag"
    merging = "points"
    named_by = ("campaigns.Message", "tag")
    erasing = "kept"

    tag = models.CharField(max_length=40, unique=True)
    contact_id = models.BigIntegerField()
    message_id = models.BigIntegerField()

    def __str__(self) -> str:
        return self.tag
