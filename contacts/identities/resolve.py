"""
Find, make, link and merge contacts for what messages say, a batch at a time.

Where everything is known and linked already, that is three statements for a batch. What is
new costs a few more, for the whole batch; only contacts that become one, or part, are
written one after the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from contacts.identities.guards import CROWDED, CUT, MOST_REFUSED
from contacts.identities.lock import lock_identities
from contacts.identities.settle import settle
from contacts.identities.sightings import (
    Claim,
    Pair,
    Refused,
    Resolved,
    Sighting,
    read_sighting,
)

__all__ = ["Refused", "Resolved", "Sighting", "resolve"]

# Leans on the unique index (kind, value).
READ = """
SELECT kind, value, identifier.id, identifier.contact_id, identifier.stated_at
FROM unnest(%s::text[], %s::text[]) AS wanted (kind, value)
JOIN contacts_identifier AS identifier USING (kind, value)
"""

# Each identifier that names nobody is claimed with a reserved contact, in one order.
CLAIM = """
INSERT INTO contacts_identifier (kind, value, contact_id, created_at)
SELECT kind, value, nextval(pg_get_serial_sequence('contacts_contact', 'id')), %s
FROM unnest(%s::text[], %s::text[]) AS wanted (kind, value)
ORDER BY kind, value
ON CONFLICT (kind, value) DO NOTHING
RETURNING kind, value, id, contact_id, stated_at
"""

# Who is trusted names a person so, earlier than anybody else.
STATE = """
UPDATE contacts_identifier AS identifier
SET stated_at = said.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS said (id, at)
WHERE identifier.id = said.id
"""

# Leans on link_once.
READ_LINKS = """
SELECT first_id, second_id, basis, at, order_key, refusal, cut_at IS NOT NULL
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (first_id, second_id)
JOIN contacts_identifierlink AS link USING (first_id, second_id)
"""

# A link counts from the first thing that said so, whatever arrived first.
WRITE_LINKS = """
INSERT INTO contacts_identifierlink AS link
    (first_id, second_id, basis, at, order_key, receipt_id, refusal)
SELECT first_id, second_id, basis, at, order_key, receipt_id, ''
FROM unnest(
    %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::bigint[]
) AS said (first_id, second_id, basis, at, order_key, receipt_id)
ORDER BY first_id, second_id, basis
ON CONFLICT (first_id, second_id, basis) DO UPDATE
SET at = excluded.at, order_key = excluded.order_key, receipt_id = excluded.receipt_id
WHERE (excluded.at, excluded.order_key COLLATE "C") < (link.at, link.order_key COLLATE "C")
"""

# Of the refused links of an identifier the earliest are kept, so that what hangs together, and
# is read with each new link, stays small. Leans on link_once and link_of_second.
PRUNE = """
DELETE FROM contacts_identifierlink
WHERE id IN (
    SELECT refused.id
    FROM (
        SELECT link.id, row_number() OVER (
            PARTITION BY hub.id ORDER BY link.at, link.order_key COLLATE "C", link.id
        ) AS place
        FROM unnest(%s::bigint[]) AS hub (id)
        CROSS JOIN LATERAL (
            SELECT id, at, order_key, refusal, cut_at
            FROM contacts_identifierlink WHERE first_id = hub.id
            UNION ALL
            SELECT id, at, order_key, refusal, cut_at
            FROM contacts_identifierlink WHERE second_id = hub.id
        ) AS link
        WHERE link.refusal <> '' AND link.cut_at IS NULL
    ) AS refused
    WHERE refused.place > %s
)
RETURNING first_id, second_id, basis
"""

# The ids of both ends, the lower one first, and the basis.
LinkKey = tuple[int, int, str]


class Known(msgspec.Struct, frozen=True):
    """A link as it stands: since when it is said, and why it does not hold."""

    since: tuple[datetime, str]
    refusal: str


@dataclass
class Names:
    """The identifiers of a batch: ids and contacts; which of them are new."""

    ids: dict[Pair, int]
    contacts: dict[int, int]
    new: set[Pair]
    stated: dict[int, datetime | None] = field(default_factory=dict)


@transaction.atomic(savepoint=False)
def resolve(sightings: Sequence[Sighting], *, now: datetime) -> list[Resolved]:
    """
    Find the contact of each sighting; make, link and merge where needed.

    Call it inside the transaction that books what it is for: until that ends, nobody else
    merges or parts contacts.

    :returns: one for each sighting, in the same order
    """
    claims = [read_sighting(sighting) for sighting in sightings]
    lock_identities()
    names = _name(claims, now)
    before = _read_links(_link_keys(claims, names))
    news = _news(claims, names, before)
    fresh = {names.ids[pair] for pair in names.new}
    stated = _state(claims, names)
    merged: dict[int, list[int]] = {}
    after: Mapping[LinkKey, Known] = before
    if news or fresh or stated:
        _write_links(news)
        touched = {end for first, second, _ in news for end in (first, second)}
        touched |= stated - fresh
        settled = settle(touched, fresh=fresh, now=now)
        names.contacts.update(settled.contacts)
        merged = settled.merged
        said = _read_links(set(news))
        after = said | {key: known for key, known in before.items() if key not in news}
        # Of these it is said on the receipt that they are not remembered.
        gone = _prune(said)
        after |= {key: Known(said[key].since, CROWDED) for key in gone & said.keys()}
    return _answers(claims, names, before, after, merged)


def _name(claims: Iterable[Claim], now: datetime) -> Names:
    """Find the identifiers, and claim those that name nobody yet."""
    wanted = {pair for claim in claims for pair in claim.pairs}
    names = Names({}, {}, set())
    _take(names, READ, [], wanted)
    missing = wanted - names.ids.keys()
    if missing:
        names.new = _take(names, CLAIM, [now], missing)
        # What somebody else has claimed in between.
        taken = missing - names.new
        if taken:
            _take(names, READ, [], taken)
    return names


def _state(claims: Iterable[Claim], names: Names) -> set[int]:
    """
    Note which names somebody trusted has used, and since when.

    :returns: those of which it was not known, or not so early
    """
    earliest: dict[int, datetime] = {}
    for claim in claims:
        for pair, at in claim.stated():
            identifier_id = names.ids[pair]
            known = earliest.get(identifier_id) or names.stated[identifier_id]
            if known is None or at < known:
                earliest[identifier_id] = at
    if earliest:
        with connection.cursor() as cursor:
            cursor.execute(STATE, [list(earliest), list(earliest.values())])
    return set(earliest)


def _take(
    names: Names, statement: str, values: list[datetime], wanted: Collection[Pair]
) -> set[Pair]:
    """Take the identifiers that a statement finds or makes into what is known."""
    if not wanted:
        return set()
    kinds, texts = zip(*sorted(wanted), strict=True)
    with connection.cursor() as cursor:
        parameters: list[Any] = [*values, list(kinds), list(texts)]
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    for kind, value, identifier_id, contact_id, stated_at in rows:
        names.ids[kind, value] = identifier_id
        names.contacts[identifier_id] = contact_id
        names.stated[identifier_id] = stated_at
    return {(row[0], row[1]) for row in rows}


def _keys_of(claim: Claim, names: Names) -> Iterable[tuple[LinkKey, Pair]]:
    """Name the links of a claim by their ids, each with the identifier that it adds."""
    for first, second, basis in claim.links:
        low, high = sorted((names.ids[first], names.ids[second]))
        yield (low, high, basis), second


def _link_keys(claims: Iterable[Claim], names: Names) -> set[LinkKey]:
    """Gather the links that may exist: between identifiers that were known."""
    new = {names.ids[pair] for pair in names.new}
    return {
        key
        for claim in claims
        for key, _ in _keys_of(claim, names)
        if not new.intersection(key[:2])
    }


def _read_links(keys: Collection[LinkKey]) -> dict[LinkKey, Known]:
    """Read links that are known already."""
    if not keys:
        return {}
    ends = sorted({key[:2] for key in keys})
    with connection.cursor() as cursor:
        cursor.execute(
            READ_LINKS, [[first for first, _ in ends], [second for _, second in ends]]
        )
        return {
            row[:3]: Known(since=row[3:5], refusal=CUT if row[6] else row[5])
            for row in cursor.fetchall()
        }


def _news(
    claims: Iterable[Claim], names: Names, before: Mapping[LinkKey, Known]
) -> dict[LinkKey, Sighting]:
    """Find the links that nobody has said yet, or not as early, with who says so first."""
    news: dict[LinkKey, Sighting] = {}
    for claim in claims:
        said = claim.sighting
        for key, _ in _keys_of(claim, names):
            known = before.get(key)
            if known and known.since <= (said.at, said.order_key):
                continue
            first = news.setdefault(key, said)
            if (said.at, said.order_key) < (first.at, first.order_key):
                news[key] = said
    return news


def _write_links(news: Mapping[LinkKey, Sighting]) -> None:
    """Write links, or the earlier time of one that is known."""
    if not news:
        return
    rows = [
        (*key, said.at, said.order_key, said.receipt_id) for key, said in news.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_LINKS, [list(column) for column in zip(*rows, strict=True)]
        )


def _prune(said: Mapping[LinkKey, Known]) -> set[LinkKey]:
    """Let go of refused links where there are very many; tells which."""
    hubs = {end for key, known in said.items() if known.refusal for end in key[:2]}
    if not hubs:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, [sorted(hubs), MOST_REFUSED])
        return set(cursor.fetchall())


def _answers(
    claims: Iterable[Claim],
    names: Names,
    before: Mapping[LinkKey, Known],
    after: Mapping[LinkKey, Known],
    merged: Mapping[int, list[int]],
) -> list[Resolved]:
    """Tell for each sighting what came of it; what is new is told once."""
    told_links: set[LinkKey] = set(before)
    told_contacts: set[int] = set()
    told_new: set[Pair] = set()
    answers = []
    for claim in claims:
        if not claim.pairs:
            answers.append(Resolved(None, None, refusals=claim.ignored))
            continue
        identifier_id = names.ids[claim.pairs[0]]
        contact_id = names.contacts[identifier_id]
        known = [
            pair for pair in claim.pairs if pair not in names.new or pair in told_new
        ]
        linked, refusals = [], list(claim.ignored)
        for key, pair in _keys_of(claim, names):
            if after[key].refusal:
                refusals.append(Refused(*pair, reason=after[key].refusal))
            elif key not in told_links:
                linked.append(pair)
            told_links.add(key)
        answers.append(
            Resolved(
                identifier_id,
                contact_id,
                is_new=not known,
                matched_by=known[0][0] if known else "new",
                linked=linked,
                merged=[]
                if contact_id in told_contacts
                else merged.get(contact_id, []),
                refusals=refusals,
            )
        )
        told_new.update(claim.pairs)
        told_contacts.add(contact_id)
    return answers
