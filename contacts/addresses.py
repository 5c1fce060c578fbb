"""Addresses and phone numbers: the form in which they are one, and the hash that outlives them."""

import hashlib
import re
import unicodedata

from django.conf import settings

# A number as people write it: digits with marks between, perhaps a plus.
NUMBER = re.compile(r"(\+|00)?\(?[0-9](?:[ ()./\u2010-\u2013-]*[0-9]){5,14}")
INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


def normalize_address(address: str) -> str:
    """Bring an address to the form under which it is unique: trimmed, NFC, lower case."""
    visible = unicodedata.normalize("NFC", address).translate(INVISIBLE)
    return visible.replace("\u00a0", " ").strip().lower()


def normalize_number(text: str) -> str:
    """Bring a phone number to a plus and its digits; blank if it is none."""
    found = NUMBER.fullmatch(normalize_address(text).replace("(0)", ""))
    if not found:
        return ""
    digits = "".join(filter(str.isdecimal, found[0]))
    return f"+{digits[2:]}" if found[1] == "00" else f"+{digits}"


def normalize_destination(text: str) -> str:
    """Bring whatever is written to to its form: a phone number, else an email address."""
    return normalize_number(text) or normalize_address(text)


def address_digest(address: str) -> bytes:
    """
    Hash an address, or a phone number, with the suppression key (32 bytes).

    SQL computes the same for what has its form: ``sha256(convert_to(key || ':' || address, 'UTF8'))``.
    """
    text = f"{settings.SUPPRESSION_KEY}:{normalize_destination(address)}"
    return hashlib.sha256(text.encode()).digest()
