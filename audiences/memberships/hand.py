"""
The hand of the clock: who lets time pass, and who judges meanwhile.

Time passes while nobody judges, and who judges holds it until he has committed. So what is
judged is never older than what has passed: who comes by too late for the hand, because his
event was committed late, is judged as of a moment that the hand has not passed yet.
"""

import zlib
from datetime import datetime

from django.db import connection
from django.db.models import Max

from audiences.models import ClockHead
from contacts.worlds import lock_space

# Locks of the database, in a queue that is fair: who waits to let time pass is not overtaken.
SPACE = zlib.crc32(b"greenlight clock") & 0x7FFFFFFF


def hold(now: datetime) -> datetime:
    """Keep time from passing until the transaction ends; the moment it has come to, or now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, 0)", [lock_space(SPACE)]
        )
    return max(now, passed_until() or now)


def take() -> None:
    """Wait until nobody judges, and let nobody until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [lock_space(SPACE)])


def passed_until() -> datetime | None:
    """Say which moment the newest head has come to."""
    return ClockHead.objects.aggregate(until=Max("passed_until"))["until"]
