"""
The whole product on one machine: web, worker and mail catcher, until ctrl-C.

Whatever part dies is started again; when this process dies, however it does, the others
die with it (on Linux). The database is stopped at the end if nobody else uses it.
"""

import fcntl
import os
import selectors
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any

from django.conf import settings

from config.ports import answers, free_port
from config.processes import MANAGE, Child, stop_all
from config.secrets import kept_secret, make_key

WEB_PORT = 8000
MAIL_PORT = 1025
START_SECONDS = 60
STOP_SECONDS = 8
COLORS = {"web": 32, "work": 36, "mail": 35, "setup": 33}


class AlreadyRunning(Exception):
    """Greenlight runs from this checkout; the text is its address."""


class PartFailed(Exception):
    """A part did not start; the text says which."""


@contextmanager
def sole_supervisor(var_dir: Path) -> Iterator[IO[str]]:
    """
    Be the only supervisor of the checkout; any death frees the lock.

    :raises AlreadyRunning: if there is one
    """
    var_dir.mkdir(parents=True, exist_ok=True)
    with (var_dir / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(lock.read().strip()) from None
        yield lock


def demo_environment(var_dir: Path, *, web_port: int) -> dict[str, str]:
    """Make the environment of the parts: what the user has set stays as it is."""
    environment = dict(os.environ)
    key = kept_secret(var_dir / "secret_key", make_key())
    demo_key = kept_secret(var_dir / "demo_key", "glk_" + make_key())
    mail_port = free_port(MAIL_PORT)
    for name, value in {
        "GREENLIGHT_SECRET_KEY": key,
        "GREENLIGHT_DEMO": "1",
        "GREENLIGHT_DEMO_KEY": demo_key,
        "GREENLIGHT_URL": f"http://localhost:{web_port}",
        "GREENLIGHT_POSTAL_ADDRESS": "Fernweh Coffee, 1 Roastery Lane, Hamburg",
        "GREENLIGHT_SMTP_HOST": "127.0.0.1",
        "GREENLIGHT_SMTP_PORT": str(mail_port),
    }.items():
        environment.setdefault(name, value)
    return environment


class Supervisor:
    """Starts the parts, passes on what they say, and keeps them running."""

    def __init__(self, environment: dict[str, str], *, web_port: int) -> None:
        self.environment = environment
        self.web_port = web_port
        self.is_stopping = False
        self.selector = selectors.DefaultSelector()
        mail_port = environment["GREENLIGHT_SMTP_PORT"]
        self.children = [
            self._child("mail", [*MANAGE, "catch_mail", mail_port]),
            self._child("work", [*MANAGE, "work"]),
            self._child("web", web_command(web_port, reload=settings.DEBUG)),
        ]

    def prepare(self, *arguments: str) -> None:
        """
        Run the command that gets the database and the files ready, to its end.

        :raises PartFailed: if it failed
        """
        setup = self._child("setup", [*MANAGE, "prepare", *arguments])
        setup.start()
        while setup.is_alive and not self.is_stopping:
            self._pass_on(0.1)
        self._pass_on(0)
        if self.is_stopping:
            setup.kill()
        elif setup.process is None or setup.process.returncode:
            raise PartFailed("Setting up failed; the lines above say why.")

    def start(self) -> None:
        """
        Start the parts and wait until the site answers.

        :raises PartFailed: if it does not within a minute
        """
        for child in self.children:
            child.start()
        end = time.monotonic() + START_SECONDS
        while not self.is_stopping and not answers(self.web_port):
            self._pass_on(0.1)
            if time.monotonic() > end:
                raise PartFailed("The site did not start; the lines above say why.")

    def run(self) -> None:
        """Keep the parts running until told to stop."""
        while not self.is_stopping:
            self._pass_on(0.5)
            for child in self.children:
                if child.revive():
                    self.say(child.name, "had ended; started again")

    def stop(self) -> None:
        """Stop the parts."""
        stop_all(self.children, seconds=STOP_SECONDS)
        self._pass_on(0)

    def listen_for_signals(self) -> None:
        """Take ctrl-C, SIGTERM and a closed terminal as the wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._be_told_to_stop)

    def say(self, name: str, line: str) -> None:
        """Print a line with the name of the part that says it."""
        color = COLORS.get(name, 37)
        start = f"\x1b[{color}m{name:>5} │\x1b[0m" if _is_terminal() else f"{name:>5} |"
        sys.stdout.write(f"{start} {line}\n")
        sys.stdout.flush()

    def _child(self, name: str, command: list[str]) -> Child:
        """Make a part whose output we read; the pipe outlives its deaths."""
        read_end, write_end = os.pipe()
        reader = os.fdopen(read_end, "rb", buffering=0)
        os.set_blocking(read_end, False)
        self.selector.register(reader, selectors.EVENT_READ, (name, bytearray()))
        return Child(name, command, environment=self.environment, output=write_end)

    def _pass_on(self, seconds: float) -> None:
        """Print the lines that the parts have written, waiting for some so long."""
        for key, _ in self.selector.select(seconds):
            reader: Any = key.fileobj
            name, rest = key.data
            rest += reader.read(65536) or b""
            *lines, tail = bytes(rest).split(b"\n")
            rest[:] = tail
            for line in lines:
                self.say(name, line.decode(errors="replace").rstrip())

    def _be_told_to_stop(self, number: int, frame: FrameType | None) -> None:
        """Note a signal; the loop stops at its next turn."""
        self.is_stopping = True


def web_command(port: int, *, reload: bool) -> list[str]:
    """Give the command of the web server; ``reload`` lets it follow changes of the code."""
    options = {
        "--bind": f"127.0.0.1:{port}",
        "--worker-class": "gthread",
        "--workers": "2",
        "--threads": "4",
        "--max-requests": "5000",
        "--max-requests-jitter": "500",
        "--log-level": "warning",
    }
    words = [word for pair in options.items() for word in pair]
    if reload:
        words.append("--reload")
    return [sys.executable, "-u", "-m", "gunicorn", "config.wsgi", *words]


def _is_terminal() -> bool:
    """Tell whether somebody reads along who likes colors."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
