"""Referral codes: random, easy to read out, hard to guess."""

import secrets

CODE_LENGTH = 8
# The longest name that a person may choose for a link instead.
NAME_LENGTH = 50
# Crockford's: no i, l, o and u. A typed o is a zero, a typed i or l a one.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LOOK_ALIKES = str.maketrans("oil", "011", " -")
# Maps each of the 256 bytes to a letter; 256 is a multiple of 32, so all are as likely.
LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))


def draw_codes(count: int) -> list[str]:
    """Draw random codes; two may be equal."""
    text = secrets.token_bytes(count * CODE_LENGTH).translate(LETTERS).decode()
    return [
        text[start : start + CODE_LENGTH] for start in range(0, len(text), CODE_LENGTH)
    ]


def normalize_code(text: str) -> str:
    """Bring a code that somebody typed to its stored form; blank if it can't be one."""
    if len(text) > 40:
        return ""
    code = text.strip().lower().translate(LOOK_ALIKES)
    is_code = len(code) == CODE_LENGTH and set(code) <= set(ALPHABET)
    return code if is_code else ""
