"""What sources sent, by the hour and one by one, for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from contacts.models import Receipt, Source, SourceVolume
from tests.factories.contacts import NOW

NUMBERS = count(1)


def make_volume(source: Source, at: datetime, **counts: int) -> None:
    """What a source sent in the hour of a time, by outcome; the last of it then."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    for outcome, number in counts.items():
        SourceVolume.objects.create(
            source=source, hour=hour, outcome=outcome, count=number, last_at=at
        )


def make_receipt(
    source: Source | None, *, at: datetime = NOW, **fields: Any
) -> Receipt:
    """A message that was accepted, unless told otherwise."""
    number = next(NUMBERS)
    values: dict[str, Any] = {
        "message_id": f"message-{number}",
        "kind": "track",
        "name": "Order Completed",
        "user_id": f"user-{number}",
        "state": Receipt.State.ACCEPTED,
        "payload": {"type": "track", "event": "Order Completed"},
        "occurred_at": at,
        **fields,
    }
    return Receipt.objects.create(
        source=source, received_at=at, understood_at=at, **values
    )
