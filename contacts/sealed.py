"""
Secrets at rest: sealed with a key of the site, so that a copy of the database tells none.

``1.<name of the key>.<nonce, text and tag>``: AES-256-GCM, with a key derived from the secret
key for this alone. What was sealed with a retired key (``SECRET_KEY_FALLBACKS``) can still be
opened. The purpose is sealed with it: what is moved to another row or field opens nothing.
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "1"
NONCE_BYTES = 12


class NotOpened(ValueError):
    """It was sealed with a key that is gone, for another purpose, or it was changed."""


def seal(text: str, *, purpose: str) -> str:
    """Seal a secret for one purpose."""
    key = _key_of(settings.SECRET_KEY)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), purpose.encode())
    return f"{VERSION}.{_name_of(key)}.{urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, *, purpose: str) -> str:
    """
    Open what was sealed.

    :raises NotOpened: if it can't be
    """
    version, _, rest = sealed.partition(".")
    name, _, coded = rest.partition(".")
    keys = map(_key_of, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
    key = next((key for key in keys if _name_of(key) == name), None)
    if version != VERSION or key is None:
        raise NotOpened("It was sealed with a key that this site does not have.")
    try:
        content = urlsafe_b64decode(coded)
        nonce, text = content[:NONCE_BYTES], content[NONCE_BYTES:]
        return AESGCM(key).decrypt(nonce, text, purpose.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise NotOpened("It was sealed for something else, or changed.") from error


def _key_of(secret_key: str) -> bytes:
    """Derive the key that seals; the secret key is long and random, so a hash will do."""
    return hashlib.sha256(f"greenlight.sealed.{secret_key}".encode()).digest()


def _name_of(key: bytes) -> str:
    """Name a key without telling it."""
    return hashlib.sha256(b"name:" + key).hexdigest()[:8]
