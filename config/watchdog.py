"""
Tell a frozen cluster from a slow or an idle one.

An idle django-q2 worker that dies while it holds the lock of the queue freezes all others
for good, and everything still looks alive. What shows it: bells are rung, and rung again,
and none is answered. Busy workers answer every second (``contacts.background.answering``).

Only changes are looked at, on the watchdog's own clock, so that hosts whose clocks differ
can't alarm each other.
"""

from collections.abc import Iterable
from datetime import datetime

from contacts.background import RING_AGAIN, SLICES
from contacts.models import Doorbell

Mark = tuple[str, datetime | None]

# How long bells may ring without an answer.
PATIENCE = 10.0
# While something is due, the sweep rings again within this time.
STILL_RINGING = RING_AGAIN.total_seconds() + 3
# A cluster that has just been started gets this long for its first answer, and each one after
# it twice as long as the one before: on a busy machine one that is slow to start must not be
# started again and again.
GRACE = 30.0
LONGEST_GRACE = 480.0


class Watchdog:
    """Watches the bells of a cluster that was started at ``moment``."""

    def __init__(self, moment: float, grace: float = GRACE) -> None:
        self.grace = grace
        self.awake_from = moment + grace
        self.is_answered = False
        self.rings: set[Mark] | None = None
        self.answers: set[Mark] = set()
        self.ringing_since: float | None = None
        self.last_ring = 0.0

    def successor(self, moment: float) -> "Watchdog":
        """Watch the cluster that follows, more patiently if this one has never answered."""
        if self.is_answered:
            return Watchdog(moment)
        return Watchdog(moment, min(2 * self.grace, LONGEST_GRACE))

    def is_frozen(self, bells: Iterable[Doorbell], *, moment: float) -> bool:
        """
        Look at the bells, once a second, and tell whether nobody comes to the door.

        ``moment`` is read from a clock that only goes forward.
        """
        bells = list(bells)
        rings = {(bell.slice_name, bell.rung_at) for bell in bells}
        # A bell that rings for the first time is no answer.
        answers: set[Mark] = {
            (one.slice_name, one.answered_at) for one in bells if one.answered_at
        }
        if self.rings is None or answers != self.answers:
            self.ringing_since = None
            if self.rings is not None:
                self.awake_from = moment
                self.is_answered = True
        elif rings != self.rings:
            self.last_ring = moment
            if self.ringing_since is None:
                self.ringing_since = moment
        self.rings, self.answers = rings, answers
        return (
            self.ringing_since is not None
            and moment - self.ringing_since >= PATIENCE
            and moment - self.last_ring <= STILL_RINGING
            and moment >= self.awake_from
        )


def watched_bells() -> list[Doorbell]:
    """Read the bells of all slices."""
    return list(Doorbell.objects.filter(slice_name__in=SLICES))
