"""Words in which findings are told."""

from collections.abc import Sequence
from datetime import date

DETAILS = {
    "phone": "phone number",
    "postal": "postal address",
    "payment": "means of payment",
    "payout": "payout account",
}
LINKS = {
    **{kind: f"a {words}" for kind, words in DETAILS.items()},
    "device": "a device",
    "mailbox": "a mailbox",
    "browser": "a network address and browser",
    "referral": "referrals",
}


def say_list(words: Sequence[str]) -> str:
    """Say words one after the other: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def say_day(text: str) -> str:
    """Say a day as people write it; anything else as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text or "an unknown day"
    return f"{day.day} {day:%B %Y}"


def say_link(kind: str) -> str:
    """Say what links two people."""
    return LINKS.get(kind, kind)
