"""Sources, keys and bodies of the tracking API for tests."""

import json
from itertools import count
from typing import Any

from contacts import sources
from contacts.models import Source
from tests.factories.contacts import NOW

NUMBERS = count(1)


def make_source(
    *,
    name: str | None = None,
    kind: str = "server",
    reads_links: bool = False,
    recognizes: bool = True,
) -> Source:
    """A source without a key."""
    source = sources.create_source(
        name=name or f"Source {next(NUMBERS)}",
        kind=kind,
        reads_links=reads_links,
        user=None,
        now=NOW,
    )
    if not recognizes:
        sources.set_recognizes(source=source, recognizes=False)
        source.refresh_from_db()
    return source


def make_key(*, source: Source | None = None, **fields: Any) -> str:
    """A key as its source's client shows it."""
    source = source or make_source(**fields)
    return sources.create_key(source=source, user=None, now=NOW)[1]


def track(**fields: Any) -> dict[str, Any]:
    """A message that is in order."""
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": "u1",
        "messageId": f"message-{next(NUMBERS)}",
        **fields,
    }


def batch(*items: Any, **fields: Any) -> bytes:
    """A body of /v1/batch."""
    return json.dumps({"batch": items, **fields}).encode()
