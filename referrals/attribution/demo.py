"""Demo: some orders are sent back, some friends get nobody credit, and some are decided by hand."""

import random
from datetime import datetime, timedelta

from contacts.events import Fact, record
from contacts.models import Event
from referrals.attribution.by_hand import give_credit, move_credit, withdraw_credit
from referrals.attribution.credit import credit_contacts
from referrals.clues import Trail, leave_clues
from referrals.event_names import (
    ORDER_CANCELED,
    ORDER_COMPLETED,
    ORDER_REFUNDED,
    SIGNED_UP,
)
from referrals.models import Advocate, Clue, Milestone, Program, Referral, Stage

DAY = timedelta(days=1)
# One in so many orders of friends is sent back, wholly or in part.
ONE_IN = 6
LATE_CODES = 5


def load(*, seed: int, program: Program, now: datetime) -> None:
    """Let orders be sent back, customers type codes, and people decide by hand."""
    chance = random.Random(seed)  # noqa: S311 - the same seed makes the same history
    send_back(chance, program, now)
    type_late(program, now)
    decide(program, now)


def send_back(chance: random.Random, program: Program, now: datetime) -> None:
    """Send some orders of friends back, wholly or in part."""
    orders = Milestone.objects.filter(
        program=program,
        stage=Stage.WON,
        key__startswith="order:",
        amount_minor__gt=0,
        occurred_at__lt=now - 6 * DAY,
    )
    for order in orders.order_by("pk"):
        if chance.randrange(ONE_IN):
            continue
        at = order.occurred_at + chance.choice([2, 3, 5]) * DAY
        number = order.key.removeprefix("order:")
        properties = {"order_id": number, "currency": order.currency}
        name = ORDER_CANCELED
        if chance.random() < 0.7:
            name = ORDER_REFUNDED
            properties["total"] = f"{(order.amount_minor or 0) // 3 / 100:.2f}"
        record(Fact(order.contact_id, name, at, order.key, properties), now=at)
        credit_contacts([order.contact_id], now=at)


def type_late(program: Program, now: datetime) -> None:
    """Let some customers type a code with a later order: nobody gets credit."""
    advocates = list(
        Advocate.objects.filter(program=program).order_by("pk")[:LATE_CODES]
    )
    later = (
        Event.objects.filter(name=ORDER_COMPLETED, occurred_at__lt=now - DAY)
        .exclude(contact__in=Referral.objects.values("contact"))
        .exclude(contact__in=[one.contact_id for one in advocates])
        .order_by("-occurred_at", "-pk")[: 4 * LATE_CODES]
    )
    for advocate, order in zip(advocates, later[::4], strict=False):
        at = order.occurred_at
        trail = Trail(
            order.contact_id,
            Clue.Source.CODE,
            advocate.code,
            at,
            f"{order.name}:{order.key}"[:200],
            order.name,
        )
        leave_clues([trail], now=at)
        credit_contacts([order.contact_id], now=at)


def decide(program: Program, now: datetime) -> None:
    """Give credit by hand, move it, and withdraw it; once each."""
    advocates = list(Advocate.objects.filter(program=program).order_by("pk")[:2])
    joined = (
        Event.objects.filter(name=SIGNED_UP, occurred_at__lt=now - 3 * DAY)
        .exclude(contact__in=Referral.objects.values("contact"))
        .exclude(contact__in=Advocate.objects.values("contact"))
        .exclude(
            contact__in=Event.objects.filter(name=ORDER_COMPLETED).values("contact")
        )
        .order_by("-occurred_at", "-pk")[:2]
    )
    if len(advocates) < 2 or len(joined) < 2:
        return
    first, second = advocates
    given = [
        give_credit(
            friend_contact_id=event.contact_id,
            advocate=first,
            counts_from=event.occurred_at,
            reason="Wrote to support that a friend had sent the link in a chat.",
            user=None,
            now=event.occurred_at + DAY,
        )
        for event in joined
    ]
    move_credit(
        referral=given[0],
        advocate=second,
        reason="It was somebody else after all. Both have agreed.",
        user=None,
        now=given[0].lead_at + 2 * DAY,
    )
    withdraw_credit(
        referral=given[1],
        reason="The two work for us.",
        user=None,
        now=given[1].lead_at + 2 * DAY,
    )
