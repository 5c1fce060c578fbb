"""
What could not be done for one person: it stands aside with its error, and the others go on.

A failure that only time mends (a lost connection, a deadlock) is nobody's setback; the whole slice
comes again. All else is tried again after 2, 4, 8 … minutes, at most every four hours, for ever:
it is about money. The operator sees it, and may try it at once.
"""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet

from referrals.models import Referral, Reward, Setback

Work = Setback.Work
# After so many attempts the pauses grow no more.
LONGEST = 8
PASSING = (OperationalError, InterfaceError)
# Where it stands when work on a row is due.
DUE: dict[str, tuple[type[Referral] | type[Reward], str]] = {
    Work.JUDGE: (Referral, "judge_due_at"),
    Work.RECKON: (Referral, "rewards_due_at"),
    Work.SETTLE: (Reward, "due_at"),
    Work.ACCOUNT: (Reward, "due_at"),
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Piece:
    """Work on one row of a contact; ``failed_before`` spares a look whether it did."""

    work: str
    contact_id: int
    row_id: int
    failed_before: bool = False

    def put_off(self, due_at: datetime) -> None:
        """Let it be due then."""
        model, field = DUE[self.work]
        own = model._base_manager.filter(contact=self.contact_id, pk=self.row_id)
        own.update(**{field: due_at})


def note_setback(
    error: Exception, *, work: str, contact_id: int, row_id: int = 0, now: datetime
) -> datetime:
    """Write down that something failed, once more; returns when it is tried again."""
    log.error("Work %s failed for contact %s", work, contact_id, exc_info=error)
    values = {
        "error": f"{type(error).__name__}: {error}"[:2_000].replace("\0", ""),
        "failed_at": now,
        "due_at": now,
    }
    own = Setback.objects.filter(contact=contact_id, work=work, row_id=row_id)
    if not own.update(**values, attempts=F("attempts") + 1):
        Setback.objects.get_or_create(
            contact_id=contact_id,
            work=work,
            row_id=row_id,
            defaults=values | {"attempts": 1},
        )
    attempts = own.values_list("attempts", flat=True)[0]
    due_at = now + timedelta(minutes=2 ** min(attempts, LONGEST))
    own.update(due_at=due_at)
    return due_at


def known_among(work: str, row_ids: Collection[int]) -> set[int]:
    """Find which of some rows have failed before."""
    rows = Setback.objects.filter(work=work, row_id__in=row_ids)
    return set(rows.values_list("row_id", flat=True))


def forget_setbacks(work: str, contact_ids: Iterable[int]) -> None:
    """Let what is done for contacts be no setback any more."""
    Setback.objects.filter(contact__in=contact_ids, work=work).delete()


def forget_rows(work: str, row_ids: Collection[int]) -> None:
    """Let what is done with rows be no setback any more."""
    Setback.objects.filter(work=work, row_id__in=row_ids).delete()


def carefully(do: Callable[[], int], piece: Piece, *, now: datetime) -> bool:
    """
    Do the work of one row; if it fails, put the row off until it is tried again.

    :returns: whether anything came of it, if only a setback
    """
    try:
        done = do()
    except PASSING:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
        with transaction.atomic():
            due_at = note_setback(
                error,
                work=piece.work,
                contact_id=piece.contact_id,
                row_id=piece.row_id,
                now=now,
            )
            piece.put_off(due_at)
        return True
    if done and piece.failed_before:
        forget_rows(piece.work, [piece.row_id])
    return bool(done)


def list_setbacks() -> QuerySet[Setback]:
    """List all setbacks, the latest first."""
    return Setback.objects.select_related("contact").order_by("-failed_at", "-pk")


@transaction.atomic
def try_again(rows: Iterable[Setback], *, now: datetime) -> int:
    """Let what failed be tried at once; safe to repeat. Returns how many."""
    count = 0
    for one in rows:
        count += 1
        if one.work == Work.CREDIT:
            own = Setback.objects.filter(contact=one.contact_id, pk=one.pk)
            own.update(due_at=now, attempts=0)
            continue
        Piece(one.work, one.contact_id, one.row_id).put_off(now)
        # If it fails again, it comes back; if its row has gone meanwhile, it does not.
        Setback.objects.filter(contact=one.contact_id, pk=one.pk).delete()
    return count
