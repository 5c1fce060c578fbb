"""
Install Segment's own clients, each into a folder of its own under ``var/clients``.

They need libraries of versions that exclude each other, and ours. ``make test`` runs this;
tests that find nothing run it themselves. What can't be installed is said, and stops nothing
but the tests that need it.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[3] / "var" / "clients"
# The generation that retries what is not exactly 200, and the one that obeys Retry-After.
PYTHON_VERSIONS = ("2.3.4", "2.4.0")
NODE_FILES = ("package.json", "package-lock.json")
# A registry that does not answer is not waited for.
NPM = [
    "npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"
]  # fmt: skip


class CannotInstall(RuntimeError):
    """A client can't be installed; says which, and what the installer said."""


def install_python(version: str) -> Path:
    """Install a version of the client for Python, and say where it is."""
    folder = FOLDER / f"python-{version}"
    if not folder.exists():
        made = _empty(folder)
        package = f"segment-analytics-python=={version}"
        options = ["--quiet", "--disable-pip-version-check", "--target", str(made)]
        _run([sys.executable, "-m", "pip", "install", *options, package])
        made.rename(folder)
    return folder


def install_node() -> Path:
    """Install the client for Node, and say where it is."""
    folder = FOLDER / "node"
    lock = "package-lock.json"
    if not (folder / lock).exists() or _differs(folder / lock, HERE / lock):
        shutil.rmtree(folder, ignore_errors=True)
        made = _empty(folder)
        for name in NODE_FILES:
            shutil.copy(HERE / name, made)
        _run([*NPM, "--prefix", str(made)])
        made.rename(folder)
    return folder


def _empty(folder: Path) -> Path:
    made = folder.with_suffix(".part")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made


def _differs(one: Path, other: Path) -> bool:
    return one.read_bytes() != other.read_bytes()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except OSError as error:
        raise CannotInstall(f"{command[0]} can't be run: {error}") from error
    if done.returncode:
        told = done.stdout.strip() or "It said nothing."
        raise CannotInstall(
            f"{' '.join(command)} ended with {done.returncode}:\n{told}"
        )


def install_all() -> None:
    """Install all that can be, and say what can't."""
    installs: list[Callable[[], Path]] = [
        partial(install_python, version) for version in PYTHON_VERSIONS
    ]
    if shutil.which("npm"):
        installs.append(install_node)
    for install in installs:
        try:
            install()
        except CannotInstall as error:
            sys.stderr.write(
                f"A client of Segment can't be installed. {error}\n"
                "The tests go on; those that need it tell.\n"
            )


if __name__ == "__main__":
    install_all()
