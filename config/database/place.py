"""Where the embedded server's files are, which account runs it, and its processes."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

MAJOR = 18
# A socket's path may have 104 bytes on macOS; PostgreSQL adds its file name to the folder.
LONGEST_SOCKET_DIR = 80
# Accounts that may run the server when we are root, which PostgreSQL refuses to be.
ACCOUNTS = ("greenlight-pg", "postgres")
# Where root's server lives if its checkout is in a folder that nobody else may enter.
SYSTEM_DIR = Path("/var/lib/greenlight")


class PostgresError(RuntimeError):
    """The server can't be made, started or stopped; the text says why."""


@dataclass(frozen=True)
class Place:
    """Where the server's files are, and which account runs it (None for our own)."""

    programs: Path
    root: Path
    account: pwd.struct_passwd | None = None

    @property
    def owner(self) -> int:
        """The number of the account that owns the files."""
        return self.account.pw_uid if self.account else os.geteuid()

    @property
    def data(self) -> Path:
        """The data folder; each major version has one of its own."""
        return self.root / f"data{MAJOR}"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.root / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        """The private folder of the socket; the same for each process of this checkout."""
        near = self.root / "socket"
        is_plain = not set(",\"'\\") & set(str(near))
        if is_plain and len(os.fsencode(near)) <= LONGEST_SOCKET_DIR:
            return near
        name = f"greenlight-{self.owner}-{_digest(self.root)}"
        return Path("/tmp", name)  # noqa: S108 – make_private refuses a folder of others

    def make_private(self, folder: Path) -> None:
        """
        Make the folder, for the server's account only.

        :raises PostgresError: if somebody else has put something there
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        ours = {self.owner, os.geteuid()}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
            raise PostgresError(
                f"{folder} belongs to another account. Remove it, or run Greenlight as "
                f"that account."
            )
        if found.st_uid != self.owner and self.account:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)

    def run(self, command: list[str], *, output: IO[bytes]) -> None:
        """Run a command as the server's account, away from our terminal and session."""
        account = self.account
        subprocess.run(  # noqa: S603 – our own list of arguments
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "LC_ALL": "C",
                "TZ": "UTC",
            },
            start_new_session=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def find_place(programs: Path, root: Path) -> Place:
    """
    Decide where the server lives and which account runs it.

    As root it is another account's. Where that account can't reach the checkout, the data
    and a copy of the programs go to a system folder; no permission of a folder that is
    there already is changed.
    """
    if os.geteuid() != 0:
        return Place(programs, root)
    if not _is_open_to_all(root.parent):
        root = SYSTEM_DIR / _digest(root)
    if not _is_open_to_all(programs):
        programs = _copied(programs)
    return Place(programs, root, _find_account())


def is_alive(pid: int) -> bool:
    """Whether the process is there and has not ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def is_postmaster(pid: int, data: Path) -> bool:
    """Whether the process is a live server of this data folder."""
    try:
        return is_alive(pid) and str(data) in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def dead_pid() -> int:
    """Give the number of a process that has just ended."""
    process = subprocess.Popen(["true"])  # noqa: S607 – any "true" does
    process.wait()
    return process.pid


def _digest(path: Path) -> str:
    """Shorten a path to what fits into a name."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _is_open_to_all(path: Path) -> bool:
    """Whether any account may go into the folder, as far as it exists."""
    folders = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def _find_account() -> pwd.struct_passwd:
    """Find the account that PostgreSQL runs as under root, or make it."""
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    name = ACCOUNTS[0]
    command = ["useradd", "--system", "--no-create-home", name]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 – as listed
    except (OSError, subprocess.CalledProcessError) as error:
        raise PostgresError(
            f"PostgreSQL does not run as root. Make an account named {name} for it, run "
            f"Greenlight as another user, or set DATABASE_URL."
        ) from error
    return pwd.getpwnam(name)


def _copied(programs: Path) -> Path:
    """Copy the programs to where the server's account reaches them; once per version."""
    copy = SYSTEM_DIR / f"{programs.name}-{int(programs.stat().st_mtime)}"
    if not copy.exists():
        SYSTEM_DIR.mkdir(parents=True, exist_ok=True)
        side = Path(tempfile.mkdtemp(dir=SYSTEM_DIR))
        shutil.copytree(programs, side / "copy", symlinks=True)
        (side / "copy").chmod(0o755)
        try:
            (side / "copy").rename(copy)
        except OSError:
            # Another process was faster; its copy is as good.
            if not copy.exists():
                raise
        finally:
            shutil.rmtree(side, ignore_errors=True)
    return copy
