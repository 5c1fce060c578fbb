"""
How fast messages may leave by a channel: a bucket in the database that all senders take from.

A channel without a rate is as fast as the other side takes messages.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection

from campaigns.models import SendingRate

# Fills the bucket up to now and takes what there is, at most what is wanted. The clock of
# another worker may be behind; the bucket never empties by that.
TAKE = """
WITH bucket AS (
    SELECT rate.id, LEAST(rate.burst, rate.tokens + rate.per_second * GREATEST(
        0, EXTRACT(EPOCH FROM (%(now)s::timestamptz - rate.filled_at))
    )) AS filled
    FROM campaigns_sendingrate AS rate
    WHERE rate.channel = %(channel)s
    FOR UPDATE
), taken AS (
    SELECT id, filled, LEAST(floor(filled), %(wanted)s)::int AS granted FROM bucket
)
UPDATE campaigns_sendingrate AS rate
SET tokens = taken.filled - taken.granted, filled_at = GREATEST(rate.filled_at, %(now)s)
FROM taken
WHERE rate.id = taken.id
RETURNING taken.granted, rate.per_second, rate.tokens
"""


@dataclass(frozen=True)
class Granted:
    """How many messages may leave at once, and how long the next ones wait for each other."""

    count: int
    first_wait: timedelta = timedelta()
    each_wait: timedelta = timedelta()

    def wait_of(self, position: int) -> timedelta:
        """Say how long a message waits that was not granted, the first at position 0."""
        return self.first_wait + position * self.each_wait


def take(*, channel: str, wanted: int, now: datetime) -> Granted:
    """Take from the bucket of a channel, in a committed statement; all if it has none."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"channel": channel, "wanted": wanted, "now": now})
        row = cursor.fetchone()
    if row is None:
        return Granted(wanted)
    granted, per_second, tokens = row
    each = timedelta(seconds=1 / per_second)
    return Granted(granted, max(0.0, 1 - tokens) * each, each)


def set_rate(
    *, channel: str, per_minute: int | None, user: User | None, now: datetime
) -> None:
    """Limit a channel to so many messages a minute; None for no limit."""
    if per_minute is None:
        SendingRate.objects.filter(channel=channel).delete()
        return
    per_second = per_minute / 60
    # A sixth of a minute's worth may leave at once.
    burst = max(1, per_minute // 6)
    SendingRate.objects.update_or_create(
        channel=channel,
        defaults={
            "per_second": per_second,
            "burst": burst,
            "tokens": 0,
            "filled_at": now,
            "changed_at": now,
            "changed_by": user,
        },
    )
