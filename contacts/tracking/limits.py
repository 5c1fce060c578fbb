"""How much a write key may send, and when all of them have to wait."""

import math
from datetime import datetime
from threading import Lock
from time import monotonic

from django.conf import settings

from contacts.tracking import inbox

# A key that was silent may send the requests of so many seconds at once.
BURST_SECONDS = 2
# For so long it is believed how late the drain is.
LOOK_SECONDS = 2.0
# When clients of a late drain are asked to come again.
BUSY_SECONDS = 30


class Limiter:
    """
    Counts the requests of each write key in this process.

    Each process counts on its own, so a site with four web processes takes up to four
    times as many.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.tokens: dict[int, tuple[float, float]] = {}

    def wait_for(self, key_id: int) -> int:
        """Take one request from what the key may send; else the seconds to wait."""
        rate = settings.TRACKING_REQUESTS_PER_SECOND
        if not rate:
            return 0
        burst, moment = rate * BURST_SECONDS, monotonic()
        with self.lock:
            left, since = self.tokens.get(key_id, (burst, moment))
            left = min(burst, left + (moment - since) * rate)
            if left >= 1:
                self.tokens[key_id] = (left - 1, moment)
                return 0
            self.tokens[key_id] = (left, moment)
        return math.ceil((1 - left) / rate)


class Backlog:
    """Knows whether the drain is so late that taking more would only make it worse."""

    def __init__(self) -> None:
        self.looked_at = -math.inf
        self.is_late = False

    def wait(self, *, now: datetime) -> int:
        """Give the seconds that clients should wait; none if the drain keeps up."""
        moment = monotonic()
        if moment - self.looked_at >= LOOK_SECONDS:
            self.looked_at = moment
            oldest = inbox.oldest()
            limit = settings.TRACKING_INBOX_MINUTES * 60
            self.is_late = oldest is not None and (now - oldest).total_seconds() > limit
        return BUSY_SECONDS if self.is_late else 0
