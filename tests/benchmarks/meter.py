"""What something costs: on the clock, and of the processors, ours and the backend's."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """
    Seconds on the wall, and seconds that the processors were busy.

    The wall depends on who else is at work; the processors' time hardly does.
    """

    wall: float
    cpu: float


class Meter:
    """Measures what is done inside ``with``."""

    def __enter__(self) -> "Meter":
        self.began = self._read()
        return self

    def __exit__(self, *_: Any) -> None:
        wall, cpu = self._read()
        self.cost = Cost(wall - self.began[0], cpu - self.began[1])

    def _read(self) -> tuple[float, float]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = cursor.fetchone()[0]
        fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
        theirs = (int(fields[11]) + int(fields[12])) / TICKS
        return time.perf_counter(), time.process_time() + theirs


class Peak:
    """The most memory that was held inside ``with``, beyond what was held before, in MB."""

    def __enter__(self) -> "Peak":
        # The kernel forgets the highest mark so far.
        Path("/proc/self/clear_refs").write_text("5")
        self.before = self._read()
        return self

    def __exit__(self, *_: Any) -> None:
        self.grown_mb = self._read() - self.before

    def _read(self) -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        [mark] = [line.split()[1] for line in lines if line.startswith("VmHWM")]
        return int(mark) / 1024


def measure(do: Callable[[], object]) -> Cost:
    """Do it, and say what it cost."""
    with Meter() as meter:
        do()
    return meter.cost
