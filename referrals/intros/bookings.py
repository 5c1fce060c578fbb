"""
A time that is booked through an introduction's link is the friend's word, too.

The calendar tells it back in what the product sends: the property ``intro``, or ``utm_content``.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from contacts.drain.entries import Entry
from referrals.intros.answer import accept_by_booking, find_intro
from referrals.intros.offers import BOOKING_PURPOSE
from referrals.models import Intro

NAMES = ("intro", "utm_content")
LONGEST = 120


def hear(entries: Sequence[Entry], now: datetime) -> None:
    """Take booked times for a yes in what the drain has just taken; no query without one."""
    for intro, contact_id in _booked(entries):
        accept_by_booking(intro=intro, contact_id=contact_id, now=now)


def _booked(entries: Sequence[Entry]) -> Iterator[tuple[Intro, int]]:
    """Find the introductions that messages name, and whose messages they are."""
    for entry in entries:
        message, contact_id = entry.message, entry.contact_id
        if message is None or contact_id is None or message.is_historical:
            continue
        for name in NAMES:
            token = (message.properties or {}).get(name)
            if isinstance(token, str) and "~" in token and len(token) <= LONGEST:
                intro = find_intro(token, BOOKING_PURPOSE)
                if intro and intro.is_open:
                    yield intro, contact_id
