"""Write down what was said about contacts, once, and bring the contacts up to date."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.attributes.earlier import begin_histories
from contacts.attributes.fold import (
    EMAIL,
    Settled,
    as_claims,
    newest,
    overlay,
    settled,
)
from contacts.attributes.rows import Row, lock_rows, write_rows
from contacts.attributes.statements import Assertion, write_down
from contacts.changes import tell_changed
from contacts.models import Source

# The newest value of each name since a time, for each contact; claims under names of their
# own. An address counts only while it names the contact. Leans on the unique index (contact_id, at, order_key).
NEWEST = """
SELECT DISTINCT ON (change.contact_id, told.name)
    change.contact_id, told.name, told.value
FROM jsonb_to_recordset(%s) AS wanted (contact_id bigint, since timestamptz)
JOIN contacts_attributechange AS change
    ON change.contact_id = wanted.contact_id AND change.at >= wanted.since
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN change.source_id = ANY (%s) AND NOT starts_with(entry.name, 'noticed:')
            THEN 'claimed:' || entry.name
            ELSE entry.name
        END AS name,
        entry.name = 'email' AS is_address,
        entry.value
    FROM jsonb_each(change.values) AS entry (name, value)
) AS told
WHERE NOT told.is_address
    OR jsonb_typeof(told.value) = 'null'
    OR EXISTS (
        SELECT FROM contacts_identifier AS identifier
        WHERE identifier.kind = 'email'
            AND identifier.value = told.value #>> '{}'
            AND identifier.contact_id = change.contact_id
    )
ORDER BY change.contact_id, told.name, change.at DESC, change.order_key COLLATE "C" DESC
"""

# How many statements there are of an instant, and what the next one is kept under.
PLACE = """
SELECT
    (SELECT count(*) FROM contacts_attributechange WHERE contact_id = %s AND at = %s),
    (
        SELECT id FROM contacts_identifier
        WHERE contact_id = %s
        ORDER BY kind = 'email' DESC, id
        LIMIT 1
    )
"""

# When the newest statement about each contact was made. Leans on the same index.
LATEST = """
SELECT wanted.id, (
    SELECT max(change.at) FROM contacts_attributechange AS change
    WHERE change.contact_id = wanted.id
)
FROM unnest(%s::bigint[]) AS wanted (id)
"""

ADDRESSES = """
SELECT contact_id, min(value)
FROM contacts_identifier
WHERE contact_id = ANY (%s) AND kind = 'email' AND stated_at IS NOT NULL
GROUP BY contact_id
"""

EVER = "-infinity"


@transaction.atomic(savepoint=False)
def assert_attributes(
    assertions: Sequence[Assertion], *, now: datetime, is_historical: bool = False
) -> set[int]:
    """
    Write assertions down and bring their contacts up to date.

    What was said before counts once; what is older than something said of the same name is
    kept and changes nothing. Six statements, whatever the number, where all is in order.

    :returns: the contacts that show something else now
    """
    rows = lock_rows({one.contact_id for one in assertions})
    return _assert(assertions, rows, now=now, is_historical=is_historical)


def _assert(
    assertions: Sequence[Assertion],
    rows: Mapping[int, Row],
    *,
    now: datetime,
    is_historical: bool = False,
) -> set[int]:
    """Write assertions down about contacts that are locked, and bring them up to date."""
    known = [one for one in assertions if one.contact_id in rows]
    if not known:
        return set()
    begin_histories(
        [row for row in rows.values() if row.attributes_at is None], now=now
    )
    fresh = write_down(known, now=now)
    values = _newest_values(fresh, rows)
    after = _outcomes(values, rows)
    for contact_id, told in fresh.items():
        latest = told[-1].at
        since = rows[contact_id].attributes_at
        rows[contact_id].attributes_at = max(latest, since) if since else latest
    changed = _update({one: rows[one] for one in fresh}, after, now)
    tell_changed(
        {one: fresh[one][-1].receipt_id for one in sorted(changed)},
        now=now,
        is_historical=is_historical,
    )
    return changed


@transaction.atomic(savepoint=False)
def assert_now(
    *,
    contact_id: int,
    values: Mapping[str, Any],
    cause: str,
    user_id: int | None = None,
    now: datetime,
) -> None:
    """Say at this moment what somebody typed or a page was told; the last one wins."""
    rows = lock_rows([contact_id])
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [contact_id, now, contact_id])
        place, identifier_id = cursor.fetchone()
    assertion = Assertion(
        contact_id=contact_id,
        at=now,
        # Sorts behind what messages of the instant say.
        order_key=f"~{place:06}:{cause}",
        values=values,
        cause=cause,
        identifier_id=identifier_id,
        changed_by_id=user_id,
    )
    _assert([assertion], rows, now=now)


@transaction.atomic(savepoint=False)
def refold(contact_ids: Iterable[int], *, now: datetime) -> set[int]:
    """
    Work out from the whole journal what contacts show, after parts of it came or went.

    :returns: the contacts that show something else now
    """
    rows = lock_rows(set(contact_ids))
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [list(rows)])
        latest = dict(cursor.fetchall())
    for contact_id, row in list(rows.items()):
        if latest[contact_id] is None and row.attributes_at is None:
            # Its journal has not begun: what it shows is all there is.
            del rows[contact_id]
        row.attributes_at = latest[contact_id]
    after = {one: settled(told) for one, told in _read_everything(rows).items()}
    changed = _update(rows, after, now)
    tell_changed(dict.fromkeys(sorted(changed)), now=now)
    return changed


def _newest_values(
    fresh: Mapping[int, list[Assertion]], rows: Mapping[int, Row]
) -> dict[int, dict[str, Any]]:
    """Find the newest value of each name that was named, for each contact."""
    values: dict[int, dict[str, Any]] = {}
    late: dict[int, datetime | str] = {}
    owners = _owners_of_addresses(fresh)
    claiming = set(claiming_sources()) if _may_claim(fresh) else set[int]()
    for contact_id, told in fresh.items():
        since = rows[contact_id].attributes_at
        if since is not None and told[0].at <= since:
            late[contact_id] = told[0].at
        else:
            values[contact_id] = newest(
                as_claims(usable) if one.source_id in claiming else usable
                for one in told
                for usable in [_usable(one, owners)]
            )
    return values | _read_newest(late)


def claiming_sources() -> list[int]:
    """List the sources whose word is merely a claim: those that anybody can speak for."""
    return list(Source.objects.untrusted().values_list("pk", flat=True))


def _may_claim(fresh: Mapping[int, list[Assertion]]) -> bool:
    """Whether any source has said something."""
    return any(one.source_id for told in fresh.values() for one in told)


def _owners_of_addresses(fresh: Mapping[int, list[Assertion]]) -> dict[str, int]:
    """Find whom the addresses name that were told."""
    wanted = {
        one.values[EMAIL]
        for told in fresh.values()
        for one in told
        if one.values.get(EMAIL)
    }
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT value, contact_id FROM contacts_identifier"
            " WHERE kind = 'email' AND value = ANY (%s)",
            [list(wanted)],
        )
        return dict(cursor.fetchall())


def _usable(one: Assertion, owners: Mapping[str, int]) -> Mapping[str, Any]:
    """Leave an address out that names somebody else."""
    address = one.values.get(EMAIL)
    if not address or owners.get(address) == one.contact_id:
        return one.values
    return {name: value for name, value in one.values.items() if name != EMAIL}


def _read_newest(
    since: Mapping[int, datetime | str],
) -> dict[int, dict[str, Any]]:
    """Read the newest values since a time from the journal."""
    values: dict[int, dict[str, Any]] = {one: {} for one in since}
    if not since:
        return values
    wanted = [
        {"contact_id": contact_id, "since": str(at)} for contact_id, at in since.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [json.dumps(wanted), claiming_sources()])
        for contact_id, name, value in cursor.fetchall():
            values[contact_id][name] = json.loads(value)
    return values


def _read_everything(contact_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """
    Read the newest value of each name that was ever told.

    Somebody of whom no address was told has the one that a file or a person has named him by;
    what is merely claimed gives way to it.
    """
    values = _read_newest(dict.fromkeys(contact_ids, EVER))
    without = [one for one, told in values.items() if EMAIL not in told]
    if without:
        with connection.cursor() as cursor:
            cursor.execute(ADDRESSES, [without])
            for contact_id, address in cursor.fetchall():
                values[contact_id][EMAIL] = address
    return values


def _outcomes(
    values: Mapping[int, dict[str, Any]], rows: Mapping[int, Row]
) -> dict[int, Settled]:
    """Say what the contacts show; where that needs all that was ever said, read it."""
    after: dict[int, Settled] = {}
    unclear: list[int] = []
    for contact_id, told in values.items():
        outcome = overlay(rows[contact_id].settled, told)
        if outcome is None:
            unclear.append(contact_id)
        else:
            after[contact_id] = outcome
    for contact_id, told in _read_everything(unclear).items():
        after[contact_id] = settled(told)
    return after


def _update(
    rows: Mapping[int, Row], after: Mapping[int, Settled], now: datetime
) -> set[int]:
    """Write what the contacts show, and tell which show something else."""
    changed = {one for one, row in rows.items() if row.settled != after[one]}
    for contact_id, row in rows.items():
        row.settled = after[contact_id]
    write_rows(rows.values(), changed, now=now)
    return changed
