"""
Documents posted to a system that can check that they are ours.

A secret is shown once, when it is made. A new one signs at once, and the old one signs beside
it for a day, so that the other side can change over in between.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.contrib.auth.models import User

from contacts.outgoing import signing
from contacts.outgoing.request import Answer, OutgoingError, post
from contacts.sealed import NotOpened, seal, unseal

OVERLAP = timedelta(hours=24)
SHOWN = 500
JSON = {"Content-Type": "application/json"}


class Receiver(Protocol):
    """A row that says where to post, with sealed secrets."""

    name: str
    url: str
    secret: str
    old_secret: str
    old_secret_until: datetime | None
    disabled_at: datetime | None
    disabled_by: User | None

    @property
    def seal_purpose(self) -> str:
        """For what its secrets are sealed."""

    def has_two_secrets(self, now: datetime) -> bool:
        """Whether the old secret still signs."""

    def save(self, *, update_fields: list[str]) -> None:
        """Write the row."""


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


def give_secret(receiver: Receiver) -> str:
    """Give a row that is not saved yet its first secret, and return it."""
    secret = signing.make_secret()
    receiver.secret = seal(secret, purpose=receiver.seal_purpose)
    return secret


def rotate_secret(*, receiver: Receiver, now: datetime) -> str:
    """
    Make a new secret; the one before signs too for a day.

    :returns: the new one, to be shown this once
    """
    receiver.old_secret = receiver.secret
    receiver.old_secret_until = now + OVERLAP
    secret = give_secret(receiver)
    receiver.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return secret


def switch(*, receiver: Receiver, user: User | None, now: datetime) -> None:
    """Switch it off, so that everything waits, or on again."""
    is_off = receiver.disabled_at is not None
    receiver.disabled_at = None if is_off else now
    receiver.disabled_by = None if is_off else user
    receiver.save(update_fields=["disabled_at", "disabled_by"])


def secrets_of(receiver: Receiver, *, now: datetime) -> list[str]:
    """
    Open the secrets that sign now, the newest first.

    :raises NotOpened: if the site has lost the key with which they were sealed
    """
    purpose = receiver.seal_purpose
    known = [unseal(receiver.secret, purpose=purpose)]
    if receiver.has_two_secrets(now):
        known.append(unseal(receiver.old_secret, purpose=purpose))
    return known


def post_signed(*, receiver: Receiver, name: str, body: bytes, now: datetime) -> Answer:
    """
    Post a document with its signatures.

    :raises OutgoingError: if there is no answer
    :raises NotOpened: if there is nothing to sign with
    """
    known = secrets_of(receiver, now=now)
    headers = signing.signed_headers(known, name=name, body=body, now=now)
    return post(receiver.url, body=body, headers=JSON | headers)


def write_json(document: dict[str, Any]) -> bytes:
    """Write a document as it is posted."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def try_out(*, receiver: Receiver, now: datetime) -> Trial:
    """Post a sample that concerns nobody, and see what comes back."""
    body = write_json(
        {
            "type": "test",
            "timestamp": now.isoformat(),
            "data": {"connection": receiver.name},
        }
    )
    name, shown = f"test_{secrets.token_hex(12)}", body.decode()
    try:
        answer = post_signed(receiver=receiver, name=name, body=body, now=now)
    except OutgoingError as error:
        return Trial(shown, problem=str(error))
    except NotOpened:
        return Trial(
            shown, problem="The secret can’t be read any more. Make a new one."
        )
    return Trial(shown, answer)
