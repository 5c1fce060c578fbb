"""Sources, plans, messages and receipts for tests of what should come and what did."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from contacts.models import EventType, EventVolume, PropertyType, Receipt, Source
from contacts.models.plan import Repair, TrackingPlan, Violation
from contacts.plans.edit import create_plan
from contacts.plans.rows import read_rows
from contacts.tracking.messages import Message
from tests.factories.contacts import NOW

NUMBERS = count(1)


def make_source(*, name: str = "", **fields: Any) -> Source:
    """A website."""
    return Source.objects.create(
        name=name or f"Shop {next(NUMBERS)}", **{"kind": "browser", **fields}
    )


def make_plan(
    *cells: dict[str, str], name: str = "", source: Source | None = None, **fields: Any
) -> TrackingPlan:
    """A plan of the cells, which the source follows."""
    reading = read_rows(cells)
    assert reading.errors == []
    plan = create_plan(
        name=name or f"Plan {next(NUMBERS)}",
        rows=reading.rows,
        user=None,
        now=NOW,
        reactions=fields,
    )
    if source is not None:
        Source.objects.filter(pk=source.pk).update(plan=plan)
    return plan


def make_message(
    source: Source,
    *,
    name: str = "Order Completed",
    kind: str = "track",
    properties: dict[str, Any] | None = None,
    traits: dict[str, Any] | None = None,
    **fields: Any,
) -> Message:
    """What a source has sent."""
    return Message(
        source_id=source.pk,
        kind=kind,
        name=name,
        properties=properties or {},
        traits=traits or {},
        **{
            "message_id": f"m{next(NUMBERS)}",
            "user_id": "u1",
            "anonymous_id": "",
            "previous_id": "",
            "group_id": "",
            "context": {},
            "occurred_at": NOW,
            "received_at": NOW,
            "sent_at": None,
            "flags": (),
            "payload": {},
            **fields,
        },
    )


def make_repair(
    *steps: dict[str, Any], name: str = "Order Completed", **fields: Any
) -> Repair:
    """A repair of an event."""
    return Repair.objects.create(name=name, steps=list(steps), **fields)


def make_receipt(
    source: Source,
    *,
    state: str = "blocked",
    name: str = "Order Completed",
    properties: dict[str, Any] | None = None,
    payload: dict[str, Any] | None = None,
    at: datetime = NOW,
    **fields: Any,
) -> Receipt:
    """What became of a message."""
    message_id = f"m{next(NUMBERS)}"
    whole = {
        "type": "track",
        "event": name,
        "userId": "u1",
        "messageId": message_id,
        "properties": properties or {},
        "timestamp": at.isoformat(),
    }
    return Receipt.objects.create(
        source=source,
        message_id=message_id,
        kind="track",
        name=name,
        user_id="u1",
        received_at=at,
        understood_at=at,
        occurred_at=at,
        state=state,
        payload=whole if payload is None else payload,
        **fields,
    )


def make_violation(receipt: Receipt, **fields: Any) -> Violation:
    """How the message of a receipt broke the plan."""
    return Violation.objects.create(
        receipt_id=receipt.pk,
        source=receipt.source,
        kind=receipt.kind,
        name=receipt.name,
        received_at=receipt.received_at,
        **{"problem": "missing", "path": "total", "reaction": "block", **fields},
    )


def make_event_type(
    *,
    name: str = "Order Completed",
    kind: str = "track",
    count: int = 10,
    source: Source | None = None,
    days: dict[int, int] | None = None,
    now: datetime = NOW,
    **properties: dict[str, int],
) -> EventType:
    """A type of event, with the number sent so many days ago, and counts by type."""
    made = EventType.objects.create(
        kind=kind,
        name=name,
        count=count,
        first_seen_at=now - timedelta(days=40),
        last_seen_at=now,
    )
    for ago, number in (days or {}).items():
        EventVolume.objects.create(
            event_type=made,
            source=source,
            day=(now - timedelta(days=ago)).date(),
            count=number,
        )
    for path, types in properties.items():
        PropertyType.objects.create(
            event_type=made,
            path=path.replace("__", "."),
            count=sum(types.values()),
            types=types,
            samples=["sample of " + path],
            first_seen_at=now,
            last_seen_at=now,
        )
    return made
