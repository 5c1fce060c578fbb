"""Signed links: which rows a link speaks of, and that we made it for this purpose."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from django.conf import settings
from django.utils.http import base36_to_int, int_to_base36

SIGNATURE_BYTES = 16


class BadToken(ValueError):
    """The token is not one of ours, or was made for another purpose."""


def sign(key: str, purpose: str, payload: str) -> str:
    """Sign the payload for one purpose with one key."""
    own = hashlib.sha256(f"greenlight.tokens.{key}".encode()).digest()
    digest = hmac.digest(own, f"{purpose}:{payload}".encode(), "sha256")
    return urlsafe_b64encode(digest[:SIGNATURE_BYTES]).decode().rstrip("=")


def make_token(purpose: str, *values: int) -> str:
    """
    Make a token that names rows by their ids, for one purpose.

    It never expires, says nothing about the person and fits into an address as it is.
    """
    payload = ".".join(int_to_base36(value) for value in values)
    return f"{payload}~{sign(settings.SECRET_KEY, purpose, payload)}"


def read_token(purpose: str, token: str) -> tuple[int, ...]:
    """
    Read the ids from a token that was made for the purpose.

    A token that was signed with a retired key (``SECRET_KEY_FALLBACKS``) still counts.

    :raises BadToken: if it is malformed, forged, or made for another purpose
    """
    payload, separator, signature = token.partition("~")
    if not separator or not payload or not token.isascii():
        raise BadToken
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(
        hmac.compare_digest(sign(key, purpose, payload), signature) for key in keys
    ):
        raise BadToken
    return tuple(base36_to_int(part) for part in payload.split("."))
