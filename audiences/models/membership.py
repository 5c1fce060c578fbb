"""Who is in an audience, who entered and left, and who wants to know."""

from django.db import models
from django.db.models.functions import Now

from audiences.models.audience import Audience
from contacts.models import PersonModel


class Change(models.TextChoices):
    """What happened to a membership."""

    ENTERED = "entered", "Entered"
    LEFT = "left", "Left"


class Cause(models.TextChoices):
    """Why somebody entered or left."""

    FILLED = "filled", "The rule was made or changed"
    REFRESHED = "refreshed", "The rule was looked at again"
    EVENT = "event", "Something happened"
    IMPORT = "import", "An import"
    CHANGED = "changed", "The contact was changed"
    HISTORY = "history", "Past events were imported"
    MERGED = "merged", "Two contacts became one"
    TIME = "time", "Time has passed"


class Membership(PersonModel):
    """
    A contact is in an audience.

    ``episode`` counts the contact's stays in it, from 1.
    """

    merging = "combines"
    erasing = "deleted"

    # We compute it: that the row exists shows no activity of the contact.
    is_derived = True

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    audience = models.ForeignKey(Audience, on_delete=models.CASCADE)
    episode = models.PositiveIntegerField(default=1)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "audience"], name="in_an_audience_once"
            ),
        ]
        indexes = [
            # Everybody in an audience.
            models.Index(fields=["audience", "contact"], name="members_of_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.audience_id}"


class MembershipChange(PersonModel):
    """
    A contact entered or left an audience; append-only.

    ``event_id`` names the event that caused it, or ``receipt_id`` the message that changed
    the contact. What history alone has caused was told to nobody.
    """

    merging = "combines"
    erasing = "kept"

    # We compute it: that the row exists shows no activity of the contact.
    is_derived = True

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    audience = models.ForeignKey(Audience, on_delete=models.CASCADE)
    episode = models.PositiveIntegerField()
    change = models.CharField(max_length=10, choices=Change)
    changed_at = models.DateTimeField()
    cause = models.CharField(max_length=40, choices=Cause)
    event_id = models.BigIntegerField(null=True, blank=True)
    receipt_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "audience", "episode", "change"],
                name="membership_changes_once",
            ),
        ]
        indexes = [
            # The newest entries and exits of an audience.
            models.Index(
                fields=["audience", "-changed_at", "-id"],
                name="newest_membership_changes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.change} {self.audience_id}"


class WatchedAudience(models.Model):
    """An audience for which a consumer wants a reaction row with each entry and exit."""

    consumer = models.CharField(max_length=60)
    audience = models.ForeignKey(Audience, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consumer", "audience"], name="watched_audience_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} watches {self.audience_id}"


class MembershipReaction(PersonModel):
    """
    A consumer has yet to react to an entry or exit.

    Written with the ledger in one statement; the consumer deletes it in the transaction that
    does the work.
    """

    merging = "moves"
    erasing = "deleted"

    # We compute it: that the row exists shows no activity of the contact.
    is_derived = True

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    consumer = models.CharField(max_length=60)
    audience = models.ForeignKey(Audience, on_delete=models.CASCADE)
    episode = models.PositiveIntegerField()
    change = models.CharField(max_length=10, choices=Change)
    changed_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "consumer", "audience", "episode", "change"],
                name="membership_reaction_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["consumer", "created_at"], name="membership_reaction_oldest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} reacts: {self.change} {self.audience_id}"
