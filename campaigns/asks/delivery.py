"""
What a provider tells of our mails: facts, each once, and what follows from them.

A fact is a row of its own, so one that comes later overwrites none. What follows, follows from
its first telling only: a hard bounce and a complaint silence the address, an unsubscribe at the
provider is one with us, and an ask whose only mail came back has reached nobody.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.asks.harm import mark_reaction
from campaigns.asks.rungs import wake
from campaigns.channels.causes import Cause
from campaigns.guardrails import budget
from campaigns.messaging.unknown import NotUnknown, mark_arrived
from campaigns.models import Ask, Message, MessageFact, MessageTag
from contacts import consents
from contacts.models import Contact, Suppression
from contacts.models.consent import Channel
from referrals import preferences
from referrals.robots import HUMAN, classify

Kind = MessageFact.Kind
# Who opens or follows a link so soon after the mail left is a scanner.
TOO_SOON = timedelta(seconds=3)
BY_MACHINE = {
    Kind.OPENED: Kind.OPENED_BY_MACHINE,
    Kind.CLICKED: Kind.CLICKED_BY_MACHINE,
}
# It may come back before its sender has noted that it left; he then finds that it is settled.
LEFT = (Message.State.HANDING_OVER, Message.State.ACCEPTED, Message.State.UNKNOWN)


@dataclass(frozen=True)
class Told:
    """
    One event, as it was read from a provider's webhook.

    ``event_id`` is blank where the provider names none; ``user_agent`` is of who opened.
    """

    tag: str
    kind: str
    at: datetime | None
    event_id: str = ""
    recipient: str = ""
    details: str = ""
    user_agent: str = ""
    says_machine: bool = False


def note_told(told: Iterable[Told], *, provider: str, now: datetime) -> int:
    """
    Write down what a provider tells; what is none of our mails is left out.

    :returns: how much of it was new
    """
    return sum(_note(one, provider, now) for one in told)


@transaction.atomic
def _note(told: Told, provider: str, now: datetime) -> bool:
    """Write down one fact and what follows from it, unless it is known."""
    named = MessageTag.objects.filter(tag=told.tag).first()
    if named is None:
        return False
    preferences.lock_contact(named.contact_id)
    rows = Message.objects.select_for_update(of=("self",)).select_related("campaign")
    message = rows.filter(contact_id=named.contact_id, pk=named.message_id).first()
    if message is None:
        return False
    at = min(told.at or now, now)
    key = told.event_id or _name_of(told)
    known = MessageFact.objects.filter(
        contact_id=message.contact_id, message_id=message.pk, key=key[:100]
    )
    if known.exists():
        return False
    kind = kind_of(told, message, at)
    MessageFact.objects.create(
        contact_id=message.contact_id,
        message_id=message.pk,
        kind=kind,
        happened_at=at,
        noted_at=now,
        source=provider,
        key=key[:100],
        details=told.details[:2_000],
    )
    mark_reaction(message=message, kind=kind, at=at)
    _follow(message, kind, told, now)
    return True


def kind_of(told: Told, message: Message, at: datetime) -> str:
    """Tell machines from people: who says so, who is known, and who is too quick."""
    if told.kind not in BY_MACHINE:
        return told.kind
    left = message.handed_over_at
    is_machine = (
        told.says_machine
        or (left is not None and at - left < TOO_SOON)
        or bool(told.user_agent)
        and classify(method="GET", headers={"User-Agent": told.user_agent}).kind
        != HUMAN
    )
    return BY_MACHINE[Kind(told.kind)] if is_machine else told.kind


def _name_of(told: Told) -> str:
    """Name an event that has no name, so that it counts once."""
    parts = (told.kind, told.recipient, str(told.at), told.details)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _follow(message: Message, kind: str, told: Told, now: datetime) -> None:
    """Do what follows from a fact that was not known."""
    if kind == Kind.DELIVERED:
        _arrived(message, now)
    elif kind in (Kind.BOUNCED, Kind.REJECTED):
        cause = Cause.BOUNCED if kind == Kind.BOUNCED else Cause.REJECTED
        _came_back(message, cause, told.details, now)
        if kind == Kind.BOUNCED:
            _silence(message, Suppression.Reason.BOUNCED, told, now)
    elif kind == Kind.COMPLAINED:
        _arrived(message, now)
        _silence(message, Suppression.Reason.COMPLAINED, told, now)
    elif kind == Kind.UNSUBSCRIBED:
        consents.withdraw(
            contact=Contact.objects.get(pk=message.contact_id),
            channel=message.channel if message.connection_id else Channel.EMAIL,
            source="provider",
            now=now,
            evidence={"message": message.pk},
        )


def _arrived(message: Message, now: datetime) -> None:
    """Settle a mail of which nobody knew whether it left."""
    if message.state != Message.State.UNKNOWN:
        return
    try:
        mark_arrived(message=message, user=None, now=now)
    except NotUnknown:
        return


def _silence(
    message: Message, reason: Suppression.Reason, told: Told, now: datetime
) -> None:
    """Write to the address no more."""
    consents.suppress(
        address=message.address, reason=reason, details=told.details[:500], now=now
    )


def _came_back(message: Message, cause: Cause, details: str, now: datetime) -> None:
    """
    Note that a mail reached nobody; the ask goes on with its next rung, or gives back its unit.

    Who has seen the ask was reached, whatever the provider says.
    """
    own = Message.objects.filter(
        contact_id=message.contact_id, pk=message.pk, state__in=LEFT
    )
    came_back = {"state": Message.State.REFUSED, "cause": cause, "lease_until": None}
    if not own.update(**came_back, details=details[:2_000], finished_at=now):
        return
    if message.ask_id is None:
        return
    asks = Ask.objects.filter(contact_id=message.contact_id, pk=message.ask_id)
    others = Message.objects.filter(
        contact_id=message.contact_id,
        ask_id=message.ask_id,
        state=Message.State.ACCEPTED,
    )
    # Before the ask, as everywhere.
    budget.lock_budgets([message.contact_id])
    ask = asks.select_for_update().get()
    if ask.viewed_at or ask.answer:
        return
    if not others.exists():
        asks.update(delivered_at=None)
    budget.refund(contact_ids=[ask.contact_id], ask_ids=[ask.pk], now=now)
    wake(ask, now=now)
