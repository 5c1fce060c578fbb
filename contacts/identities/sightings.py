"""What a message says about who somebody is, and which links follow from it."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from contacts.addresses import normalize_address
from contacts.identities.guards import (
    BLOCKED_VALUE,
    LONGEST,
    TOO_LONG,
    names_nobody,
)
from contacts.identities.partition import (
    ALIAS,
    CLAIMS,
    EMAIL,
    RECOGNIZED_EMAIL,
    TOGETHER,
)

# A kind and a value.
Pair = tuple[str, str]


class Sighting(msgspec.Struct, frozen=True):
    """
    Identifiers that came in one message, the weightiest first: user id, anonymous id, email.

    The first one is the person the message is booked under. With the basis "alias", the
    second one of them, or each of ``previous``, is what the first one replaced. Who is not
    trusted only claims addresses and aliases; his ``at`` is when it arrived, for he may name
    any time. ``received_at`` is when it arrived, whoever says so. Who ``recognizes`` may claim
    the address of somebody whom we know by nothing else.
    """

    identifiers: tuple[Pair, ...]
    basis: str
    at: datetime
    order_key: str
    receipt_id: int | None = None
    previous: tuple[Pair, ...] = ()
    is_trusted: bool = True
    recognizes: bool = False
    received_at: datetime | None = None


class Refused(msgspec.Struct, frozen=True):
    """A name that was ignored, or a link that a guard refused."""

    kind: str
    value: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """Write it down for the receipt."""
        return {"kind": self.kind, "value": self.value, "reason": self.reason}


class Resolved(msgspec.Struct, frozen=True):
    """
    Whom a sighting is about.

    Without any identifier that names somebody, both ids are None. ``matched_by`` is the
    weightiest kind that was known before, or "new".
    """

    identifier_id: int | None
    contact_id: int | None
    is_new: bool = False
    matched_by: str = ""
    # The other identifiers that were linked for the first time, as kind and value.
    linked: list[Pair] = []
    # Contacts that are now a part of this one.
    merged: list[int] = []
    refusals: list[Refused] = []


class Claim(msgspec.Struct, frozen=True):
    """A sighting in normal form: who is booked, what is linked to it, what was ignored."""

    sighting: Sighting
    pairs: list[Pair]
    links: list[tuple[Pair, Pair, str]]
    ignored: list[Refused]

    def stated(self) -> Iterator[tuple[Pair, datetime]]:
        """List by which names somebody trusted calls a person, and since when."""
        if self.sighting.is_trusted:
            for pair in self.pairs:
                if pair[0] != "anonymous_id":
                    yield pair, self.sighting.received_at or self.sighting.at


def read_sighting(sighting: Sighting) -> Claim:
    """Bring the identifiers to their normal form and leave out what names nobody."""
    ignored: list[Refused] = []
    pairs = list(_sound(sighting.identifiers, ignored))
    previous = list(_sound(sighting.previous, ignored))
    if not pairs:
        pairs, previous = previous, []
    links = list(_links(sighting.basis, pairs, previous)) if pairs else []
    if not sighting.is_trusted:
        claims = CLAIMS | ({EMAIL: RECOGNIZED_EMAIL} if sighting.recognizes else {})
        links = [
            (first, second, claims.get(basis, basis)) for first, second, basis in links
        ]
    linked = [pair for link in links for pair in link[:2]]
    return Claim(sighting, list(dict.fromkeys([*pairs[:1], *linked])), links, ignored)


def normal(pair: Pair) -> Pair:
    """Bring an identifier to the form under which it is unique."""
    kind, value = pair
    text = str(value).replace("\x00", "")
    return (
        str(kind),
        normalize_address(text) if kind == "email" else text.strip(),
    )


def _sound(pairs: tuple[Pair, ...], ignored: list[Refused]) -> Iterator[Pair]:
    """Leave out what names nobody, and say so."""
    for kind, value in map(normal, pairs):
        if not value:
            continue
        if len(value) > LONGEST:
            ignored.append(Refused(kind, value[:40], TOO_LONG))
        elif names_nobody(kind, value):
            ignored.append(Refused(kind, value, BLOCKED_VALUE))
        else:
            yield kind, value


def _links(
    basis: str, pairs: list[Pair], previous: list[Pair]
) -> Iterator[tuple[Pair, Pair, str]]:
    """Link each identifier to the first, and what was replaced to what replaced it."""
    first, *others = pairs
    for other in others:
        replaces = basis == ALIAS and not previous and other[0] != "email"
        # A name that replaces itself says nothing.
        if other == first or (replaces and other[1] == first[1]):
            continue
        stated = EMAIL if other[0] == "email" else TOGETHER
        yield first, other, ALIAS if replaces else stated
    for other in previous:
        if other[1] != first[1]:
            yield first, other, ALIAS
