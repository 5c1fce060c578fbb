"""
Asks in the product: who is shown what, and what came of it.

The step decides who is asked; the page of the product only fetches it. A fetch claims the
message under the contact's lock, so that two tabs hand over one ask, and asks the guardrails
again, while the campaign is held against pause, stop and incidents. It counts as seen when half
of it was visible for a second, as the page tells.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.asks.answer import answer_ask
from campaigns.asks.facts import mark_viewed
from campaigns.flows.ladder import IN_APP
from campaigns.guardrails.reasons import QUIET_HOURS, STALE_MOMENT
from campaigns.guardrails.recheck import recheck
from campaigns.messaging import outbox
from campaigns.models import Ask, Message, MessageFact
from contacts.identities.whereabouts import present_id
from referrals import preferences

# Holds campaigns as a sender does, before any message is locked: whoever stops one, or opens an
# incident, is waited for, and his word is seen. In the order of ids.
HOLD = "SELECT id FROM campaigns_campaign WHERE id = ANY (%s) ORDER BY id FOR SHARE"

Fact = MessageFact.Kind
SOURCE = "widget"


class Withdrawn(ValueError):
    """The ask is no longer shown: answered, gone on by another way, or over."""


@dataclass(frozen=True)
class Offer:
    """What is shown to a person who came to the product."""

    message: Message
    ask: Ask


@transaction.atomic
def claim_offer(*, contact_id: int, now: datetime) -> Offer | None:
    """
    Hand over the ask that waits for a contact in the product; None if there is none.

    Again, and the same one comes, until it is answered, closed or withdrawn.
    """
    campaigns = _out(contact_id).values_list("campaign_id", flat=True)
    # Most pages have nothing to show; they lock nobody.
    if not campaigns:
        return None
    preferences.lock_contact(contact_id)
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [sorted(set(campaigns))])
    for message in _shown(contact_id):
        ask = Ask.objects.filter(
            contact_id=contact_id, pk=message.ask_id or 0, answer=""
        ).first()
        if ask and not _speaks_against(message, now):
            _hand_over(message, now)
            return Offer(message, ask)
    return None


@transaction.atomic
def mark_seen(*, contact_id: int, message_id: int, now: datetime) -> None:
    """
    Note that the person had it before his eyes.

    :raises Withdrawn: if it is no longer shown
    """
    offer = _find(contact_id, message_id)
    mark_viewed(ask=offer.ask, now=now)
    note(offer.message, Fact.VIEWED, now=now)


@transaction.atomic
def close_offer(*, contact_id: int, message_id: int, now: datetime) -> None:
    """
    Note that the person closed it without an answer; it does not come again.

    :raises Withdrawn: if it is no longer shown
    """
    offer = _find(contact_id, message_id)
    mark_viewed(ask=offer.ask, now=now)
    note(offer.message, Fact.CLOSED, now=now)
    Message.objects.filter(contact_id=offer.message.contact_id, pk=message_id).update(
        withdrawn_at=now
    )


@transaction.atomic
def answer_offer(
    *, contact_id: int, message_id: int, answer: str, now: datetime
) -> Ask:
    """
    Take the answer that the person gave in the product.

    :raises Withdrawn: if it is no longer shown
    """
    offer = _find(contact_id, message_id)
    mark_viewed(ask=offer.ask, now=now)
    note(offer.message, Fact.VIEWED, now=now)
    return answer_ask(ask=offer.ask, answer=answer, via=IN_APP, now=now)


def note(message: Message, kind: str, *, now: datetime) -> None:
    """Write down a fact that the page tells; the first time counts."""
    MessageFact.objects.bulk_create(
        [
            MessageFact(
                contact_id=message.contact_id,
                message_id=message.pk,
                kind=kind,
                happened_at=now,
                noted_at=now,
                source=SOURCE,
                key=SOURCE,
            )
        ],
        ignore_conflicts=True,
    )


def _out(contact_id: int) -> QuerySet[Message]:
    """Select what may be shown to a contact."""
    return Message.objects.filter(
        contact_id=contact_id,
        channel=IN_APP,
        state__in=[Message.State.WAITING, Message.State.ACCEPTED],
        withdrawn_at=None,
    )


def _shown(contact_id: int) -> list[Message]:
    """Lock what may be shown to a contact, oldest first."""
    return list(
        _out(contact_id)
        .select_for_update(of=("self",))
        .select_related("contact", "campaign__program", "version")
        .order_by("pk")
    )


def _find(contact_id: int, message_id: int) -> Offer:
    """
    Find what was shown, under the contact's lock, or raise ``Withdrawn``.

    Who became a part of another meanwhile took it along.
    """
    contact_id = present_id(contact_id)
    preferences.lock_contact(contact_id)
    for message in _shown(contact_id):
        if message.pk == message_id and message.state == Message.State.ACCEPTED:
            own = Ask.objects.filter(contact_id=contact_id, pk=message.ask_id or 0)
            ask = own.select_related("campaign__program", "version", "contact").first()
            if ask:
                return Offer(message, ask)
    raise Withdrawn


def _speaks_against(message: Message, now: datetime) -> bool:
    """
    Whether a guardrail objects by now.

    Whoever is here is awake: neither does the night, nor that the morning comes too late.
    """
    return any(
        one.reason != QUIET_HOURS
        and not (one.reason == STALE_MOMENT and "possible_at" in one.details)
        for one in recheck(message, now=now).objections
    )


def _hand_over(message: Message, now: datetime) -> None:
    """Count it as handed over, once."""
    own = Message.objects.filter(
        contact_id=message.contact_id, pk=message.pk, state=Message.State.WAITING
    )
    if own.update(
        state=Message.State.ACCEPTED, handed_over_at=now, finished_at=now, attempts=1
    ):
        outbox.mark_delivered(message, now=now)
        note(message, Fact.SHOWN, now=now)
