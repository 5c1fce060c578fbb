"""
Visits that are kept in a file first, and written to the tables many at a time.

Used only with ``GREENLIGHT_BUFFER_VISITS``. Each web process appends a line per visit to a file
of its own below ``GREENLIGHT_VAR``; a slice of background work writes them with
``visits.record_visits``, which knows each by its click id, so that a file that is read twice
counts once. A file is taken away only after its visits are committed.

What may be lost: a line is with the operating system before the friend is led on, so a process
that is killed loses nothing. If the whole machine fails, what the system had not written to the
disk is lost: on Linux, visits of up to half a minute. Until a visit is written, it is in no
report, and a sign-up that names its click is credited to nobody; with a running worker that is
a second or two.
"""

import fcntl
import json
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import transaction

from contacts.background import Backlog
from referrals.arrivals import Arrival, keep, kept
from referrals.models import Advocate
from referrals.visits import Arrived, record_visits

ENDING = ".visits"
WRITTEN_AT_ONCE = 500
log = logging.getLogger(__name__)


def folder() -> Path:
    """Say where the files are."""
    return Path(settings.VAR_DIR) / "visits"


class Buffer:
    """The file of one process; may be used from several threads."""

    numbers = count(1)

    def __init__(self) -> None:
        self.lock = Lock()
        self.file = -1
        self.owner = 0

    def append(self, line: Mapping[str, Any]) -> None:
        """
        Keep a visit.

        :raises OSError: if it can't be kept
        """
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        with self.lock:
            self._hold()
            try:
                if os.write(self.file, data) != len(data):
                    raise OSError("the disk is full")
            finally:
                fcntl.flock(self.file, fcntl.LOCK_UN)

    def _hold(self) -> None:
        """Hold the file against who reads it; begin another if somebody does, or has done."""
        while True:
            if self.file < 0 or self.owner != os.getpid():
                self._open()
            with suppress(BlockingIOError):
                fcntl.flock(self.file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                if os.fstat(self.file).st_nlink:
                    return
            os.close(self.file)
            self.file = -1

    def _open(self) -> None:
        """Begin a file that no other process has."""
        folder().mkdir(parents=True, exist_ok=True)
        self.owner = os.getpid()
        name = f"{socket.gethostname()}-{self.owner}-{next(self.numbers)}{ENDING}"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self.file = os.open(folder() / name, flags, 0o600)


def line_of(
    *, contact_id: int, advocate_id: int, arrival: Arrival, click_id: str, at: datetime
) -> dict[str, Any]:
    """Write a visit as a line; of the address only its hashes."""
    return {
        "contact": contact_id,
        "advocate": advocate_id,
        "click": click_id,
        "at": at.timestamp(),
        **keep(arrival),
    }


def files() -> list[Path]:
    """List the files that have something in them, the oldest first."""
    found: list[tuple[float, Path]] = []
    if not folder().is_dir():
        return []
    for path in folder().glob(f"*{ENDING}"):
        try:
            state = path.stat()
        except FileNotFoundError:
            continue
        if state.st_size:
            found.append((state.st_mtime, path))
    return [path for _, path in sorted(found)]


def buffered(now: datetime) -> Backlog:
    """See how many files wait, and since when at the latest."""
    waiting = files()
    if not waiting:
        return Backlog(0, None)
    try:
        since = datetime.fromtimestamp(waiting[0].stat().st_mtime, UTC)
    except FileNotFoundError:
        since = now
    return Backlog(len(waiting), min(since, now))


def write_buffered(*, now: datetime) -> int:
    """Write the visits of each file, then take the file away; returns how many there were."""
    return sum(_write_file(path, now) for path in files())


def _write_file(path: Path, now: datetime) -> int:
    """Write the visits of one file, unless another worker has it."""
    try:
        handle = path.open("rb")
    except FileNotFoundError:
        return 0
    with handle:
        # Waits for the line that is being written; its writer then begins another file.
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not os.fstat(handle.fileno()).st_nlink:
            return 0
        lines = list(_read(handle.read()))
        for start in range(0, len(lines), WRITTEN_AT_ONCE):
            _write(lines[start : start + WRITTEN_AT_ONCE], now)
        path.unlink()
    return len(lines)


def _read(text: bytes) -> Iterator[dict[str, Any]]:
    """Read the lines; one that was cut off with the machine is left out."""
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            log.warning("A kept visit can't be read.")


@transaction.atomic
def _write(lines: list[dict[str, Any]], now: datetime) -> None:
    """Write visits whose advocates are still there."""
    wanted = {line["advocate"] for line in lines}
    rows = Advocate.objects.filter(
        pk__in=wanted, contact_id__in={line["contact"] for line in lines}
    )
    advocates = {row.pk: row for row in rows.select_related("program")}
    arrivals = [
        Arrived(
            advocate=advocates[line["advocate"]],
            arrival=kept(line),
            at=datetime.fromtimestamp(line["at"], UTC),
            click_id=line["click"],
        )
        for line in lines
        if line["advocate"] in advocates
    ]
    record_visits(arrivals, now=now)
