"""Whether the work gets done: what is late, what has failed, and who is at work, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min
from django_q.models import OrmQ

from campaigns.engine.failed import failed_enrollments, failing_enrollments
from campaigns.messaging.pass_on import not_taken
from campaigns.messaging.unknown import unknown_messages
from contacts.background import Backlog, SliceState, states
from contacts.models.doorbell import Doorbell
from referrals.setbacks import list_setbacks

# Nobody notices less.
LATE = timedelta(seconds=60)
# Workers answer every second while they work, and at once when they are called.
SILENT = timedelta(seconds=30)


@dataclass(frozen=True)
class SliceHealth:
    """A kind of work: how much is due, how late it is, and a word about it."""

    state: SliceState
    lag: timedelta
    word: str
    tone: str


@dataclass(frozen=True)
class Health:
    """Everything an operator looks at; ``troubles`` are sentences, none if all is well."""

    slices: tuple[SliceHealth, ...]
    answered_at: datetime | None
    is_answered: bool
    queued: int
    queued_since: datetime | None
    failed: int
    failing: int
    unknown: int
    not_taken: int
    troubles: tuple[str, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether nothing needs anybody."""
        return not self.troubles


def examine(*, now: datetime) -> Health:
    """Look at everything; two queries for each slice, and a few more."""
    found = states(now=now)
    slices = tuple(_examine_slice(state, now) for state in found)
    bells = Doorbell.objects.aggregate(last=Max("answered_at"))
    queue = OrmQ.objects.aggregate(oldest=Min("lock"))
    failed = failed_enrollments().count()
    failing = failing_enrollments().count()
    unknown = unknown_messages().count()
    lost = not_taken().count()
    is_answered = not _is_silent(found, now)
    return Health(
        slices=slices,
        answered_at=bells["last"],
        is_answered=is_answered,
        queued=OrmQ.objects.count(),
        queued_since=queue["oldest"],
        failed=failed,
        failing=failing,
        unknown=unknown,
        not_taken=lost,
        troubles=(
            *_troubles(slices, is_answered, failed, unknown),
            *_lost(lost),
            *_set_back(list_setbacks().count()),
        ),
    )


def _examine_slice(state: SliceState, now: datetime) -> SliceHealth:
    """Judge one kind of work."""
    lag = lag_of(state.backlog, now)
    if state.error:
        return SliceHealth(state, lag, "Fails", "bad")
    if lag > LATE:
        return SliceHealth(state, lag, "Late", "warn")
    if state.backlog.count:
        return SliceHealth(state, lag, "At work", "info")
    return SliceHealth(state, lag, "Nothing to do", "good")


def lag_of(backlog: Backlog, now: datetime) -> timedelta:
    """Say how long the oldest has been due."""
    if backlog.oldest is None:
        return timedelta()
    return max(now - backlog.oldest, timedelta())


def _is_silent(found: Sequence[SliceState], now: datetime) -> bool:
    """Whether a bell was rung, and nobody has answered any for a while."""
    rung = [state for state in found if state.rung_at and state.backlog.count]
    answers = [state.answered_at for state in found if state.answered_at]
    last = max(answers, default=None)
    waiting = any(
        state.rung_at
        and (state.answered_at is None or state.answered_at < state.rung_at)
        for state in rung
    )
    late = any(lag_of(state.backlog, now) > SILENT for state in found)
    return (waiting or late) and (last is None or now - last > SILENT)


def _troubles(
    slices: Sequence[SliceHealth], is_answered: bool, failed: int, unknown: int
) -> list[str]:
    """Say what needs somebody."""
    found = []
    if not is_answered:
        found.append("No worker answers, and work is due. Start “manage.py work”.")
    for one in slices:
        label = one.state.piece.label
        if one.tone == "bad":
            found.append(f"“{label}” fails: {one.state.error}")
        elif one.tone == "warn":
            found.append(f"“{label}” is late by {_say(one.lag)}.")
    if failed:
        noun = "person stands" if failed == 1 else "people stand"
        found.append(f"{failed:,} {noun} still because a step failed.")
    if unknown:
        noun = "message" if unknown == 1 else "messages"
        found.append(f"{unknown:,} {noun} may or may not have arrived.")
    return found


def _lost(count: int) -> Iterator[str]:
    """Say how many webhooks other systems did not take."""
    if count:
        noun = "webhook was" if count == 1 else "webhooks were"
        yield f"{count:,} {noun} not taken by another system. See “Connections”."


def _set_back(count: int) -> Iterator[str]:
    """Say for how many people something in a referral program failed."""
    if count:
        noun = "piece" if count == 1 else "pieces"
        yield f"{count:,} {noun} of referral work failed. See “Operations”."


def _say(length: timedelta) -> str:
    """Say a length in its largest unit."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"
