"""Messages as they come out of a request, for tests."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from contacts.drain import Result, understand
from contacts.models import InboxBody, Source
from contacts.tracking.messages import Message, Refusal, read_body
from tests.factories.contacts import NOW
from tests.factories.tracking import batch


def read(
    source: Source, *items: Any, received_at: datetime = NOW, **fields: Any
) -> list[Message | Refusal]:
    """Messages of one request."""
    return read_body(
        batch(*items, **fields),
        encoding="",
        route="batch",
        source_id=source.pk,
        uid=uuid4(),
        received_at=received_at,
    )


def take_in(
    source: Source, *items: Any, now: datetime = NOW, **options: Any
) -> list[Result]:
    """Understand messages of one request."""
    return understand(read(source, *items, received_at=now), now=now, **options)


def make_body(
    source: Source, *items: Any, received_at: datetime = NOW, **fields: Any
) -> InboxBody:
    """The body of a request that was acknowledged."""
    return InboxBody.objects.create(
        source=source,
        received_at=received_at,
        route="batch",
        **{"body": batch(*items), **fields},
    )
