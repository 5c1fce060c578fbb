"""The events that a condition counted, as a person reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from contacts.models import Event, Receipt
from contacts.sentences import event_sentence


@dataclass(frozen=True)
class Counted:
    """An event that counted; ``receipt_id`` is the message that told it, if one did."""

    pk: int
    contact_id: int
    at: datetime
    sentence: str
    currency: str = ""
    receipt_id: int | None = None


def load_events(ids: Sequence[int]) -> dict[int, Counted]:
    """Fetch events by id, with the messages that told them; two queries at most."""
    if not ids:
        return {}
    events = list(Event.objects.filter(pk__in=set(ids)))
    told = _receipts(events)
    return {
        event.pk: Counted(
            pk=event.pk,
            contact_id=event.contact_id,
            at=event.occurred_at,
            sentence=event_sentence(event.name, event.properties),
            currency=str(event.properties.get("currency", "")),
            receipt_id=told.get(event.key),
        )
        for event in events
    }


def _receipts(events: Sequence[Event]) -> dict[str, int]:
    """Find the receipts of the messages that told the events, by the keys of the events."""
    wanted = Q()
    for event in events:
        source, _, message = event.key.partition(":")
        if event.source_id and source == str(event.source_id) and message:
            wanted |= Q(source_id=event.source_id, message_id=message)
    if not wanted:
        return {}
    rows = Receipt.objects.filter(wanted).values_list("source_id", "message_id", "pk")
    return {f"{source}:{message}": pk for source, message, pk in rows}
