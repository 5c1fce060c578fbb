"""Word to all advocates of a program, which campaigns may pass on as a message."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Min

from contacts.background import Backlog, ring_after_commit
from contacts.events import Fact, record_many
from referrals.event_names import PROGRAM_CHANGED, PROGRAM_ENDED
from referrals.models import Advocate, Program, ProgramNotice

SLICE = "referrals.notices"
BATCH = 2_000
Kind = ProgramNotice.Kind
EVENTS = {Kind.CHANGED: PROGRAM_CHANGED, Kind.ENDED: PROGRAM_ENDED}


@transaction.atomic
def announce(
    *, program: Program, kind: str, user: AbstractBaseUser | None, now: datetime
) -> ProgramNotice:
    """Begin to tell all advocates; who does so twice while the first is told tells once."""
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    waiting = ProgramNotice.objects.filter(program=program, kind=kind, done_at=None)
    if notice := waiting.first():
        return notice
    ring_after_commit(SLICE)
    return ProgramNotice.objects.create(
        program=program,
        kind=kind,
        created_at=now,
        created_by_id=user.pk if user else None,
    )


@transaction.atomic
def tell_next(*, now: datetime) -> int:
    """
    Tell the next advocates of a notice; safe to repeat and at the same time.

    Leans on the unique index (contact, program).

    :returns: how many were looked at; 0 if nothing is left to do
    """
    notice = (
        ProgramNotice.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("program")
        .filter(done_at=None)
        .order_by("created_at", "pk")
        .first()
    )
    if notice is None:
        return 0
    advocates = Advocate.objects.filter(
        program=notice.program_id,
        contact_id__gt=notice.reached,
        joined_at__lte=notice.created_at,
        contact__erased_at=None,
    )
    ids = list(
        advocates.order_by("contact_id").values_list("contact_id", flat=True)[:BATCH]
    )
    properties = {"program": notice.program.name, "program_id": notice.program_id}
    event, key = EVENTS[Kind(notice.kind)], f"notice:{notice.pk}"
    record_many(
        [Fact(contact_id, event, now, key, properties) for contact_id in ids], now=now
    )
    notice.reached = ids[-1] if ids else notice.reached
    notice.told_count += len(ids)
    notice.done_at = now if len(ids) < BATCH else None
    notice.save(update_fields=["reached", "told_count", "done_at"])
    return len(ids)


def backlog(now: datetime) -> Backlog:
    """Count the notices that are not told to all."""
    waiting = ProgramNotice.objects.filter(done_at=None)
    return Backlog(
        waiting.count(), waiting.aggregate(oldest=Min("created_at"))["oldest"]
    )
