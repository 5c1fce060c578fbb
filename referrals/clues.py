"""
What messages and requests bring along that names an advocate, written down as it comes.

A click id or a code may stand in a property ("referral_click_id", "referral_code", "coupon")
or in the address of the page that somebody looked at ("?gl_click=…"). Whether it counts is
asked later (``referrals.claims``); each new clue rings for that (``look_again``).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.db import connection

from contacts.background import ring_for
from contacts.drain.entries import Entry
from contacts.models import Reaction
from referrals.links import CLICK_PARAMETER, find_code
from referrals.models import Clue, Program
from referrals.models.clue import VALUE_LENGTH
from referrals.models.stage_rule import CONSUMER

CLUE = "clue"
LOOK_AGAIN = "look_again"

CLICK_NAMES = ("referral_click_id", CLICK_PARAMETER)
CODE_NAMES = ("referral_code", "gl_code")
COUPON_NAMES = ("coupon", "coupon_code", "discount_code")
# Means a code of ours only if there is such a one.
PLAIN_CODE = "code"
CODE_IN_ADDRESS = ("gl_code", "referral_code")
# What the networks add to the address of who clicks on a paid ad.
AD_NAMES = ("gclid", "gbraid", "wbraid", "dclid", "msclkid")
TELLING = frozenset({*CLICK_NAMES, *CODE_NAMES, *COUPON_NAMES, PLAIN_CODE})
MARKS = tuple(f"{name}=" for name in (CLICK_PARAMETER, *CODE_IN_ADDRESS, *AD_NAMES))
ADDRESSES = ("url", "search", "referrer")
LONGEST_ADDRESS = 4_000

# Writes clues; of one that is known, the earlier time remains. Those that are new, or change,
# are to be looked at. Leans on clue_once.
WRITE = """
INSERT INTO referrals_clue AS known (
    contact_id, source, value, key, event, seen_at, is_historical
)
SELECT DISTINCT ON (contact_id, source, value, key)
    contact_id, source, value, key, event, seen_at, is_historical
FROM jsonb_to_recordset(%s::jsonb) AS clue (
    contact_id bigint, source text, value text, key text, event text,
    seen_at timestamptz, is_historical boolean
)
ORDER BY contact_id, source, value, key, is_historical, seen_at
ON CONFLICT (contact_id, source, value, key) DO UPDATE
SET seen_at = least(known.seen_at, excluded.seen_at),
    is_historical = known.is_historical AND excluded.is_historical
WHERE excluded.seen_at < known.seen_at
    OR (known.is_historical AND NOT excluded.is_historical)
RETURNING id, contact_id, seen_at
"""


@dataclass(frozen=True)
class Trail:
    """A clue that came with something of a contact."""

    contact_id: int
    source: str
    value: str
    seen_at: datetime
    key: str = ""
    event: str = ""
    is_historical: bool = False
    # Whether it was meant for us; the coupon of a shop mostly is none of ours.
    is_sure: bool = True


def leave_clues(trails: Sequence[Trail], *, now: datetime) -> None:
    """Write clues down, and ring for those that are new; two statements."""
    if not trails:
        return
    rows = [
        {
            "contact_id": one.contact_id,
            "source": str(one.source),
            "value": one.value[:VALUE_LENGTH],
            "key": one.key[:200],
            "event": one.event,
            "seen_at": one.seen_at.isoformat(),
            "is_historical": one.is_historical,
        }
        for one in trails
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [json.dumps(rows)])
        found = cursor.fetchall()
    _ring([(contact_id, -pk, CLUE) for pk, contact_id, _ in found], now)


def look_again(contact_ids: Iterable[int], *, now: datetime) -> None:
    """Let the credit for contacts be looked at anew."""
    number = -int(now.timestamp() * 1_000_000)
    _ring([(contact_id, number, LOOK_AGAIN) for contact_id in contact_ids], now)


def _ring(rows: Iterable[tuple[int, int, str]], now: datetime) -> None:
    """Leave reactions for ourselves; each has a number of its own, so nobody waits."""
    reactions = [
        Reaction(
            contact_id=contact_id,
            consumer=CONSUMER,
            event_id=number,
            name=name,
            occurred_at=now,
            created_at=now,
        )
        for contact_id, number, name in rows
    ]
    if reactions:
        Reaction.objects.bulk_create(reactions, ignore_conflicts=True)
        ring_for([CONSUMER])


def hear(entries: Sequence[Entry], now: datetime) -> None:
    """Find clues in what the drain has just taken; no query where there are none."""
    trails = [trail for entry in entries for trail in _in_entry(entry)]
    if trails:
        leave_clues(_known(trails), now=now)


def _in_entry(entry: Entry) -> Iterator[Trail]:
    """Find the clues of a message: in its properties, its traits, and the page's address."""
    message, contact_id = entry.message, entry.contact_id
    if message is None or contact_id is None:
        return
    key = f"{message.name}:{message.order_key}"[:200]
    told = [one for one in (message.properties, message.traits) if one]
    for properties in told:
        if TELLING.isdisjoint(properties):
            continue
        for source, value, is_sure in in_properties(properties):
            own = "" if source == Clue.Source.CLICK else key
            yield Trail(
                contact_id,
                source,
                value,
                message.occurred_at,
                own,
                message.name,
                message.is_historical,
                is_sure,
            )
    page = message.context.get("page") if message.context else None
    for place in (message.properties, page):
        if isinstance(place, dict):
            for source, value in in_addresses(place):
                yield Trail(
                    contact_id,
                    source,
                    value,
                    message.occurred_at,
                    "",
                    message.name,
                    message.is_historical,
                )


def in_properties(properties: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Find clues in the properties of an event: what each is, and if it is meant for us."""
    kinds = (
        (Clue.Source.CLICK, CLICK_NAMES, True),
        (Clue.Source.CODE, CODE_NAMES, True),
        (Clue.Source.CODE, (PLAIN_CODE,), False),
        (Clue.Source.COUPON, COUPON_NAMES, False),
    )
    for source, names, is_sure in kinds:
        for name in names:
            text = read_text(properties.get(name))
            if text:
                yield source, text, is_sure


def read_text(value: Any) -> str:
    """Read a short text; anything else is blank."""
    if not isinstance(value, str) or "\0" in value:
        return ""
    text = value.strip()
    return text if len(text) <= VALUE_LENGTH else ""


def in_addresses(place: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find clues in the addresses that a page view tells."""
    for name in ADDRESSES:
        address = place.get(name)
        if isinstance(address, str) and any(mark in address for mark in MARKS):
            yield from _in_address(address[:LONGEST_ADDRESS])


def _in_address(address: str) -> Iterator[tuple[str, str]]:
    """Find clues in the query of an address; what is no address has none."""
    try:
        query = urlsplit(address).query
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        return
    for name, value in pairs:
        text = read_text(value)
        if not text:
            continue
        if name == CLICK_PARAMETER:
            yield Clue.Source.DEVICE, text
        elif name in CODE_IN_ADDRESS:
            yield Clue.Source.CODE, text
        elif name in AD_NAMES:
            yield Clue.Source.AD, name


def _known(trails: Sequence[Trail]) -> list[Trail]:
    """
    Leave out codes and coupons that are none of ours, and ads if no program asks for them.

    Asked only where there are such clues, and of each code once.
    """
    unsure = {one.value for one in trails if not one.is_sure}
    ours = {value for value in unsure if find_code(value)}
    has_ads = any(one.source == Clue.Source.AD for one in trails)
    wants_ads = (
        has_ads and Program.objects.running().filter(excludes_paid_ads=True).exists()
    )
    return [
        one
        for one in trails
        if (one.is_sure or one.value in ours)
        and (one.source != Clue.Source.AD or wants_ads)
    ]
