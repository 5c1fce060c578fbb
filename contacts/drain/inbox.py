"""
The bodies of requests that were acknowledged: understood oldest first, each of them once.

A body leaves the inbox in the transaction that understands it, so whoever is killed on the
way has done nothing. One that makes this fail is told from its neighbors, tried again alone,
and given up in the end: its messages become rejected receipts, and nothing else waits for it.
"""

import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from msgspec.structs import replace

from contacts.background import MOST_COUNTED, Backlog
from contacts.drain.batch import understand
from contacts.models import InboxBody, Source
from contacts.tracking.bodies import unpack
from contacts.tracking.glance import glance
from contacts.tracking.messages import Message, Refusal, read_body
from contacts.tracking.reasons import BodyRefused

MOST_BODIES = 200
# About five thousand messages, as they are on the wire. A compressed body holds more than it
# weighs.
MOST_BYTES = 2_500_000
UNPACKED = 8
# Some weigh nothing and hold very much, to do harm. Beyond this the rest waits its turn, for
# a worker that runs out of memory would begin with the same bodies again.
MOST_UNPACKED = 10_000_000
MOST_ATTEMPTS = 3
REST = timedelta(seconds=10)
FAILED = "internal_error"
TOO_DEEP = "too_deep"
# Beginnings of SQLSTATE: a deadlock, or a transaction that could not be put in order; and
# what says nothing about the rows: no connection, no room, a lock, an operator.
COLLISIONS = ("40",)
TROUBLES = ("08", "53", "55", "57", "58")

Came = Message | Refusal

log = logging.getLogger(__name__)


class Body(NamedTuple):
    """A body that was taken out of the inbox, in the transaction that understands it."""

    id: int
    source_id: int
    uid: UUID
    received_at: datetime
    route: str
    encoding: str
    body: bytes
    ip_address: str | None
    attempts: int


class TooHeavy(Exception):
    """Bodies hold too much to be understood together; the argument names the first of them."""

    def __init__(self, ids: list[int]) -> None:
        super().__init__(ids)
        self.ids = ids


# Picks the oldest bodies, up to a weight. They are picked once, in a part of its own: a mere
# subquery may run again for each row, skip what is taken and pick more.
PICK = """
WITH picked AS MATERIALIZED (
    SELECT id, octet_length(body) * CASE encoding WHEN '' THEN 1 ELSE %(unpacked)s END AS weight
    FROM contacts_inboxbody
    WHERE attempts = 0
    ORDER BY id
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
), weighed AS (
    SELECT id, sum(weight) OVER (ORDER BY id) - weight AS before FROM picked
)
DELETE FROM contacts_inboxbody AS inbox
WHERE inbox.id IN (SELECT id FROM weighed WHERE before < %(bytes)s)
RETURNING id, source_id, uid, received_at, route, encoding, body, ip_address, attempts
"""

# Picks one that has failed before and whose rest is over.
PICK_FAILED = """
WITH picked AS MATERIALIZED (
    SELECT id FROM contacts_inboxbody
    WHERE attempts > 0 AND retry_at <= %s
    ORDER BY id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
DELETE FROM contacts_inboxbody AS inbox
WHERE inbox.id IN (SELECT id FROM picked)
RETURNING id, source_id, uid, received_at, route, encoding, body, ip_address, attempts
"""

TAKE = """
DELETE FROM contacts_inboxbody
WHERE id = ANY (%s)
RETURNING id, source_id, uid, received_at, route, encoding, body, ip_address, attempts
"""

# What waits, counted up to a limit.
WAITING = """
SELECT count(*), min(received_at)
FROM (
    SELECT received_at FROM contacts_inboxbody
    WHERE retry_at IS NULL OR retry_at <= %s
    ORDER BY id
    LIMIT %s
) AS waiting
"""


def inbox_backlog(now: datetime) -> Backlog:
    """See how many bodies wait to be understood, and since when."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [now, MOST_COUNTED])
        return Backlog(*cursor.fetchone())


def drain_inbox(*, now: datetime) -> int:
    """
    Understand the oldest bodies, and one of those that failed before.

    :returns: how many bodies left the inbox, or were put off
    :raises OperationalError: if the database can't; everything is as it was
    """
    return _drain_oldest(now) + _drain_failed(now)


def _drain_oldest(now: datetime) -> int:
    """Understand the oldest requests that never failed."""
    values = {"most": MOST_BODIES, "bytes": MOST_BYTES, "unpacked": UNPACKED}
    picked: list[Body] = []
    try:
        try:
            _take_and_understand(PICK, values, picked, now=now)
        except TooHeavy as found:
            picked.clear()
            _take_and_understand(TAKE, [found.ids], picked, now=now)
    except Exception as error:
        if has_passed(error):
            return 1
        log.exception("A batch of messages can't be understood; trying parts of it")
        _isolate([body.id for body in picked], now)
    return len(picked)


def _drain_failed(now: datetime) -> int:
    """Try a request again that failed before, alone."""
    picked: list[Body] = []
    try:
        _take_and_understand(PICK_FAILED, [now], picked, now=now)
    except Exception as error:
        if has_passed(error):
            return 1
        log.exception("A request can't be understood")
        _put_off(picked[0], error, now)
    return len(picked)


def has_passed(error: Exception) -> bool:
    """
    Tell whether the same can be tried again at once: another transaction was in the way.

    :raises OperationalError: if it is the database that fails, whatever it is given
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    if state and state.startswith(COLLISIONS):
        return True
    if state is None or state.startswith(TROUBLES):
        raise error
    return False


def _isolate(ids: Sequence[int], now: datetime) -> None:
    """Understand the halves of a batch that failed, down to the body that is at fault."""
    if not ids:
        raise RuntimeError("The inbox can't be read.")
    middle = len(ids) // 2
    for part in (ids[:middle], ids[middle:]):
        picked: list[Body] = []
        try:
            _take_and_understand(TAKE, [list(part)], picked, now=now)
        except Exception as error:
            if has_passed(error) or len(part) > 1:
                _isolate(part, now)
            elif picked:
                log.exception("A request can't be understood")
                _put_off(picked[0], error, now)


def _put_off(body: Body, error: Exception, now: datetime) -> None:
    """Try a body again later; after the last try, give up what of it can't be understood."""
    attempts = body.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        _give_up(body, now)
        return
    InboxBody.objects.filter(pk=body.id).update(
        attempts=attempts,
        retry_at=now + REST * attempts,
        error=f"{type(error).__name__}: {error}"[:2_000],
    )


def _give_up(body: Body, now: datetime) -> None:
    """Take in the messages of a body one by one, and reject those that fail."""
    with transaction.atomic():
        taken = _take(TAKE, [[body.id]])
        for came in _read_all(taken):
            try:
                with transaction.atomic():
                    understand([came], now=now)
            except Exception as error:
                if has_passed(error):
                    raise
                log.exception("A message can't be understood; it is given up")
                _reject(came, now)


def _reject(came: Came, now: datetime) -> None:
    """Reject a message that makes the drain fail; without its content, if that is why."""
    refusal = Refusal(
        source_id=came.source_id,
        index=0,
        message_id=came.message_id,
        kind=came.kind,
        name=came.name,
        reason=FAILED,
        details="",
        received_at=came.received_at,
        payload=came.payload,
        user_id=came.user_id,
        anonymous_id=came.anonymous_id,
    )
    try:
        with transaction.atomic():
            understand([refusal], now=now)
    except Exception as error:
        has_passed(error)
        log.exception("Not even its content can be kept")
        refusal = replace(refusal, name="", payload=None, user_id="", anonymous_id="")
        understand([refusal], now=now)


def _take(statement: str, values: Any) -> list[Body]:
    """Take bodies, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return sorted(Body(*row) for row in cursor.fetchall())


def _take_and_understand(
    statement: str, values: Any, picked: list[Body], *, now: datetime
) -> None:
    """Take bodies out of the inbox and understand them; what was taken is told in any case."""
    with transaction.atomic(), collecting_later():
        picked.extend(_take(statement, values))
        understand(_read_all(_unpack_all(picked)), now=now)


@contextmanager
def collecting_later() -> Iterator[None]:
    """
    Put off the collection of garbage while a batch is in hand.

    It would look again and again at thousands of messages of which none is garbage yet.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _unpack_all(bodies: Sequence[Body]) -> list[Body]:
    """
    Unpack the bodies that are compressed.

    :raises TooHeavy: if they hold too much together
    """
    unpacked: list[Body] = []
    left = MOST_UNPACKED
    for body in bodies:
        plain = _unpack(body)
        left -= len(plain.body)
        if left < 0 and unpacked:
            raise TooHeavy([one.id for one in unpacked])
        unpacked.append(plain)
    return unpacked


def _unpack(body: Body) -> Body:
    """Unpack a body if it is packed."""
    try:
        text = unpack(bytes(body.body), limit=settings.TRACKING_BODY_BYTES)
    except BodyRefused:
        # Reading it says why.
        return body
    return body._replace(body=text, encoding="")


def _read_all(bodies: Sequence[Body]) -> list[Came]:
    """Read what bodies hold; what a source sent that is no more is nobody's."""
    if not bodies:
        return []
    sources = Source.objects.in_bulk({body.source_id for body in bodies})
    return [
        one
        for body in bodies
        if (source := sources.get(body.source_id))
        for one in _read(body, is_public=source.is_public)
    ]


def _read(body: Body, *, is_public: bool) -> list[Came]:
    """
    Read what a body holds; one that was acknowledged can be read.

    The quick look at the door may have let pass what is nested too deep. It was acknowledged,
    so it is not refused now; it is cut.
    """
    read = partial(
        read_body,
        bytes(body.body),
        encoding=body.encoding,
        route=body.route,
        source_id=body.source_id,
        uid=body.uid,
        received_at=body.received_at,
        ip_address=str(body.ip_address) if body.ip_address else None,
        is_public=is_public,
    )
    try:
        came = read()
        if any(isinstance(one, Refusal) and one.reason == TOO_DEEP for one in came):
            text = unpack(bytes(body.body), limit=settings.TRACKING_BODY_BYTES)
            if glance(text, route=body.route):
                return read(cuts_deep=True)
        return came
    except BodyRefused as refused:
        return [
            Refusal(
                source_id=body.source_id,
                index=0,
                message_id=str(body.uid),
                kind="",
                name="",
                reason=refused.reason,
                details=refused.details,
                received_at=body.received_at,
                payload=None,
            )
        ]
