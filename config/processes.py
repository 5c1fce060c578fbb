"""Child processes that never outlive their parent, each with a group of its own."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

SET_PARENT_DEATH_SIGNAL = 1
MANAGE = [sys.executable, "-u", str(Path(__file__).parent.parent / "manage.py")]
# A child that lived this long may be started again at once.
STEADY_SECONDS = 60
LONGEST_PAUSE = 30.0


def die_with_parent() -> None:
    """
    Ask the kernel to end this process when its parent dies, however it dies.

    Only Linux can; elsewhere a killed parent leaves its children to be ended by hand.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


class Child:
    """A command that is kept running, with a growing pause between two quick deaths."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        output: IO[bytes] | int | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(os.environ if environment is None else environment)
        self.output = output
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.pause = 0.5
        self.ended: float | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, in a session of its own: a ctrl-C reaches it only through us."""
        self.process = subprocess.Popen(  # noqa: S603 – a command of ours
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT if self.output is not None else None,
            env=self.environment,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self.started = time.monotonic()
        self.ended = None

    def revive(self) -> bool:
        """Start it again if it has ended and the pause is over; True if it was."""
        if self.is_alive:
            return False
        moment = time.monotonic()
        if self.ended is None:
            self.ended = moment
            self.kill()
            was_steady = moment - self.started > STEADY_SECONDS
            self.pause = 0.5 if was_steady else min(self.pause * 2, LONGEST_PAUSE)
        if moment - self.ended < self.pause:
            return False
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Send it the polite signal."""
        if self.process is not None and self.is_alive:
            self.process.terminate()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False if it still runs."""
        if self.process is None:
            return True
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it and all it has started, at once."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def stop_all(children: Sequence[Child], *, seconds: float) -> None:
    """Ask all to stop, and end those that have not within the time."""
    for child in children:
        child.ask_to_stop()
    end = time.monotonic() + seconds
    for child in children:
        child.wait(max(0.0, end - time.monotonic()))
    for child in children:
        child.kill()
