"""Keep the bodies of requests until the drain has understood them; one small write each."""

from datetime import datetime
from uuid import UUID

import psycopg
from django.db import DatabaseError, InterfaceError, connection

# What tells that the database is away, be it at connecting or later.
AWAY = (DatabaseError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)

# One row by its primary key; the body travels as it is, never as text.
KEEP = """
    INSERT INTO contacts_inboxbody
        (source_id, uid, received_at, route, encoding, body, ip_address, attempts, error)
    VALUES (%s, %s, %s, %s, %s, %b, %s, 0, '')
"""
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

    Past Django's cursors, which would write the body into the text of the statement.
    """
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            KEEP, (source_id, uid, received_at, route, encoding, body, ip_address)
        )


def oldest() -> datetime | None:
    """Find when the oldest body came that waits for the drain."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        row = cursor.fetchone()
    return row[0] if row else None
