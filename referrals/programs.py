"""A program ends, and may go on."""

from datetime import datetime

from django.contrib.auth.models import User

from referrals.models import Program, ProgramNotice
from referrals.notices import announce


def end_program(*, program: Program, user: User, now: datetime) -> None:
    """End the offer; links go on working and say that it is over."""
    ended = Program.objects.filter(pk=program.pk, ended_at=None).update(
        ended_at=now, ended_by=user
    )
    if ended:
        announce(program=program, kind=ProgramNotice.Kind.ENDED, user=user, now=now)


def reopen_program(*, program: Program) -> None:
    """Offer it again, with all links as they were."""
    Program.objects.filter(pk=program.pk).update(ended_at=None, ended_by=None)


def pause_program(
    *,
    program: Program,
    user: User | None = None,
    because: str = Program.PauseCause.HAND,
    now: datetime,
) -> bool:
    """Offer friends nothing until it goes on; returns whether it was not paused before."""
    paused = Program.objects.filter(pk=program.pk, paused_at=None).update(
        paused_at=now, paused_by=user, paused_because=because
    )
    return bool(paused)


def resume_program(*, program: Program) -> bool:
    """Offer it to friends again; returns whether it was paused."""
    resumed = (
        Program.objects.filter(pk=program.pk)
        .exclude(paused_at=None)
        .update(paused_at=None, paused_by=None, paused_because="")
    )
    return bool(resumed)
