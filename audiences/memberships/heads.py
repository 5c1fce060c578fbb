"""Which moments the rules of the audiences wait for: a head of the clock for each."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from audiences.conditions.kind import Clock, Flip
from audiences.memberships.rules import Key
from audiences.models import ClockHead

# What is counted from a moment that an attribute holds.
DATED = (Clock.DATE, Clock.ANNIVERSARY)


def follow(wakes: Iterable[Key], *, now: datetime, drops: bool = True) -> None:
    """
    Bring the heads into line with what wakes the rules; new ones begin now.

    Who does not hold all rules must not drop any.
    """
    wanted = {
        replace(key, of_account=False)
        for key in wakes
        if isinstance(key, Flip) and key.clock != Clock.POLL
    }
    rows = ClockHead.objects.in_bulk()
    known = {flip_of(head): pk for pk, head in rows.items()}
    if drops:
        gone = [pk for flip, pk in known.items() if flip not in wanted]
        ClockHead.objects.filter(pk__in=gone).delete()
    ClockHead.objects.bulk_create(
        [
            ClockHead(
                clock=flip.clock, name=flip.name, after=flip.after, passed_until=now
            )
            for flip in sorted(wanted - known.keys(), key=repr)
        ],
        ignore_conflicts=True,
    )


def flip_of(head: ClockHead) -> Flip:
    """Say what a head reads."""
    return Flip(Clock(head.clock), head.name, head.after)


def is_dated(key: Key) -> bool:
    """Say whether it is counted from a moment that an attribute holds, or that is kept."""
    return isinstance(key, Flip) and key.clock in DATED


def dated_names() -> list[str]:
    """List the names under which moments are kept: of attributes, and those of ``kept``."""
    heads = ClockHead.objects.filter(clock__in=DATED)
    return sorted(set(heads.values_list("name", flat=True)))
