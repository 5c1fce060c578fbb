"""What we may send to whom, and who must never hear from us."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from contacts.models.person import PersonModel


class Channel(models.TextChoices):
    """A way to reach a person, each with a permission of its own."""

    EMAIL = "email", "Email"
    SMS = "sms", "Text message"
    PUSH = "push", "Push notification"
    DM = "dm", "Personal message"
    CALL = "call", "Call"
    OTHER = "other", "Another channel"
    # News of a person's own; only a withdrawal says something.
    SERVICE = "service", "Service messages"


class ConsentState(models.TextChoices):
    """Whether we may."""

    GRANTED = "granted", "Granted"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Consent(PersonModel):
    """Where a contact stands now on one channel; no row means that nobody ever asked."""

    merging = "combines"
    erasing = "deleted"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    channel = models.CharField(max_length=20, choices=Channel)
    state = models.CharField(max_length=20, choices=ConsentState)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "channel"], name="consent_per_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.channel} {self.state}"


class ConsentChange(PersonModel):
    """
    A consent was given or taken back; append-only.

    ``source`` is a word ("import", "unsubscribe_page", "one_click"), ``statement`` what the
    person or the marketer said, ``evidence`` where it can be checked.
    """

    merging = "moves"
    erasing = "deleted"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    channel = models.CharField(max_length=20, choices=Channel)
    state = models.CharField(max_length=20, choices=ConsentState)
    changed_at = models.DateTimeField()
    source = models.CharField(max_length=40)
    statement = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    # Without an index: who deletes a user may wait, who imports a million people need not.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
    )

    class Meta:
        indexes = [
            models.Index(fields=["contact", "-changed_at"], name="consent_history"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.channel} {self.state} at {self.changed_at}"


class Suppression(models.Model):
    """
    An address, or a phone number, to which nothing goes, whoever it belongs to and whoever
    imports it again.

    ``digest`` is a keyed hash of it (``contacts.addresses.address_digest``), so a
    suppression survives the erasure of the person; ``address`` is blank from then on.
    """

    sharded_by = "digest"

    class Reason(models.TextChoices):
        """Why."""

        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        COMPLAINED = "complained", "Marked as spam"
        BOUNCED = "bounced", "Address does not exist"
        MANUAL = "manual", "Added by hand"

    digest = models.BinaryField(max_length=32, unique=True)
    address = models.CharField(max_length=254, blank=True)
    reason = models.CharField(max_length=20, choices=Reason)
    details = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )

    def __str__(self) -> str:
        return self.address or "An erased address"
