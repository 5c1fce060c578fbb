"""
The worker of a host: the task cluster, the sweep that rings for it, and its watchdog.

Any number of hosts may run one. One of them at a time sweeps; each watches its own cluster.
"""

import logging
import signal
import time
import zlib
from collections.abc import Callable
from datetime import datetime
from types import FrameType

from django.db import Error, connection

from campaigns.rehearsal.running import is_waiting
from config.processes import MANAGE, Child
from config.watchdog import Watchdog, watched_bells
from contacts import background

# The lock of the one who sweeps; the database frees it when its connection ends.
SWEEP_LOCK = zlib.crc32(b"greenlight sweep")
TICK_SECONDS = 1.0
# Longer than a slice takes; then tasks are cut short, which they survive.
STOP_SECONDS = 30.0
HEARTBEAT = "worker"

log = logging.getLogger(__name__)


class Worker:
    """Keeps the cluster alive and rings for what is due until it is told to stop."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.cluster = Child("tasks", [*MANAGE, "qcluster"])
        # Started when somebody asks for a rehearsal; ends by itself.
        self.rehearsals = Child("rehearsals", [*MANAGE, "rehearse"])
        self.watchdog = Watchdog(time.monotonic())
        self.is_stopping = False
        # The very connection that holds the lock of the sweep.
        self.sweeping_on: object = None

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.cluster.start()
        self.watchdog = Watchdog(time.monotonic())
        while not self.is_stopping:
            began = time.monotonic()
            self.tick()
            time.sleep(max(0.0, TICK_SECONDS - (time.monotonic() - began)))
        self.cluster.ask_to_stop()
        if not self.cluster.wait(STOP_SECONDS):
            log.warning("Tasks were cut short; they will be done again")
        self.cluster.kill()
        # It begins anew wherever the next worker is.
        self.rehearsals.kill()

    def tick(self) -> None:
        """Ring, show that we live, and look after the cluster; once a second."""
        try:
            if self._may_sweep():
                background.sweep(now=self.clock())
            background.answer(HEARTBEAT, now=self.clock())
            if not self.rehearsals.is_alive and is_waiting(self.clock()):
                self.rehearsals.revive()
            is_frozen = self.watchdog.is_frozen(
                watched_bells(), moment=time.monotonic()
            )
        except Error as error:
            log.warning("The database does not answer (%s); trying again", error)
            connection.close()
            is_frozen = False
        if is_frozen:
            log.error("Work is due and no worker answers; starting the cluster again")
            self.cluster.kill()
            self.cluster.start()
            self.watchdog = self.watchdog.successor(time.monotonic())
        elif self.cluster.revive():
            log.error("The cluster had ended; started it again")
            self.watchdog = self.watchdog.successor(time.monotonic())

    def _may_sweep(self) -> bool:
        """Take the one place of the sweep, which ends with our connection."""
        connection.ensure_connection()
        if self.sweeping_on is not connection.connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [SWEEP_LOCK])
                is_ours = cursor.fetchone()[0]
            self.sweeping_on = connection.connection if is_ours else None
        return self.sweeping_on is not None

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Note a signal; the loop stops at its next turn."""
        self.is_stopping = True
