"""
Receipts of whole requests that were refused, so that the Debugger shows them.

Each counts among what its source sent, if that is known.

They are bounded by how they are named: each source has at most ``SHELVES`` a day for each
reason, and more of the kind only raise a count. A flood of them is not written at all.
"""

import json
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Any

from django.db import connection

from contacts.models import Receipt
from contacts.tracking.bodies import storable
from contacts.tracking.reasons import BodyRefused
from contacts.volumes import count_volumes

SHELVES = 50
# What is kept of a body.
KEPT_CHARACTERS = 1_000
# Receipts that a process writes for refused requests each second.
PER_SECOND = 20

# One row by the unique key of receipts.
NOTE = """
    INSERT INTO contacts_receipt AS receipt (
        source_id, message_id, kind, name, user_id, anonymous_id, received_at,
        understood_at, state, reason, details, flags, copies, is_historical, payload, outcome
    )
    VALUES (
        %(source_id)s, %(message_id)s, '', '', '', '', %(now)s,
        %(now)s, %(state)s, %(reason)s, %(details)s, '[]', 0, false, %(payload)s, '{}'
    )
    ON CONFLICT (source_id, message_id) DO UPDATE
    SET copies = receipt.copies + 1, last_copy_at = excluded.received_at
"""


class Valve:
    """Lets a number of things through each second."""

    def __init__(self) -> None:
        self.began = 0.0
        self.count = 0

    def is_open(self) -> bool:
        """Count one more, and tell whether it may pass."""
        moment = monotonic()
        if moment - self.began >= 1:
            self.began, self.count = moment, 0
        self.count += 1
        return self.count <= PER_SECOND


valve = Valve()


def note(
    refusal: BodyRefused,
    *,
    source_id: int | None,
    route: str,
    body: bytes,
    key: str,
    now: datetime,
) -> None:
    """
    Leave a receipt of a refused request, unless there is a flood of them.

    The write key is not kept, wherever it stands.
    """
    if not valve.is_open():
        return
    shelf = int.from_bytes(sha256(body).digest()[:4]) % SHELVES
    payload: dict[str, Any] = {"route": route, "size": len(body)}
    # Without a known key it may hold anybody's data, or a key with a slip in it.
    if source_id is not None:
        start = body[:KEPT_CHARACTERS].decode("utf-8", "replace")
        payload["body"] = storable(start.replace(key, "…") if key else start)
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE,
            {
                "source_id": source_id,
                "message_id": f"request:{refusal.reason}:{now:%Y-%m-%d}:{shelf}",
                "now": now,
                "state": Receipt.State.REJECTED,
                "reason": refusal.reason,
                "details": storable(refusal.details),
                "payload": json.dumps(payload),
            },
        )
    if source_id is not None:
        count_volumes([(source_id, Receipt.State.REJECTED, now)])
