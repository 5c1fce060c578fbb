"""Typed readers of the environment that refuse malformed values."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}


def read_text(name: str, default: str = "") -> str:
    """Read a text."""
    return os.environ.get(name, default).strip()


def read_secret(name: str, file: Path, default: str) -> str:
    """Read a secret, or the file that keeps it if the variable is not set."""
    secret = read_text(name)
    if secret:
        return secret
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return default


def read_url(name: str, default: str) -> str:
    """Read the address of a site, without a slash at its end."""
    url = read_text(name, default).rstrip("/")
    address = urlsplit(url)
    if address.scheme not in {"http", "https"} or not address.hostname or address.path:
        raise ImproperlyConfigured(
            f"{name} must look like https://referrals.example.com; got {url!r}."
        )
    return url


def read_flag(name: str, *, default: bool) -> bool:
    """Read yes or no."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    word = raw.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0; got {raw!r}.")


def read_integer(name: str, default: int, *, least: int = 0) -> int:
    """Read a whole number of at least ``least``."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    if not raw.isdigit() or int(raw) < least:
        raise ImproperlyConfigured(
            f"{name} must be a whole number of at least {least}; got {raw!r}."
        )
    return int(raw)


def read_words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Read words that are separated by commas."""
    raw = os.environ.get(name)
    if raw is None:
        return list(default)
    return [word.strip() for word in raw.split(",") if word.strip()]


def read_path(name: str, default: Path) -> Path:
    """Read a path; a relative one counts from the working directory."""
    raw = os.environ.get(name, "").strip()
    return Path(raw).absolute() if raw else default


def read_database(name: str) -> dict[str, object] | None:
    """
    Read a PostgreSQL address like ``postgres://user:password@host:5432/name``.

    What follows a question mark goes to the driver: ``?sslmode=require``, or the folder of
    a socket, ``?host=/run/postgresql``. None if the variable is not set.
    """
    raw = os.environ.get(name, "").strip()
    if not raw:
        return None
    address = urlsplit(raw)
    if address.scheme not in {"postgres", "postgresql"} or len(address.path) < 2:
        raise ImproperlyConfigured(
            f"{name} must look like postgres://user:password@host:5432/name."
        )
    options = dict(parse_qsl(address.query))
    host = options.pop("host", unquote(address.hostname or ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "PORT": str(address.port or ""),
        "USER": unquote(address.username or ""),
        "PASSWORD": unquote(address.password or ""),
        "NAME": unquote(address.path[1:]),
        "OPTIONS": options,
    }
