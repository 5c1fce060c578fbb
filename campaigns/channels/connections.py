"""
Connections to other systems: made, given a new secret, switched off, tried out.

A secret is shown once, when it is made. A new one signs at once, and the old one signs beside
it for a day, so that the other side can change over in between.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from campaigns.channels import signing
from campaigns.models import Connection
from contacts.outgoing.request import Answer, OutgoingError, post
from contacts.sealed import NotOpened, seal, unseal

OVERLAP = timedelta(hours=24)
SHOWN = 500
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Trial:
    """What came of a sample: the answer, or why there is none."""

    body: str
    answer: Answer | None = None
    problem: str = ""

    @property
    def text(self) -> str:
        """The beginning of the answer."""
        return self.answer.text[:SHOWN] if self.answer else ""


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
        key=signing.make_key(),
        created_at=now,
        created_by=user,
    )
    secret = signing.make_secret()
    connection.secret = seal(secret, purpose=connection.seal_purpose)
    connection.save()
    return connection, secret


def rotate_secret(*, connection: Connection, now: datetime) -> str:
    """
    Make a new secret; the one before signs too for a day.

    :returns: the new one, to be shown this once
    """
    secret = signing.make_secret()
    connection.old_secret = connection.secret
    connection.old_secret_until = now + OVERLAP
    connection.secret = seal(secret, purpose=connection.seal_purpose)
    connection.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return secret


def switch(*, connection: Connection, user: User | None, now: datetime) -> None:
    """Switch it off, so that everything waits, or on again."""
    is_off = connection.disabled_at is not None
    connection.disabled_at = None if is_off else now
    connection.disabled_by = None if is_off else user
    connection.save(update_fields=["disabled_at", "disabled_by"])


def secrets_of(connection: Connection, *, now: datetime) -> list[str]:
    """
    Open the secrets that sign now, the newest first.

    :raises NotOpened: if the site has lost the key with which they were sealed
    """
    purpose = connection.seal_purpose
    known = [unseal(connection.secret, purpose=purpose)]
    if connection.has_two_secrets(now):
        known.append(unseal(connection.old_secret, purpose=purpose))
    return known


def post_signed(
    *, connection: Connection, name: str, body: bytes, now: datetime
) -> Answer:
    """
    Post a document with its signatures.

    :raises OutgoingError: if there is no answer
    :raises NotOpened: if there is nothing to sign with
    """
    known = secrets_of(connection, now=now)
    headers = signing.signed_headers(known, name=name, body=body, now=now)
    return post(connection.url, body=body, headers=JSON | headers)


def write_json(document: dict[str, Any]) -> bytes:
    """Write a document as it is posted."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def try_out(*, connection: Connection, now: datetime) -> Trial:
    """Post a sample that concerns nobody, and see what comes back."""
    body = write_json(
        {
            "type": "test",
            "timestamp": now.isoformat(),
            "data": {"connection": connection.name},
        }
    )
    name, shown = f"test_{secrets.token_hex(12)}", body.decode()
    try:
        answer = post_signed(connection=connection, name=name, body=body, now=now)
    except OutgoingError as error:
        return Trial(shown, problem=str(error))
    except NotOpened:
        return Trial(
            shown, problem="The secret can’t be read any more. Make a new one."
        )
    return Trial(shown, answer)
