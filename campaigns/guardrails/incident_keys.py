"""Keys with which another system opens and closes incidents: made, shown once, checked, revoked."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.models import User
from django.db.models import Q

from campaigns.models import IncidentKey

PREFIX = "gli_"
# "Last used" is right to the minute; writing it each time would make one row hot.
USE_PRECISION = timedelta(minutes=1)


def digest_of(key: str) -> str:
    """Hash a key; it is random and long, so a plain hash keeps it secret."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def create_key(
    *, name: str, user: User | None, now: datetime
) -> tuple[IncidentKey, str]:
    """
    Make a key.

    :returns: the row, and the key itself, which is shown now and never again
    """
    text = PREFIX + secrets.token_urlsafe(32)
    key = IncidentKey.objects.create(
        name=name,
        prefix=text[:8],
        digest=digest_of(text),
        created_at=now,
        created_by=user,
    )
    return key, text


def find_key(text: str, *, now: datetime) -> IncidentKey | None:
    """Find the key that is not revoked, and note that it was used; None if there is none."""
    key = IncidentKey.objects.filter(digest=digest_of(text), revoked_at=None).first()
    if key:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_PRECISION)
        IncidentKey.objects.filter(unused, pk=key.pk).update(last_used_at=now)
    return key


def revoke_key(*, key: IncidentKey, user: User, now: datetime) -> None:
    """Make a key useless from now on; who did it first stays on record."""
    IncidentKey.objects.filter(pk=key.pk, revoked_at=None).update(
        revoked_at=now, revoked_by=user
    )
