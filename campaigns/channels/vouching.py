"""
How a product vouches for the person who is signed in to it.

Its server signs the user's id and until when the page is good, with the secret of its site:
``HMAC-SHA256(secret, "<user id>.<expires>")`` in hex, ``expires`` in seconds since 1970.
"""

import hmac
import secrets
from datetime import datetime

# No page is good for longer, whatever it says.
LONGEST_SECONDS = 7 * 24 * 3600
MOST_LENGTH = 255


def make_key() -> str:
    """Make the readable key of a site."""
    return f"app_{secrets.token_urlsafe(12)}"


def make_secret() -> str:
    """Make the secret of a site."""
    return secrets.token_hex(32)


def sign_user(secret: str, user: str, expires: int) -> str:
    """Sign a user's id, as the product's server does."""
    message = f"{user}.{expires}".encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), message, "sha256").hexdigest()


def is_vouched_for(
    secret: str, *, user: str, expires: int, signature: str, now: datetime
) -> bool:
    """Whether the site says, with its secret and not too long ago, who this is."""
    seconds = now.timestamp()
    if not user or len(user) > MOST_LENGTH:
        return False
    if not seconds < expires <= seconds + LONGEST_SECONDS:
        return False
    expected = sign_user(secret, user, expires).encode()
    return hmac.compare_digest(expected, signature.encode("utf-8", "replace"))
