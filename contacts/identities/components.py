"""Read what hangs together by links, and find out who is who in it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection

from contacts.identities.partition import EMAIL, Link, Node, partition

# Everything that hangs together with the identifiers by any link, refused ones too, for they
# may hold once another one falls. Leans on link_once and link_of_second.
READ_LINKS = """
WITH RECURSIVE reached (id) AS (
    SELECT unnest(%s::bigint[])
    UNION
    SELECT other.id
    FROM reached
    CROSS JOIN LATERAL (
        SELECT second_id FROM contacts_identifierlink WHERE first_id = reached.id
        UNION ALL
        SELECT first_id FROM contacts_identifierlink WHERE second_id = reached.id
    ) AS other (id)
)
SELECT link.id, link.first_id, link.second_id, link.basis, link.at, link.order_key,
    link.cut_at IS NOT NULL, link.refusal, link.receipt_id
FROM contacts_identifierlink AS link
JOIN reached ON reached.id = link.first_id
"""

# The identifiers, and all others of their contacts; a contact that is only reserved has no row.
READ_IDENTIFIERS = """
WITH reached AS (
    SELECT contact_id FROM contacts_identifier WHERE id = ANY (%(ids)s)
)
SELECT identifier.id, identifier.kind, identifier.value, identifier.stated_at,
    identifier.contact_id, identifier.id = ANY (%(ids)s),
    EXISTS (SELECT FROM contacts_contact AS contact WHERE contact.id = identifier.contact_id)
FROM contacts_identifier AS identifier
WHERE identifier.contact_id IN (SELECT contact_id FROM reached)
"""

EVER = datetime.min.replace(tzinfo=UTC)
WEIGHT = {"user_id": 0, "email": 1, "anonymous_id": 2}


@dataclass(frozen=True)
class Owned:
    """An identifier and whose it is now; ``is_reached`` if links lead to it."""

    node: Node
    contact_id: int
    is_reached: bool
    is_born: bool


@dataclass(frozen=True)
class StoredLink:
    """A link with what its row holds besides."""

    link: Link
    refusal: str
    receipt_id: int | None


@dataclass(frozen=True)
class Union:
    """A contact is to become a part of another, because of a link."""

    survivor_id: int
    merged_id: int
    link: StoredLink | None


@dataclass(frozen=True)
class Parting:
    """Identifiers are to leave a contact for another one."""

    contact_id: int
    target_id: int
    identifier_ids: tuple[int, ...]


@dataclass
class Plan:
    """What must be done so that the contacts are what the links say."""

    # Link id → refusal, where it changed.
    refusals: dict[int, str] = field(default_factory=dict)
    # Identifier id → contact id, of identifiers that name nobody yet.
    given: dict[int, int] = field(default_factory=dict)
    births: set[int] = field(default_factory=set)
    partings: list[Parting] = field(default_factory=list)
    unions: list[Union] = field(default_factory=list)


def read_component(
    identifier_ids: Collection[int],
) -> tuple[dict[int, Owned], list[StoredLink]]:
    """Read everything that hangs together with the identifiers; two statements."""
    with connection.cursor() as cursor:
        cursor.execute(READ_LINKS, [list(identifier_ids)])
        links = [
            StoredLink(Link(*row[:7]), refusal=row[7], receipt_id=row[8])
            for row in cursor.fetchall()
        ]
        reached = set(identifier_ids)
        for stored in links:
            reached |= {stored.link.first_id, stored.link.second_id}
        cursor.execute(READ_IDENTIFIERS, {"ids": list(reached)})
        owned = {
            row[0]: Owned(Node(*row[:4]), row[4], is_reached=row[5], is_born=row[6])
            for row in cursor.fetchall()
        }
    return owned, links


def make_plan(
    owned: Mapping[int, Owned],
    links: list[StoredLink],
    *,
    fresh_ids: Iterable[int] = (),
) -> Plan:
    """
    Compare who is who by the links with who is who now.

    ``fresh_ids`` gives ids for contacts of identifiers that part with nobody to go to.
    """
    nodes = [one.node for one in owned.values() if one.is_reached]
    found = partition(nodes, [*(stored.link for stored in links), *_ties(owned, links)])
    plan = Plan()
    for stored in links:
        refusal = "" if stored.link.is_cut else found.refusals.get(stored.link.id, "")
        if refusal != stored.refusal:
            plan.refusals[stored.link.id] = refusal
    keeper = _keepers(owned, found.groups)
    spare = iter(fresh_ids)
    for group in found.groups:
        survivor_id = _survivor(group, owned, keeper)
        if survivor_id is None:
            survivor_id = next(spare)
            plan.births.add(survivor_id)
        elif survivor_id not in keeper:
            plan.births.add(survivor_id)
        _bring(plan, group, survivor_id, owned, keeper)
        for merged_id in sorted(_kept(group, owned, keeper) - {survivor_id}):
            cause = _cause(group, merged_id, owned, links, found.refusals)
            plan.unions.append(Union(survivor_id, merged_id, cause))
    return plan


def _ties(owned: Mapping[int, Owned], links: list[StoredLink]) -> Iterator[Link]:
    """
    Tie an identifier that nobody ever linked to the contact it names.

    Such are those that came before links were kept, and that somebody typed.
    """
    linked = {
        end for stored in links for end in (stored.link.first_id, stored.link.second_id)
    }
    anchors: dict[int, int] = {}
    for one in sorted(
        owned.values(), key=lambda one: (one.node.id not in linked, one.node.id)
    ):
        if not (one.is_reached and one.is_born):
            continue
        anchor = anchors.setdefault(one.contact_id, one.node.id)
        if anchor != one.node.id and one.node.id not in linked:
            yield Link(-one.node.id, anchor, one.node.id, EMAIL, EVER, "")


def _bring(
    plan: Plan,
    group: frozenset[int],
    survivor_id: int,
    owned: Mapping[int, Owned],
    keeper: Mapping[int, frozenset[int]],
) -> None:
    """Let the identifiers of a group that nobody merges bring along go to its contact."""
    leaving: dict[int, list[int]] = defaultdict(list)
    for identifier_id in sorted(group):
        one = owned[identifier_id]
        if one.contact_id == survivor_id:
            continue
        if not one.is_born:
            plan.given[identifier_id] = survivor_id
        elif keeper[one.contact_id] is not group:
            leaving[one.contact_id].append(identifier_id)
    plan.partings += [
        Parting(contact_id, survivor_id, tuple(ids))
        for contact_id, ids in leaving.items()
    ]


def _keepers(
    owned: Mapping[int, Owned], groups: list[frozenset[int]]
) -> dict[int, frozenset[int]]:
    """
    Tell with which group each contact stays: the one of its weightiest identifier.

    What somebody trusted calls a person weighs more than what is claimed: the consent that a
    file brought stays with the address, not with who claimed it.
    """
    group_of = {identifier_id: group for group in groups for identifier_id in group}
    keeper: dict[int, frozenset[int]] = {}
    for one in sorted(
        owned.values(),
        key=lambda one: (
            one.node.stated_at is None,
            WEIGHT[one.node.kind],
            one.node.id,
        ),
    ):
        if one.is_born and one.is_reached:
            keeper.setdefault(one.contact_id, group_of[one.node.id])
    return keeper


def _kept(
    group: frozenset[int],
    owned: Mapping[int, Owned],
    keeper: Mapping[int, frozenset[int]],
) -> set[int]:
    """List the contacts that stay with a group."""
    contacts = {owned[one].contact_id for one in group if owned[one].is_born}
    return {contact_id for contact_id in contacts if keeper[contact_id] is group}


def _survivor(
    group: frozenset[int],
    owned: Mapping[int, Owned],
    keeper: Mapping[int, frozenset[int]],
) -> int | None:
    """Choose who remains: somebody with a user id or an address, then the lower id."""
    known = _kept(group, owned, keeper)
    if len(known) == 1:
        return next(iter(known))
    if known:
        identified = {
            one.contact_id
            for one in owned.values()
            if one.node.kind in {"user_id", "email"}
        }
        return min(known, key=lambda one: (one not in identified, one))
    unborn = [owned[one].contact_id for one in group if not owned[one].is_born]
    return min(unborn, default=None)


def _cause(
    group: frozenset[int],
    merged_id: int,
    owned: Mapping[int, Owned],
    links: list[StoredLink],
    refusals: Mapping[int, str],
) -> StoredLink | None:
    """Find the link that brings a contact into the group: the last one said."""
    crossing = []
    for stored in links:
        ends = {stored.link.first_id, stored.link.second_id}
        if not ends <= group or stored.link.id in refusals:
            continue
        sides = [owned[one].contact_id == merged_id for one in ends if one in owned]
        if any(sides) and not all(sides):
            crossing.append(stored)
    return max(
        crossing, key=lambda one: (one.link.at, one.link.order_key), default=None
    )
