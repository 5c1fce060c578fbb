"""
Signatures of what we post, as the Standard Webhooks specification says.

``webhook-id`` names the message and is the same on every attempt, ``webhook-timestamp`` is when
this attempt left, in seconds since 1970, and ``webhook-signature`` holds one or more signatures
with a space between: ``v1,`` and the HMAC-SHA256 over ``id.timestamp.body``, in base64. The key
is what follows ``whsec_`` in the secret, decoded from base64.
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

PREFIX = "whsec_"
SECRET_BYTES = 32
TOLERANCE = timedelta(minutes=5)
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
MOST_SIGNATURES = 10


class BadSignature(ValueError):
    """It is not signed by who knows the secret, or not just now."""


def make_secret() -> str:
    """Make a secret that both sides know."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def make_key() -> str:
    """Make the readable key of a connection."""
    return f"con_{secrets.token_urlsafe(12)}"


def sign(secret: str, *, name: str, seconds: int, body: bytes) -> str:
    """Sign one message with one secret."""
    key = b64decode(secret.removeprefix(PREFIX))
    signed = hmac.digest(key, f"{name}.{seconds}.".encode() + body, "sha256")
    return f"v1,{b64encode(signed).decode()}"


def signed_headers(
    known: Sequence[str], *, name: str, body: bytes, now: datetime
) -> dict[str, str]:
    """Write the three headers of a message; each secret signs."""
    seconds = int(now.timestamp())
    signatures = [sign(one, name=name, seconds=seconds, body=body) for one in known]
    return dict(zip(NAMES, (name, str(seconds), " ".join(signatures)), strict=True))


def check_signature(
    known: Sequence[str], *, headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    """
    See that a message was signed just now by who knows one of the secrets.

    :returns: the name of the message
    :raises BadSignature: if it was not
    """
    name, seconds, given = (headers.get(one, "") for one in NAMES)
    if not (name and seconds.isascii() and seconds.isdecimal() and len(seconds) < 12):
        raise BadSignature("The headers webhook-id and webhook-timestamp are missing.")
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise BadSignature("The timestamp is more than five minutes off.")
    shown = [one.encode("utf-8", "replace") for one in given.split(" ")]
    for secret in known:
        right = sign(secret, name=name, seconds=int(seconds), body=body).encode()
        if any(hmac.compare_digest(right, one) for one in shown[:MOST_SIGNATURES]):
            return name
    raise BadSignature("The signature is wrong.")
