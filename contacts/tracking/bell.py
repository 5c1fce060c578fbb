"""
Ring for the drain when something was kept, so that it wakes at once.

The sweep finds what waits within a second; the bell spares an idle site that second. It costs
a request nothing but a look at the clock: a thread rings, at most once each second, and the
doorbell itself knows whether somebody is at it already.
"""

import logging
from threading import Thread
from time import monotonic

from django.db import Error, connection

from contacts.background import ring_now

DRAIN = "contacts.drain"
SECONDS = 1.0

log = logging.getLogger(__name__)


class Bell:
    """Rings at most once each second, in each process."""

    def __init__(self) -> None:
        self.rung_at = monotonic() - SECONDS

    def ring(self) -> Thread | None:
        """Ring unless that was done a moment ago; gives the thread that does."""
        moment = monotonic()
        if moment - self.rung_at < SECONDS:
            return None
        self.rung_at = moment
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
