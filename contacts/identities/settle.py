"""Bring contacts in line with the links: make, give, part and merge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection

from contacts.identities.components import Plan, make_plan, read_component
from contacts.identities.merge import merge_contacts
from contacts.identities.part import part_contact

REFUSE = """
UPDATE contacts_identifierlink AS link
SET refusal = found.refusal
FROM unnest(%s::bigint[], %s::text[]) AS found (id, refusal)
WHERE link.id = found.id
"""

GIVE = """
UPDATE contacts_identifier AS identifier
SET contact_id = given.contact_id
FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, contact_id)
WHERE identifier.id = given.id
"""

BEAR = """
INSERT INTO contacts_contact
    (id, email, first_name, last_name, locale, time_zone, attributes, created_at, updated_at)
SELECT id, '', '', '', '', '', '{}', %(now)s, %(now)s
FROM unnest(%(ids)s::bigint[]) AS fresh (id)
"""

# Leans on the index of the contact's identifiers.
TELL_VISITORS = """
UPDATE contacts_contact AS contact
SET is_anonymous = found.is_anonymous
FROM (
    SELECT contact_id, bool_and(kind = 'anonymous_id') AS is_anonymous
    FROM contacts_identifier
    WHERE contact_id = ANY (%s)
    GROUP BY contact_id
) AS found
WHERE contact.id = found.contact_id AND contact.is_anonymous <> found.is_anonymous
"""

RESERVE = """
SELECT nextval(pg_get_serial_sequence('contacts_contact', 'id')) FROM generate_series(1, %s)
"""


@dataclass(frozen=True)
class Settled:
    """Whom identifiers name by now, and who became a part of whom."""

    contacts: dict[int, int]
    merged: dict[int, list[int]]


def settle(
    touched: Collection[int],
    *,
    fresh: Collection[int] = (),
    user: AbstractBaseUser | None = None,
    now: datetime,
) -> Settled:
    """
    Bring the contacts of the identifiers in line with the links.

    ``fresh`` are identifiers that were claimed just now, whose contacts are only reserved.
    Call it under ``lock_identities``.
    """
    plan, contacts = _plan(touched) if touched else (Plan(), dict[int, int]())
    alone = set(fresh) - contacts.keys()
    _write_refusals(plan.refusals)
    _give(plan.given)
    born = plan.births | _contacts_of(alone)
    _bear(born, now)
    left = [parting.contact_id for parting in plan.partings]
    for parting in plan.partings:
        part_contact(
            contact_id=parting.contact_id,
            target_id=parting.target_id,
            identifier_ids=parting.identifier_ids,
            now=now,
        )
    merged: dict[int, list[int]] = {}
    for union in plan.unions:
        merge_contacts(
            survivor_id=union.survivor_id,
            merged_id=union.merged_id,
            link=union.link,
            user=user,
            now=now,
        )
        merged.setdefault(union.survivor_id, []).append(union.merged_id)
    settled = Settled(_outcome(contacts, plan), merged)
    _tell_visitors({*settled.contacts.values(), *born, *left})
    return settled


def _tell_visitors(contact_ids: Collection[int]) -> None:
    """Note who is a visitor without a name, and who no longer is."""
    if contact_ids:
        with connection.cursor() as cursor:
            cursor.execute(TELL_VISITORS, [list(contact_ids)])


def _plan(touched: Collection[int]) -> tuple[Plan, dict[int, int]]:
    """Plan who is who in what hangs together with the identifiers."""
    owned, links = read_component(touched)
    # Hardly ever does anybody part; as many ids as there are identifiers always suffice.
    may_part = len({one.contact_id for one in owned.values() if one.is_born}) < sum(
        one.is_born for one in owned.values()
    )
    spare = _reserve(len(owned)) if may_part else []
    plan = make_plan(owned, links, fresh_ids=spare)
    return plan, {number: one.contact_id for number, one in owned.items()}


def _outcome(contacts: dict[int, int], plan: Plan) -> dict[int, int]:
    """Tell whom each identifier names, once the plan is carried out."""
    left = {
        identifier_id: parting.target_id
        for parting in plan.partings
        for identifier_id in parting.identifier_ids
    }
    united = {union.merged_id: union.survivor_id for union in plan.unions}
    return {
        identifier_id: united.get(contact_id, contact_id)
        for identifier_id, contact_id in (contacts | plan.given | left).items()
    }


def _contacts_of(identifier_ids: Collection[int]) -> set[int]:
    """Find the contacts that identifiers name now."""
    if not identifier_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact_id FROM contacts_identifier WHERE id = ANY (%s)",
            [list(identifier_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def _reserve(count: int) -> list[int]:
    """Reserve ids for new contacts."""
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [count])
        return [row[0] for row in cursor.fetchall()]


def _write_refusals(refusals: Mapping[int, str]) -> None:
    """Note at links why they do not hold."""
    if refusals:
        with connection.cursor() as cursor:
            cursor.execute(REFUSE, [list(refusals), list(refusals.values())])


def _give(given: Mapping[int, int]) -> None:
    """Give identifiers to contacts."""
    if given:
        with connection.cursor() as cursor:
            cursor.execute(GIVE, [list(given), list(given.values())])


def _bear(contact_ids: Collection[int], now: datetime) -> None:
    """Make contacts that were named for the first time."""
    if contact_ids:
        with connection.cursor() as cursor:
            cursor.execute(BEAR, {"ids": sorted(contact_ids), "now": now})
