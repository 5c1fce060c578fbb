"""What the sources send, learned from what came."""

from django.db import models

from contacts.models.source import Source


class EventType(models.Model):
    """
    A kind of message with a name, as it was seen: "track" and "Order Completed".

    Messages that carry attributes have no name: there is one of "identify", one of "group".
    """

    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=200, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    count = models.BigIntegerField(default=0)
    # How many contacts did it, when that was counted, and what ``count`` was then: to count
    # people is too much for a page that lists every type.
    people_count = models.BigIntegerField(null=True, blank=True)
    people_counted_at = models.DateTimeField(null=True, blank=True)
    people_counted_to = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="event_type_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.kind


class PropertyType(models.Model):
    """
    A property of an event type: how often it came, and with values of which types.

    ``path`` is "total", "address.city" or "products.$.price"; ``types`` counts by the name of
    the type ("text", "number", "integer", "flag", "date", "list", "object", "empty").
    """

    event_type = models.ForeignKey(
        EventType, on_delete=models.CASCADE, related_name="properties"
    )
    path = models.CharField(max_length=250)
    count = models.BigIntegerField(default=0)
    types = models.JSONField(default=dict)
    # A few values, as text, newest first.
    samples = models.JSONField(default=list)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event_type", "path"], name="property_type_once"
            ),
        ]

    def __str__(self) -> str:
        return self.path


class EventVolume(models.Model):
    """How many of an event type a source sent on a day (UTC, by event time)."""

    event_type = models.ForeignKey(
        EventType, on_delete=models.CASCADE, related_name="volumes"
    )
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event_type", "source", "day"], name="event_volume_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type_id} on {self.day}"
