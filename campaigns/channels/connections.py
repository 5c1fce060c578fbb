"""Connections to other systems, made."""

from datetime import datetime

from django.contrib.auth.models import User

from campaigns.models import Connection
from contacts.outgoing.signed import give_secret
from contacts.outgoing.signing import make_key


def create_connection(
    *, name: str, purpose: str, url: str, user: User | None, now: datetime
) -> tuple[Connection, str]:
    """
    Make a connection.

    :returns: it, and its secret, to be shown this once
    """
    connection = Connection(
        name=name,
        purpose=purpose,
        url=url,
        key=make_key(),
        created_at=now,
        created_by=user,
    )
    secret = give_secret(connection)
    connection.save()
    return connection, secret
