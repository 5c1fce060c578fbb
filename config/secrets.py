"""Secrets that a checkout makes for itself, each in a file that only its owner reads."""

import os
import secrets
import tempfile
from pathlib import Path

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
WEAK_START = "insecure"
LEAST_LENGTH = 50
LEAST_VARIETY = 10


def is_weak(key: str) -> bool:
    """Whether a secret key is short, plain, or the one that is written in the source."""
    return (
        len(key) < LEAST_LENGTH
        or len(set(key)) < LEAST_VARIETY
        or WEAK_START in key[:20].lower()
    )


def kept_secret(file: Path, make: str) -> str:
    """Read the file's secret; the first time, keep ``make`` there."""
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all, and only for us from the beginning.
    descriptor, side = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "w") as output:
        output.write(make + "\n")
    os.link(side, file)
    os.unlink(side)
    return make


def make_key() -> str:
    """Make a secret key."""
    return secrets.token_urlsafe(60)


def make_password() -> str:
    """Make a password that can be read out: three groups of four letters and digits."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)
