"""Sources of events and their keys: made, shown once, replaced, revoked, trusted."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from contacts.models import Source, WriteKey

PREFIX = "glw_"
SHOWN_LENGTH = 10
# For so long a revoked key may go on working in another process, and a new one be unknown.
CACHE_SECONDS = 5.0
CACHE_SIZE = 10_000
# "Last used" is right to the minute; writing it each time would make one row hot.
USE_PRECISION = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenSource:
    """What the hot routes know of a source whose key is valid."""

    source_id: int
    key_id: int
    kind: str
    is_public: bool
    is_trusted: bool
    reads_links: bool


@dataclass(slots=True)
class Remembered:
    """What was found for a key, until when that holds, and when its use was last noted."""

    source: OpenSource | None
    until: float
    used_at: datetime | None


_remembered: dict[str, Remembered] = {}


def create_source(
    *, name: str, kind: str, user: User | None, now: datetime, reads_links: bool = False
) -> Source:
    """Make a source that has no key yet."""
    return Source.objects.create(
        name=name,
        kind=kind,
        reads_links=reads_links,
        created_at=now,
        created_by=user,
    )


def create_key(
    *, source: Source, user: User | None, now: datetime, secret: str = ""
) -> tuple[WriteKey, str]:
    """
    Make a key; ``secret`` only where both sides were given it before, as in the demo.

    :returns: the row, and the key itself, which is shown now and never again
    """
    text = secret or PREFIX + secrets.token_urlsafe(24)
    key = WriteKey.objects.create(
        source=source,
        prefix=text[:SHOWN_LENGTH],
        digest=digest_of(text),
        created_at=now,
        created_by=user,
    )
    forget_keys()
    return key, text


@transaction.atomic
def rotate_key(
    *, source: Source, overlap: timedelta, user: User | None, now: datetime
) -> tuple[WriteKey, str]:
    """Make a new key; the others of the source go on working for the time of overlap."""
    Source.objects.select_for_update().get(pk=source.pk)
    end = now + overlap
    later = Q(expires_at=None) | Q(expires_at__gt=end)
    WriteKey.objects.filter(later, source=source, revoked_at=None).update(
        expires_at=end
    )
    return create_key(source=source, user=user, now=now)


def revoke_key(*, key: WriteKey, user: User | None, now: datetime) -> None:
    """Make a key useless from now on; who did it first stays on record."""
    WriteKey.objects.filter(pk=key.pk, revoked_at=None).update(
        revoked_at=now, revoked_by=user
    )
    forget_keys()


def disable_source(*, source: Source, user: User | None, now: datetime) -> None:
    """Refuse what the source sends from now on, whatever its key."""
    Source.objects.filter(pk=source.pk, disabled_at=None).update(
        disabled_at=now, disabled_by=user
    )
    forget_keys()


def enable_source(*, source: Source) -> None:
    """Take again what the source sends."""
    Source.objects.filter(pk=source.pk).update(disabled_at=None, disabled_by=None)
    forget_keys()


def trust_source(*, source: Source, user: User | None, now: datetime) -> None:
    """Let the events of a public source pay rewards."""
    Source.objects.filter(pk=source.pk, trusted_at=None).update(
        trusted_at=now, trusted_by=user
    )
    forget_keys()


def distrust_source(*, source: Source) -> None:
    """Let the events of a public source pay nothing from now on."""
    Source.objects.filter(pk=source.pk).update(trusted_at=None, trusted_by=None)
    forget_keys()


def set_reads_links(*, source: Source, reads_links: bool) -> None:
    """Let links to a site say who the visitor is, or ignore what they say."""
    Source.objects.filter(pk=source.pk).update(reads_links=reads_links)
    forget_keys()


def set_recognizes(*, source: Source, recognizes: bool) -> None:
    """Let what a source claims find people whom we know by address alone, or not."""
    Source.objects.filter(pk=source.pk).update(recognizes=recognizes)


def find_source(text: str, *, now: datetime) -> OpenSource | None:
    """
    Find the source that a key opens, and note to the minute that it was used.

    None if the key is unknown, expired or revoked, or the source is off. What was found
    is remembered for some seconds; costs nothing in between.
    """
    digest = digest_of(text)
    found = _remembered.get(digest)
    if found is None or found.until < monotonic():
        found = _look_up(digest, now=now)
        if len(_remembered) >= CACHE_SIZE:
            _remembered.clear()
        _remembered[digest] = found
    if found.source and (not found.used_at or now - found.used_at >= USE_PRECISION):
        found.used_at = now
        WriteKey.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lte=now - USE_PRECISION),
            pk=found.source.key_id,
        ).update(last_used_at=now)
    return found.source


def digest_of(text: str) -> str:
    """Hash a key; it is random and long, so a plain hash keeps it secret."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def forget_keys() -> None:
    """Look up all keys anew in this process."""
    _remembered.clear()


def _look_up(digest: str, *, now: datetime) -> Remembered:
    """Look a key up in the database."""
    until = monotonic() + CACHE_SECONDS
    key = (
        WriteKey.objects.valid(now)
        .select_related("source")
        .filter(digest=digest)
        .first()
    )
    if key is None:
        return Remembered(None, until, None)
    if key.expires_at:
        until = min(until, monotonic() + (key.expires_at - now).total_seconds())
    source = key.source
    opened = OpenSource(
        source_id=source.pk,
        key_id=key.pk,
        kind=source.kind,
        is_public=source.is_public,
        is_trusted=source.is_trusted,
        reads_links=source.reads_links,
    )
    return Remembered(opened, until, key.last_used_at)
