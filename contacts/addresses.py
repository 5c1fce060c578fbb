"""Email addresses: the form in which they name a person, and the hash that outlives him."""

import hashlib
import unicodedata

from django.conf import settings

INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


def normalize_address(address: str) -> str:
    """Bring an address to the form under which it is unique: trimmed, NFC, lower case."""
    visible = unicodedata.normalize("NFC", address).translate(INVISIBLE)
    return visible.replace("\u00a0", " ").strip().lower()


def address_digest(address: str) -> bytes:
    """
    Hash an address with the suppression key (32 bytes).

    SQL computes the same: ``sha256(convert_to(key || ':' || address, 'UTF8'))``.
    """
    text = f"{settings.SUPPRESSION_KEY}:{normalize_address(address)}"
    return hashlib.sha256(text.encode()).digest()
