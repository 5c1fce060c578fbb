"""Keys of the conversion endpoint: made, shown once, checked, revoked."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.models import User
from django.db.models import Q

from referrals.models import EndpointKey

PREFIX = "glk_"
# "Last used" is right to the minute; writing it each time would make one row hot.
USE_PRECISION = timedelta(minutes=1)


def digest_of(key: str) -> str:
    """Hash a key; it is random and long, so a plain hash keeps it secret."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def create_key(
    *,
    name: str,
    user: User | None,
    now: datetime,
    secret: str = "",
) -> tuple[EndpointKey, str]:
    """
    Make a key; ``secret`` only where both sides were given it before, as in the demo.

    :returns: the row, and the key itself, which is shown now and never again
    """
    text = secret or PREFIX + secrets.token_urlsafe(32)
    key = EndpointKey.objects.create(
        name=name,
        prefix=text[:8],
        digest=digest_of(text),
        created_at=now,
        created_by=user,
    )
    return key, text


def find_key(text: str, *, now: datetime) -> EndpointKey | None:
    """Find the key that is not revoked, and note that it was used; None if there is none."""
    key = EndpointKey.objects.filter(digest=digest_of(text), revoked_at=None).first()
    if key:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_PRECISION)
        EndpointKey.objects.filter(unused, pk=key.pk).update(last_used_at=now)
    return key


def revoke_key(*, key: EndpointKey, user: User, now: datetime) -> None:
    """Make a key useless from now on; who did it first stays on record."""
    EndpointKey.objects.filter(pk=key.pk, revoked_at=None).update(
        revoked_at=now, revoked_by=user
    )
