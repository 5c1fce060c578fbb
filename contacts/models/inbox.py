"""What was acknowledged and is still to be understood."""

from uuid import uuid4

from django.db import models

from contacts.models.source import Source


class InboxBody(models.Model):
    """
    The body of a request as it came, kept from the answer until the drain has understood it.

    The drain deletes it in the transaction that writes the receipts. One that makes the drain
    fail waits until ``retry_at``, with the error, and is then tried alone.
    """

    sharded_by = "id"

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    # Made before it is written, so that writing it twice is harmless: messages that bring no
    # id get theirs from it.
    uid = models.UUIDField(default=uuid4)
    received_at = models.DateTimeField()
    # What the address says: "batch", or the type of a single event.
    route = models.CharField(max_length=20)
    # "gzip" if the body is still compressed, else blank.
    encoding = models.CharField(max_length=10, blank=True)
    body = models.BinaryField()
    # Of who sent it; it is a person's where a browser or an app did.
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "inbox bodies"

    def __str__(self) -> str:
        return f"{self.route} of {self.received_at:%Y-%m-%d %H:%M:%S}"
