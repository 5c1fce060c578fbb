"""Ask for a person to be forgotten, and look up later that it was done."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from contacts import consents
from contacts.background import enqueue
from contacts.changes import tell_changed
from contacts.erasure.forgetting import stop_everything
from contacts.identities.sightings import normal
from contacts.models import (
    AccountMember,
    Contact,
    Erasure,
    Identifier,
    Suppression,
)
from contacts.models.work import WorkState
from contacts.work import queue_again

TASK = "contacts.tasks.forget_people"
SLICE = "contacts.erasures"
KINDS = [str(kind) for kind in Identifier.Kind]


class AlreadyForgotten(ValueError):
    """The person was forgotten before."""


class NotFailed(ValueError):
    """The erasure is under way, or done."""


def digest_of(kind: str, value: str) -> str:
    """Hash an identifier with our key, so that it can be found again and not read."""
    key = f"erasure:{settings.SUPPRESSION_KEY}".encode()
    text = ":".join(normal((kind, value)))
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


@transaction.atomic
def request_erasure(
    *,
    contact: Contact,
    never_again: bool,
    statement: str,
    user: AbstractBaseUser | None,
    now: datetime,
) -> Erasure:
    """
    Ask for a person to be forgotten: nothing leaves from now on, the rest is long work.

    With ``never_again`` the addresses stay silent for ever, whoever imports them.

    :raises AlreadyForgotten: if somebody was faster
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if contact.erased_at:
        raise AlreadyForgotten(contact)
    names = list(contact.identifiers.values_list("kind", "value"))
    if never_again:
        consents.suppress_many(
            addresses=[value for kind, value in names if kind == "email"],
            reason=Suppression.Reason.MANUAL,
            now=now,
            user=user,
        )
    Contact.objects.filter(pk=contact.pk).update(erased_at=now, updated_at=now)
    stop_everything(contact.pk, now)
    _tell(contact.pk, now)
    erasure = Erasure.objects.create(
        person=contact.pk,
        digests=sorted(digest_of(kind, value) for kind, value in names),
        statement=statement,
        created_at=now,
        created_by_id=user.pk if user else None,
    )
    enqueue(TASK)
    return erasure


def _tell(contact_id: int, now: datetime) -> None:
    """Say that the person is gone, to whom it is news and to those of his accounts."""
    accounts = AccountMember.objects.filter(contact_id=contact_id).values("account_id")
    others = AccountMember.objects.filter(account_id__in=accounts)
    ids = others.exclude(contact_id=contact_id).values_list("contact_id", flat=True)
    tell_changed(dict.fromkeys(sorted(set(ids))), now=now)
    tell_changed({contact_id: None}, now=now, is_remade=True)


@transaction.atomic
def retry_erasure(erasure: Erasure) -> None:
    """
    Try an erasure again that failed.

    :raises NotFailed: if it did not, or somebody was faster
    """
    erasure = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)
    if erasure.state != WorkState.FAILED:
        raise NotFailed(erasure)
    queue_again(erasure)
    enqueue(TASK)


def erasures_of(text: str) -> list[Erasure]:
    """Find the erasures of whoever had this address, user id or anonymous id."""
    digests = [digest_of(kind, text) for kind in KINDS] if text.strip() else []
    found = {
        erasure.pk: erasure
        for digest in digests
        for erasure in Erasure.objects.filter(digests__contains=[digest])
    }
    return [found[key] for key in sorted(found, reverse=True)]
