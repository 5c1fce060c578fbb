"""What the people of the demo do with an ask, by chance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zlib import crc32

from campaigns.asks.answer import answer_ask
from campaigns.asks.facts import mark_intent, mark_viewed
from campaigns.models import Answer, Ask
from contacts import consents
from contacts.models.consent import Channel
from referrals.conversions import parse_conversion, record_conversion
from referrals.models import Advocate
from referrals.shares import record_share
from referrals.visits import Arrival, record_visit

CHANNELS = ("copy", "whatsapp", "email", "native", "linkedin", "x")
BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
)
PREVIEW = "WhatsApp/2.24.6.77 A"
FRIENDS = (
    ("Mia", "Schäfer", "de-DE", "Europe/Berlin", "mia.schaefer"),
    ("Oliver", "Grant", "en-GB", "Europe/London", "oliver.grant"),
    ("Chloé", "Lambert", "fr-FR", "Europe/Paris", "chloe.lambert"),
    ("Lucía", "Navarro", "es-ES", "Europe/Madrid", "lucia.navarro"),
    ("Rafael", "Pinto", "pt-BR", "America/Sao_Paulo", "rafael.pinto"),
    ("葵", "中村", "ja-JP", "Asia/Tokyo", "aoi.nakamura"),
    ("Zofia", "Kaczmarek", "pl-PL", "Europe/Warsaw", "zofia.kaczmarek"),
    ("Ethan", "Brooks", "en-US", "America/Chicago", "ethan.brooks"),
    ("ليلى", "حداد", "ar", "Asia/Dubai", "layla.haddad"),
)


@dataclass(frozen=True)
class Action:
    """Something that somebody will do: a word, the ask it goes back to, and more."""

    word: str
    ask: Ask
    detail: str = ""


Plan = list[tuple[datetime, Action]]


def plan_answer(chance: Random, ask: Ask, delivered_at: datetime) -> Plan:
    """Plan whether the person looks at the ask, and what the answer is."""
    seen_at = delivered_at + timedelta(hours=chance.expovariate(1 / 14))
    roll = chance.random()
    if roll > 0.52:
        return []
    plan: Plan = [(seen_at, Action("view", ask))]
    answered_at = seen_at + timedelta(minutes=chance.randint(1, 9))
    if roll < 0.24:
        plan.append((answered_at, Action("yes", ask)))
    elif roll < 0.32:
        plan.append((answered_at, Action("not_now", ask)))
    elif roll < 0.34:
        plan.append((answered_at, Action("never", ask)))
    elif roll < 0.35:
        plan.append((answered_at, Action("unsubscribe", ask)))
    return plan


def take_action(chance: Random, action: Action, at: datetime) -> Plan:
    """Do it, and plan what follows from it."""
    ask = action.ask
    match action.word:
        case "view":
            mark_viewed(ask=ask, now=at)
        case "yes":
            answer_ask(ask=ask, answer=Answer.YES, now=at)
            mark_intent(ask=ask, now=at)
            return plan_share(chance, ask, at)
        case "not_now":
            days = chance.choice((60, 75, 90))
            answer_ask(ask=ask, answer=Answer.NOT_NOW, snooze_days=days, now=at)
        case "never":
            answer_ask(ask=ask, answer=Answer.NEVER, now=at)
        case "unsubscribe":
            consents.withdraw(
                contact=ask.contact, channel=Channel.EMAIL, source="one_click", now=at
            )
        case "share":
            record_share(advocate=advocate_of(ask), channel=action.detail, now=at)
            return plan_visits(chance, ask, at, action.detail)
        case "visit":
            return visit(chance, action, at)
        case "sign_up" | "order":
            return convert(chance, action, at)
    return []


def plan_share(chance: Random, ask: Ask, at: datetime) -> Plan:
    """Plan whether a person who said yes shares the link, and how."""
    if chance.random() > 0.76:
        return []
    later = at + timedelta(minutes=chance.expovariate(1 / 30))
    channel = chance.choices(CHANNELS, weights=(6, 5, 3, 2, 1, 1))[0]
    return [(later, Action("share", ask, channel))]


def plan_visits(chance: Random, ask: Ask, at: datetime, channel: str) -> Plan:
    """Plan who comes through a link that was shared; messengers look first."""
    plan: Plan = []
    if channel == "whatsapp":
        plan.append((at + timedelta(seconds=3), Action("visit", ask, PREVIEW)))
    for _ in range(chance.choices((0, 1, 2, 4), weights=(3, 5, 3, 1))[0]):
        later = at + timedelta(hours=chance.expovariate(1 / 20))
        plan.append((later, Action("visit", ask, chance.choice(BROWSERS))))
    return plan


def visit(chance: Random, action: Action, at: datetime) -> Plan:
    """Come through the link; some sign up."""
    network = f"203.0.113.{chance.randrange(1, 255)}"
    arrival = Arrival(address=network, headers={"User-Agent": action.detail})
    record = record_visit(advocate=advocate_of(action.ask), arrival=arrival, now=at)
    if record.kind != record.Kind.HUMAN or chance.random() > 0.4:
        return []
    later = at + timedelta(minutes=chance.expovariate(1 / 12))
    return [(later, Action("sign_up", action.ask, record.click_id))]


def convert(chance: Random, action: Action, at: datetime) -> Plan:
    """Sign up through a click, or place the first order; the shop's server reports it."""
    number = crc32(action.detail.encode())
    first, last, locale, zone, mail_name = FRIENDS[number % len(FRIENDS)]
    is_order = action.word == "order"
    item: dict[str, Any] = {
        "event": "order_completed" if is_order else "signed_up",
        "email": f"{mail_name}{number % 1_000_000}@mail.example.com",
        "first_name": first,
        "last_name": last,
        "locale": locale,
        "time_zone": zone,
        "click_id": action.detail,
        "message_id": f"{action.word}-{action.detail}",
        "occurred_at": at.isoformat(),
    }
    if is_order:
        value = round(chance.uniform(24, 110), 2)
        item |= {"order_id": f"R-{action.detail}", "value": value, "currency": "USD"}
    record_conversion(conversion=parse_conversion(item, now=at), now=at)
    if is_order or chance.random() > 0.55:
        return []
    later = at + timedelta(days=chance.expovariate(1 / 4))
    return [(later, Action("order", action.ask, action.detail))]


def advocate_of(ask: Ask) -> Advocate:
    """Find the advocate that the ask made of the person."""
    return Advocate.objects.select_related("program").get(
        contact_id=ask.contact_id, program_id=ask.program_id
    )
