"""Keep the bodies of requests until the drain has understood them; one small write each."""

from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakSet

import psycopg
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    connection,
    connections,
)
from psycopg.pq import DiagnosticField, ExecStatus, Format, TransactionStatus

# What tells that the database is away, be it at connecting or later.
AWAY = (DatabaseError, InterfaceError, psycopg.Error)

# One row by its primary key; the body travels as it is, never as text.
KEEP = b"""
    INSERT INTO contacts_inboxbody
        (source_id, uid, received_at, route, encoding, body, ip_address, attempts, error)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '')
"""
NAME = b"greenlight_keep"
NOT_PREPARED = b"26000"
FORMATS = [*[Format.TEXT] * 5, Format.BINARY, Format.TEXT]
# The connections on which it is planned.
_ready: WeakSet[Any] = WeakSet()
# The first of the primary key that was not set aside for having failed.
OLDEST = """
    SELECT received_at
    FROM contacts_inboxbody
    WHERE retry_at IS NULL
    ORDER BY id
    LIMIT 1
"""


def keep(
    body: bytes,
    *,
    source_id: int,
    uid: UUID,
    route: str,
    encoding: str,
    ip_address: str | None,
    received_at: datetime,
) -> None:
    """
    Keep a body; when this returns, it is durable.

    Past all cursors, which cost as much as the database itself.
    """
    # Through the proxy once; each way through it costs as much as a value's text.
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    values = [
        str(source_id).encode(),
        str(uid).encode(),
        received_at.isoformat().encode(),
        route.encode(),
        encoding.encode(),
        body,
        ip_address.encode() if ip_address else None,
    ]
    _check(_execute(database.connection, values))


def oldest() -> datetime | None:
    """Find when the oldest body came that waits for the drain."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        row = cursor.fetchone()
    return row[0] if row else None


def _execute(connection: Any, values: list[bytes | None]) -> Any:
    """
    Run the statement, planned once for each connection, which halves what it costs.

    The driver takes back whatever is prepared after some rollbacks, and a pooler may lead to
    another server; then it is planned for this once. Not inside of a transaction, which
    that would break.
    """
    line = connection.pgconn
    if line.transaction_status == TransactionStatus.IDLE and _is_ready(connection):
        result = line.exec_prepared(NAME, values, FORMATS)
        if result.error_field(DiagnosticField.SQLSTATE) != NOT_PREPARED:
            return result
        _ready.discard(connection)
    return line.exec_params(KEEP, values, None, FORMATS)


def _is_ready(connection: Any) -> bool:
    """See that the statement is planned on a connection, if it lets itself be planned."""
    if connection not in _ready:
        result = connection.pgconn.prepare(NAME, KEEP)
        if result.status != ExecStatus.COMMAND_OK:
            return False
        _ready.add(connection)
    return True


def _check(result: Any) -> None:
    """
    See that the database has done it.

    :raises psycopg.Error: if it has not
    """
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)
