"""Let what was blocked or rejected go through the drain again, in the background."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max, QuerySet

from contacts.background import Slice, enqueue, register_slice, work_backlog
from contacts.drain import understand
from contacts.identities.lock import lock_identities
from contacts.models import Receipt, Replay
from contacts.plans.repairs import Target, kept, message_of
from contacts.tracking.messages import Message
from contacts.tracking.reasons import MessageRefused
from contacts.work import beat

TASK = "contacts.tasks.advance_replays"
VIA = "replay"
# Messages that go through in one transaction.
CHUNK = 500


class NothingToReplay(ValueError):
    """No message of the target is kept."""


@transaction.atomic
def start_replay(
    *, target: Target, is_live: bool, user: AbstractBaseUser | None, now: datetime
) -> Replay:
    """
    Let the messages of a target go through again, in the background.

    Unless it ``is_live``, they only count: no campaign reacts to what is long past.

    :raises NothingToReplay: if no message of it is kept
    """
    replay = Replay(
        source_id=target.source_id,
        receipt_state=target.state,
        kind=target.kind,
        name=target.name,
        reason=target.reason,
        is_live=is_live,
        phase="Waiting for a worker",
        created_at=now,
        created_by_id=user.pk if user else None,
    )
    found = receipts_of(replay)
    last = found.aggregate(last=Max("pk"))["last"]
    if last is None:
        raise NothingToReplay(target)
    replay.until_receipt_id = last
    replay.total_count = found.count()
    replay.save()
    enqueue(TASK)
    return replay


def receipts_of(replay: Replay) -> QuerySet[Receipt]:
    """Find what a replay is to take, and has not been accepted yet."""
    target = Target(
        kind=replay.kind,
        name=replay.name,
        source_id=replay.source_id,
        state=replay.receipt_state,
        reason=replay.reason,
    )
    return kept(target)


def advance_replay(work: Replay, *, now: datetime) -> bool:
    """
    Let the next messages through, with where it stands, in one transaction.

    :returns: whether there are more
    """
    with transaction.atomic():
        # First, as the drain does: else each of the two could wait for the other.
        lock_identities()
        receipts = list(
            receipts_of(work)
            .filter(pk__gt=work.last_receipt_id, pk__lte=work.until_receipt_id)
            .order_by("pk")[:CHUNK]
        )
        if not receipts:
            return False
        counts = Counter(work.counts)
        counts.update(replay_receipts(receipts, replay=work, now=now))
        work.counts = dict(counts)
        work.last_receipt_id = receipts[-1].pk
        work.save(update_fields=["counts", "last_receipt_id"])
        beat(
            work,
            now=now,
            done=work.done_count + len(receipts),
            phase="Understanding messages",
        )
    return len(receipts) == CHUNK


def replay_receipts(
    receipts: Sequence[Receipt], *, replay: Replay, now: datetime
) -> list[str]:
    """
    Take the messages of receipts in as if they had just come.

    :returns: the state of each; what can't be read again stays rejected
    """
    messages: list[Message] = []
    for receipt in receipts:
        with suppress(MessageRefused):
            messages.append(message_of(receipt))
    results = understand(
        messages, now=now, historical=not replay.is_live, via=VIA, is_replay=True
    )
    unread = len(receipts) - len(messages)
    return [*(result.state for result in results), *[Receipt.State.REJECTED] * unread]


register_slice(
    Slice(
        name="contacts.replays",
        label="Replay messages",
        task=TASK,
        due=partial(work_backlog, Replay),
    )
)
