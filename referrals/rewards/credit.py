"""
Credit on people's accounts: posted to your product, signed, until it answers.

The reward is claimed with a lease and committed, then posted, then its outcome is committed. A
worker that dies in between leaves the lease; the next one posts again under the same name, by
which your product knows it. What is refused, or fails too often, waits for a person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import Truncator

from contacts.background import Backlog, backlog_of
from contacts.models import Identifier
from contacts.outgoing.request import OutgoingError, TargetRefused, wait_from
from contacts.outgoing.signed import give_secret, post_signed, write_json
from contacts.outgoing.signing import make_key
from contacts.sealed import NotOpened
from referrals.models import Delivery, Reward, RewardEntry, RewardWebhook
from referrals.money import from_minor
from referrals.rewards.delivering import NotDelivered, fulfill
from referrals.rewards.ledger import Entry, Kind, change, lock_people, lock_reward
from referrals.rewards.reckon import reckon_again
from referrals.rewards.states import State
from referrals.setbacks import Piece, Work, carefully, known_among

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 12
LONGEST_WAIT = timedelta(hours=12)
# Asked again later; whoever answers anything else of 4xx has read it and does not want it.
TRY_LATER = (408, 425, 429)
BATCH = 20


@dataclass(frozen=True)
class Outcome:
    """What the other side said: took it, may take it later, or does not want it."""

    is_taken: bool
    is_final: bool
    said: str
    wait: timedelta | None = None


def create_webhook(
    *, name: str, url: str, user: User | None, now: datetime
) -> tuple[RewardWebhook, str]:
    """
    Say where credit is booked.

    :returns: the row, and its secret, to be shown this once
    """
    webhook = RewardWebhook(
        name=name, url=url, key=make_key(), created_at=now, created_by=user
    )
    secret = give_secret(webhook)
    webhook.save()
    return webhook, secret


def leaving(now: datetime) -> Any:
    """Choose the credit that is to leave; what is switched off waits. Leans on rewards_due."""
    return Reward.objects.filter(
        due_at__lte=now,
        state__in=[State.APPROVED, State.SENDING],
        rule__delivery=Delivery.CREDIT,
        rule__webhook__disabled_at=None,
    )


def due(now: datetime) -> Backlog:
    """See how much credit is to leave."""
    return backlog_of(leaving(now), "due_at")


def send_due(*, now: datetime) -> int:
    """Post the credit that is due, oldest first; returns how much was tried."""
    rows = list(leaving(now).order_by("due_at", "pk")[:BATCH])
    failed = known_among(Work.ACCOUNT, [reward.pk for reward in rows])
    return sum(
        carefully(
            partial(_send, reward, now=now),
            Piece(Work.ACCOUNT, reward.contact_id, reward.pk, reward.pk in failed),
            now=now,
        )
        for reward in rows
    )


def _send(reward: Reward, *, now: datetime) -> bool:
    """Claim one credit, post it, and write what came of it; False if another worker has it."""
    claimed = _claim(reward, now=now)
    if claimed is None:
        return False
    _settle(claimed, _post(claimed, now=now), now=now)
    return True


@transaction.atomic
def _claim(reward: Reward, *, now: datetime) -> Reward | None:
    """Take one reward for two minutes; None if somebody else has it."""
    if not lock_people([reward.contact_id]):
        return None
    locked = lock_reward(reward)
    if locked.due_at is None or locked.due_at > now:
        return None
    if locked.state == State.APPROVED:
        entry = Entry(Kind.STARTED, State.SENDING, "credit_leaves")
        change(locked, entry, now=now)
    elif locked.state != State.SENDING:
        return None
    locked.due_at = now + LEASE
    locked.attempts += 1
    locked.save(update_fields=["due_at", "attempts"])
    return locked


def document_of(reward: Reward, *, now: datetime) -> dict[str, Any]:
    """Write what your product is to book, for whom."""
    user_id = (
        Identifier.objects.filter(contact=reward.contact_id, kind="user_id")
        .order_by("pk")
        .values_list("value", flat=True)
        .first()
    )
    return {
        "type": "reward.credit",
        "timestamp": now.isoformat(),
        "data": {
            "reward": name_of(reward),
            "program": reward.program.name,
            "role": reward.role,
            "user_id": user_id,
            "email": reward.contact.email,
            "amount_minor": reward.balance_minor,
            "amount": str(from_minor(reward.balance_minor, reward.currency)),
            "currency": reward.currency,
        },
    }


def name_of(reward: Reward) -> str:
    """
    Name a delivery: the same on every attempt, and never that of an earlier delivery.

    Once a reward is topped up, it may be worth what it was worth before.
    """
    before = RewardEntry.objects.filter(
        contact=reward.contact_id, reward_id=reward.pk, kind=Kind.FULFILLED
    ).count()
    more = f"_{before + 1}" if before else ""
    return f"reward_{reward.pk}_{reward.amount_minor}{more}"


def _post(reward: Reward, *, now: datetime) -> Outcome:
    """Post one credit, outside of any transaction."""
    webhook = reward.rule.webhook
    if webhook is None or reward.contact.erased_at:
        return Outcome(False, True, "There is nobody to book it for.")
    document = document_of(reward, now=now)
    name, body = document["data"]["reward"], write_json(document)
    try:
        answer = post_signed(receiver=webhook, name=name, body=body, now=now)
    except (TargetRefused, NotOpened) as error:
        return Outcome(False, True, str(error))
    except OutgoingError as error:
        return Outcome(False, False, str(error))
    said = Truncator(f"{answer.status} {answer.text}".strip()).chars(400)
    is_later = answer.status in TRY_LATER or answer.status >= 500
    wait = wait_from(answer.retry_after, now=now) if is_later else None
    return Outcome(answer.is_good, not is_later, said, wait)


@transaction.atomic
def _settle(reward: Reward, outcome: Outcome, *, now: datetime) -> None:
    """Write what came of it; who lost the lease meanwhile writes nothing."""
    locked = lock_reward(reward)
    if locked.state != State.SENDING or locked.attempts != reward.attempts:
        return
    if outcome.is_taken:
        fulfill(locked, reason="credit_sent", now=now)
        reckon_again([locked], now=now)
    elif outcome.is_final or locked.attempts >= MOST_ATTEMPTS:
        entry = Entry(Kind.FAILED, State.FAILED, "credit_refused")
        change(locked, entry, now=now, due_at=None, problem=outcome.said)
        reckon_again([locked], now=now)
    else:
        wait = outcome.wait or min(timedelta(minutes=2**locked.attempts), LONGEST_WAIT)
        Reward.objects.filter(contact=locked.contact_id, pk=locked.pk).update(
            due_at=now + wait, problem=outcome.said
        )


@transaction.atomic
def send_again(*, reward: Reward, user: User, now: datetime) -> None:
    """
    Let a credit leave again that was not taken.

    :raises NotDelivered: if it is none
    """
    locked = lock_reward(reward)
    if locked.state != State.FAILED:
        raise NotDelivered("This credit has not failed.")
    entry = Entry(Kind.APPROVED, State.APPROVED, "sent_again", by=user)
    change(locked, entry, now=now, attempts=0, problem="", due_at=now)
