"""
Ring for the drain when something was kept, so that it wakes at once.

The sweep finds what waits within a second; the bell spares an idle site that second. While
messages flow the drain stays at it, so only the first after a silence rings, in a thread of
its own; all others cost a look at the clock.
"""

import logging
from threading import Thread
from time import monotonic

from django.db import Error, connection

from contacts.background import ring_now

DRAIN = "contacts.drain"
# Less than the drain stays.
SILENCE_SECONDS = 1.0

log = logging.getLogger(__name__)


class Bell:
    """Rings after a silence, in each process."""

    def __init__(self) -> None:
        self.asked_at = monotonic() - SILENCE_SECONDS

    def ring(self) -> Thread | None:
        """Ring unless something came a moment ago; gives the thread that does."""
        moment = monotonic()
        is_awake = moment - self.asked_at < SILENCE_SECONDS
        self.asked_at = moment
        if is_awake:
            return None
        thread = Thread(target=ring_for_drain, name="ring for the drain", daemon=True)
        thread.start()
        return thread


def ring_for_drain() -> None:
    """Ring, on a connection of its own; if that fails, the sweep finds the work."""
    try:
        ring_now(DRAIN)
    except Error:
        log.warning("The drain can not be rung for", exc_info=True)
    finally:
        connection.close()
