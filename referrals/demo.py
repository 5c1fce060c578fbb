"""
Demo program of "Fernweh Coffee", and a history of shares, visits and friends who joined.

Friends are demo people who signed up after a share: so their orders are real ones, too.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from contacts.models import Contact, Event
from referrals.advocates import enroll_advocates
from referrals.attribution import attribute_referral
from referrals.attribution import demo as attribution_demo
from referrals.claims import Happening
from referrals.event_names import ORDER_COMPLETED, SIGNED_UP
from referrals.fraud import demo as fraud_demo
from referrals.intros import demo as intros_demo
from referrals.models import (
    Advocate,
    AllowedHost,
    LandingPlace,
    Program,
    Referral,
)
from referrals.naming import choose_name
from referrals.rewards import demo as rewards_demo
from referrals.shares import record_share
from referrals.visits import Arrival, record_visit

PROGRAM = "Give $20, get $20"
BATCHES = 8
# How often friends bring friends of their own.
GENERATIONS = 2
NAMES = ("coffee-club", "morning-brew", "bean-there", "third-cup")
CHANNELS = ["whatsapp", "whatsapp", "copy", "copy", "email", "native", "sms", "x"]
BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML,"
    " like Gecko) Version/18.4 Safari/605.1.15",
)
MACHINES = (
    "WhatsApp/2.25.20.78 A",
    "facebookexternalhit/1.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Barracuda Sentinel (EE)",
)


@transaction.atomic
def load(*, seed: int, contacts: int, days: int, now: datetime) -> None:
    """Make the program, and let its first advocates share."""
    program = make_program(now - timedelta(days=days))
    chance = random.Random(seed)  # noqa: S311 - the same seed makes the same history
    regulars = Contact.objects.filter(attributes__orders__gte=4).order_by("pk")
    shared: list[tuple[Advocate, datetime]] = []
    for batch in range(BATCHES):
        at = now - timedelta(days=days * (1 - batch / BATCHES) * 0.9)
        known = list(
            regulars.filter(created_at__lt=at).exclude(
                pk__in=Advocate.objects.values("contact")
            )
        )
        size = min(len(known), max(1, contacts // 60 // BATCHES))
        chosen = [contact.pk for contact in chance.sample(known, size)]
        enroll_advocates(program=program, contact_ids=chosen, now=at)
        rows = Advocate.objects.filter(contact__in=chosen)
        for advocate in rows.select_related("program").order_by("pk"):
            shared.append((advocate, at + timedelta(hours=chance.uniform(1, 200))))
    make_history(chance=chance, shared=shared, now=now)
    for _ in range(GENERATIONS):
        go_on(chance=chance, program=program, now=now)
    dress_links(chance=chance, program=program, now=now)
    attribution_demo.load(seed=seed, program=program, now=now)
    intros_demo.load(seed=seed, days=days, now=now)
    fraud_demo.load(seed=seed, program=program, days=days, now=now)
    rewards_demo.load(program=program, days=days, now=now)


def make_program(at: datetime) -> Program:
    """Make the program and allow its shop."""
    AllowedHost.objects.get_or_create(
        host="shop.fernweh-coffee.example", defaults={"created_at": at}
    )
    return Program.objects.create(
        name=PROGRAM,
        brand="Fernweh Coffee",
        offer_headline="Give $20, get $20",
        offer_text="Send a friend $20 for the first order. When it arrives, you get $20"
        " for your next beans.",
        friend_headline="$20 off your first coffee",
        friend_text="Fresh beans from small farms, roasted to order and sent around the"
        " world. A friend thinks you would like them.",
        disclosure="I get $20 too when you order.",
        share_text="I drink Fernweh Coffee every morning. Here is $20 for your first bag.",
        share_email_subject="$20 for your first bag of Fernweh Coffee",
        share_whatsapp_text="You have to try these beans ☕ Here is $20 for your first bag.",
        destination_url="/demo-shop/",
        friend_conditions="For your first order of $40 or more. One per household.",
        privacy_url="https://shop.fernweh-coffee.example/privacy",
        created_at=at,
    )


def go_on(*, chance: random.Random, program: Program, now: datetime) -> None:
    """Let a third of the friends who have no link yet become advocates, and share."""
    known = Advocate.objects.filter(program=program).values("contact")
    friends = list(
        Referral.objects.filter(program=program, lead_at__lt=now - timedelta(days=20))
        .exclude(contact__in=known)
        .order_by("lead_at", "pk")
    )
    shared = []
    for friend in chance.sample(friends, len(friends) // 3):
        at = friend.lead_at + timedelta(days=chance.uniform(2, 15))
        enroll_advocates(program=program, contact_ids=[friend.contact_id], now=at)
        advocate = Advocate.objects.select_related("program").get(
            contact=friend.contact_id, program=program
        )
        shared.append((advocate, at + timedelta(hours=chance.uniform(1, 100))))
    make_history(chance=chance, shared=shared, now=now)


def dress_links(*, chance: random.Random, program: Program, now: datetime) -> None:
    """Name some links, hang up a poster with one, and let a place be chosen."""
    LandingPlace.objects.create(
        program=program,
        word="espresso",
        name="Espresso beans",
        destination_url="/demo-shop/?bag=espresso",
        created_at=program.created_at,
    )
    advocates = list(
        Advocate.objects.filter(program=program)
        .select_related("program")
        .order_by("joined_at", "pk")[: len(NAMES)]
    )
    for name, advocate in zip(NAMES, advocates, strict=False):
        at = advocate.joined_at + timedelta(days=1)
        choose_name(advocate=advocate, name=name, now=at)
        Advocate.objects.filter(pk=advocate.pk).update(name_shown_at=at)
        for _ in range(chance.randrange(4, 12)):
            arrival = Arrival(
                address=f"203.0.113.{chance.randrange(256)}",
                headers={"User-Agent": chance.choice(BROWSERS)},
                channel="qr",
                asset="poster-cafe",
            )
            seen = now - timedelta(hours=chance.uniform(1, 600))
            record_visit(advocate=advocate, arrival=arrival, now=seen)


def make_history(
    *,
    chance: random.Random,
    shared: Sequence[tuple[Advocate, datetime]],
    now: datetime,
) -> int:
    """
    Let advocates share at the given times, people and machines visit, and friends join.

    :returns: how many friends joined
    """
    if not shared:
        return 0
    newcomers = find_newcomers(min(at for _, at in shared), now)
    joined = 0
    for advocate, at in sorted(shared, key=lambda pair: pair[1]):
        if at >= now:
            continue
        channel = chance.choice(CHANNELS)
        record_share(advocate=advocate, channel=channel, now=at)
        browse(chance, advocate, channel, at, now)
        for _ in range(chance.choices([0, 1, 2, 3], [40, 40, 15, 5])[0]):
            joined += join(chance, advocate, channel, at, newcomers)
    return joined


def find_newcomers(since: datetime, now: datetime) -> list[tuple[int, datetime, str]]:
    """List who signed up since and was brought by nobody, in order: whom, when, which event."""
    return list(
        Event.objects.filter(name=SIGNED_UP, occurred_at__gt=since, occurred_at__lt=now)
        .exclude(contact__in=Referral.objects.values("contact"))
        .order_by("occurred_at", "pk")
        .values_list("contact_id", "occurred_at", "key")
    )


def browse(
    chance: random.Random, advocate: Advocate, channel: str, at: datetime, now: datetime
) -> None:
    """Let people look who don't join, and machines."""
    for _ in range(chance.choices([0, 1, 2, 4], [20, 40, 30, 10])[0]):
        seen = at + timedelta(hours=chance.expovariate(1 / 30))
        if seen < now:
            visit(chance, advocate, channel, seen, chance.choice(BROWSERS))
    if chance.random() < 0.5:
        visit(
            chance,
            advocate,
            channel,
            at + timedelta(seconds=4),
            chance.choice(MACHINES),
        )


def visit(
    chance: random.Random, advocate: Advocate, channel: str, at: datetime, agent: str
) -> str:
    """Open the link; returns the click id."""
    arrival = Arrival(
        address=f"198.51.{chance.randrange(256)}.{chance.randrange(256)}",
        headers={"User-Agent": agent},
        channel=channel,
    )
    return record_visit(advocate=advocate, arrival=arrival, now=at).click_id


def join(
    chance: random.Random,
    advocate: Advocate,
    channel: str,
    at: datetime,
    newcomers: list[tuple[int, datetime, str]],
) -> int:
    """Let the advocate bring somebody who signs up within three weeks; 0 if nobody does."""
    soon = [
        row
        for row in newcomers
        if at < row[1] < at + timedelta(days=21) and row[0] != advocate.contact_id
    ]
    if not soon:
        return 0
    newcomers.remove(friend := chance.choice(soon))
    contact_id, signed_up_at, key = friend
    clicked_at = max(at, signed_up_at - timedelta(minutes=chance.randrange(2, 3000)))
    typed = chance.random() < 0.15
    click_id = visit(chance, advocate, channel, clicked_at, chance.choice(BROWSERS))
    attribute_referral(
        friend_contact_id=contact_id,
        event=Happening(SIGNED_UP, signed_up_at, key, {}),
        click_id="" if typed else click_id,
        code=advocate.code if typed else "",
        now=signed_up_at,
    )
    order = (
        Event.objects.filter(
            contact_id=contact_id, name=ORDER_COMPLETED, occurred_at__gt=signed_up_at
        )
        .order_by("occurred_at")
        .first()
    )
    if order:
        attribute_referral(
            friend_contact_id=contact_id,
            event=Happening(
                ORDER_COMPLETED, order.occurred_at, order.key, order.properties
            ),
            now=order.occurred_at,
        )
    return 1
