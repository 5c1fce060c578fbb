"""Background work of the app; each task drains one slice."""

from django.utils import timezone

from contacts.background import run_slice
from contacts.drain.inbox import drain_inbox
from contacts.drain.retention import empty_payloads
from contacts.erasure.forget import forget_person
from contacts.histories import retention
from contacts.histories.advance import advance_history
from contacts.identities import strays
from contacts.imports.advance import advance_import
from contacts.imports.retention import purge_one
from contacts.models import Erasure, HistoryRun, ImportRun, Replay
from contacts.observed import count_one
from contacts.replays import advance_replay
from contacts.work import advance_one

IMPORT_FAILED = (
    "Something went wrong on our side. What was done until then is kept; you can go on from "
    "there, and the log has the details."
)
REPLAY_FAILED = (
    "Something went wrong on our side. What was replayed until then counts; replay again for "
    "the rest, and the log has the details."
)


def drain_events() -> None:
    """Understand what sources have sent."""
    run_slice("contacts.drain", lambda: drain_inbox(now=timezone.now()))


def forget_payloads() -> None:
    """Empty what old receipts hold of the messages as they came."""
    run_slice("contacts.payloads", lambda: empty_payloads(now=timezone.now()))


def advance_imports() -> None:
    """Check, commit and undo imports."""
    run_slice("contacts.imports", _advance)


def purge_imports() -> None:
    """Delete the files and staged rows of imports that can no longer be undone."""
    run_slice("contacts.old_imports", _purge)


def advance_histories() -> None:
    """Check, commit and undo imports of past events."""
    run_slice("contacts.histories", _advance_history)


def purge_histories() -> None:
    """Delete the files and staged rows of event imports that can no longer be undone."""
    run_slice("contacts.old_histories", _purge_history)


def advance_replays() -> None:
    """Let blocked and rejected messages go through again."""
    run_slice("contacts.replays", _replay)


def count_people_of_events() -> None:
    """Count how many people did each event."""
    run_slice("contacts.people_of_events", _count_people)


def forget_people() -> None:
    """Forget people who asked for it."""
    run_slice("contacts.erasures", _forget)


def move_strays() -> None:
    """Move what was written about contacts while they became a part of others."""
    run_slice("contacts.strays", _move_strays)


def _move_strays() -> int:
    """Bring rows to who their contact became."""
    return strays.move_strays(now=timezone.now())


def _forget() -> int:
    """Forget the next person."""
    return advance_one(Erasure, forget_person, now=timezone.now())


def _advance() -> int:
    """Take the next import on."""
    return advance_one(
        ImportRun, advance_import, now=timezone.now(), failure=IMPORT_FAILED
    )


def _purge() -> int:
    """Delete what is kept of an old import."""
    return purge_one(now=timezone.now())


def _advance_history() -> int:
    """Take the next import of events on."""
    return advance_one(
        HistoryRun, advance_history, now=timezone.now(), failure=IMPORT_FAILED
    )


def _purge_history() -> int:
    """Delete what is kept of an old import of events."""
    return retention.purge_one(now=timezone.now())


def _replay() -> int:
    """Take the next replay on."""
    return advance_one(
        Replay, advance_replay, now=timezone.now(), failure=REPLAY_FAILED
    )


def _count_people() -> int:
    """Count the people of one type of event."""
    return count_one(now=timezone.now())
