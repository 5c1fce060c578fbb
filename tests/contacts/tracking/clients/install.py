"""
Install Segment's own clients, each into a folder of its own under ``var/clients``.

They need libraries of versions that exclude each other, and ours. ``make test`` runs this;
tests that find nothing run it themselves.
"""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[3] / "var" / "clients"
# The generation that retries what is not exactly 200, and the one that obeys Retry-After.
PYTHON_VERSIONS = ("2.3.4", "2.4.0")
NODE_FILES = ("package.json", "package-lock.json")


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
        _run(
            ["npm", "ci", "--no-audit", "--no-fund", "--silent", "--prefix", str(made)]
        )
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
    subprocess.run(command, check=True)


if __name__ == "__main__":
    for version in PYTHON_VERSIONS:
        install_python(version)
    if shutil.which("npm"):
        install_node()
