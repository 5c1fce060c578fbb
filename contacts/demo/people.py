"""The customers of "Fernweh Coffee", a shop that sends beans around the world."""

import json
import random
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from contacts import lists
from contacts.addresses import address_digest
from contacts.models import Suppression

CULTURES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("names.json").read_text(encoding="utf-8")
)
DOMAINS = (
    "mail.example.com",
    "post.example.org",
    "inbox.example.net",
    "home.example.com",
    "studio.example.org",
)
# The shop sells in dollars all over the world, and has an own price list for Great Britain.
CURRENCIES = {"en-GB": "GBP"}
CURRENCY = "USD"
BEANS = (
    ("Yirgacheffe 250 g", 14.5),
    ("Huila 250 g", 13.0),
    ("Nachtzug espresso 500 g", 21.0),
    ("Decaf Sidamo 250 g", 14.0),
    ("Fernweh blend 1 kg", 36.0),
    ("Geisha reserve 100 g", 29.0),
    ("Hand grinder", 74.0),
    ("Ceramic dripper", 26.0),
)
TOPICS = ("delivery", "damaged parcel", "subscription", "grind size", "invoice")
STATEMENT = "Ticked “Send me news and offers” at checkout"
# Letters that Unicode does not take apart.
PLAIN = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "ı": "i", "đ": "d"})

EVENT_COLUMNS = (
    "contact_id",
    "name",
    "key",
    "occurred_at",
    "received_at",
    "properties",
)
CONTACT_COLUMNS = (
    "id",
    "email",
    "first_name",
    "last_name",
    "locale",
    "time_zone",
    "attributes",
    "created_at",
    "updated_at",
)


@dataclass
class Person:
    """A customer who is about to be written, and what happened to him."""

    id: int
    number: int
    email: str
    first_name: str
    last_name: str
    language: str
    locale: str
    city: str
    time_zone: str
    created_at: datetime
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, str, datetime, dict[str, Any]]] = field(
        default_factory=list
    )

    def did(self, name: str, key: str, at: datetime, **properties: Any) -> None:
        """Remember that something happened."""
        self.events.append((name, key, at, properties))


def make_people(
    chance: random.Random, *, contacts: int, days: int, now: datetime
) -> list[Person]:
    """Make the people with ``days`` of events up to ``now``."""
    people = [
        make_person(chance, contact_id, number, days, now)
        for number, contact_id in enumerate(reserve_ids(contacts), start=1)
    ]
    for person in people:
        live(chance, person, days, now)
    return people


def load_people(
    chance: random.Random, people: Sequence[Person], *, now: datetime
) -> None:
    """Write the people, what happened to them, their consents and the lists they are on."""
    write_people(people, now)
    write_consents(chance, people, now)
    write_lists(chance, people, now)


def reserve_ids(count: int) -> list[int]:
    """Take as many contact ids as there will be people."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('contacts_contact', 'id'))"
            " FROM generate_series(1, %s)",
            [count],
        )
        return [row[0] for row in cursor.fetchall()]


def make_person(
    chance: random.Random, contact_id: int, number: int, days: int, now: datetime
) -> Person:
    """Make somebody with a name, a place and an age as a customer."""
    culture = chance.choices(CULTURES, [row["weight"] for row in CULTURES])[0]
    first, last = chance.choice(culture["first"]), chance.choice(culture["last"])
    locale, city, time_zone = chance.choice(culture["places"])
    age = timedelta(days=days * 3) * chance.random() ** 1.6
    address = f"{latin(first)}.{latin(last)}{number}@{chance.choice(DOMAINS)}"
    return Person(
        id=contact_id,
        number=number,
        email=address,
        first_name=first if isinstance(first, str) else first[0],
        last_name=last if isinstance(last, str) else last[0],
        language=culture["language"],
        locale=locale,
        city=city,
        time_zone=time_zone,
        created_at=now - age - timedelta(minutes=chance.randrange(1, 600)),
    )


def latin(name: str | Sequence[str]) -> str:
    """Write a name so that it fits into an address."""
    if not isinstance(name, str):
        return name[1]
    bare = unicodedata.normalize("NFKD", name.lower()).translate(PLAIN)
    return "".join(letter for letter in bare if letter.isascii() and letter.isalpha())


def live(chance: random.Random, person: Person, days: int, now: datetime) -> None:
    """Let half a year of orders, surveys, tickets and reviews happen to somebody."""
    start = max(person.created_at, now - timedelta(days=days))
    person.did(
        "signed_up",
        "shop",
        person.created_at,
        source=chance.choice(["shop", "shop", "app", "pop-up"]),
    )
    count = min(60, int(chance.paretovariate(1.05) * 2.1) - 1)
    spent = 0.0
    moments = sorted(chance.random() for _ in range(count))
    for number, moment in enumerate(moments, start=1):
        at = start + (now - start) * moment
        spent += buy(chance, person, f"F{person.number}-{number}", at)
        follow_up(chance, person, f"F{person.number}-{number}", at, now)
    tiers = ((900, "gold"), (300, "silver"), (0, "bronze"))
    person.attributes.update(
        {
            "city": person.city,
            "plan": chance.choices(["none", "club", "club plus"], [70, 22, 8])[0],
            "loyalty_tier": next(name for least, name in tiers if spent >= least),
            "lifetime_value": round(spent, 2),
            "orders": count,
            "favorite_brew": chance.choice(["filter", "espresso", "moka", "cold brew"]),
        }
    )


def buy(chance: random.Random, person: Person, order: str, at: datetime) -> float:
    """Let somebody order something; returns what it cost."""
    basket = [chance.choice(BEANS) for _ in range(chance.choice([1, 1, 1, 2, 2, 3]))]
    total = round(sum(price for _, price in basket), 2)
    person.did(
        "order_completed",
        order,
        at,
        order_id=order,
        total=total,
        currency=CURRENCIES.get(person.locale, CURRENCY),
        items=[name for name, _ in basket],
    )
    return total


def follow_up(
    chance: random.Random, person: Person, order: str, at: datetime, now: datetime
) -> None:
    """Let what follows some orders happen, unless that is still to come."""
    answered = at + timedelta(days=chance.uniform(3, 12))
    if chance.random() < 0.28 and answered < now:
        nps = chance.choices(range(11), [2, 1, 1, 1, 2, 4, 5, 9, 16, 22, 26])[0]
        person.did("survey_answered", order, answered, nps=nps)
        person.attributes["nps"] = nps
    opened = at + timedelta(days=chance.uniform(1, 6))
    if chance.random() < 0.07 and opened < now:
        person.did("ticket_opened", order, opened, topic=chance.choice(TOPICS))
        closed = opened + timedelta(days=chance.uniform(0.2, 5))
        if closed < now:
            person.did("ticket_closed", order, closed)
    reviewed = at + timedelta(days=chance.uniform(5, 20))
    if chance.random() < 0.13 and reviewed < now:
        stars = chance.choices([1, 2, 3, 4, 5], [3, 3, 8, 30, 56])[0]
        person.did("review_left", order, reviewed, stars=stars)


def copy_rows(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write rows by COPY; table and columns are constants of ours."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def write_people(people: Sequence[Person], now: datetime) -> None:
    """Write contacts, what names them, and their events."""
    copy_rows(
        "contacts_contact",
        CONTACT_COLUMNS,
        (
            (
                person.id,
                person.email,
                person.first_name,
                person.last_name,
                person.locale,
                person.time_zone,
                json.dumps(person.attributes, ensure_ascii=False),
                person.created_at,
                now,
            )
            for person in people
        ),
    )
    names = [("email", person.email, person) for person in people]
    # Who orders in the shop has a number there; newsletter readers have none.
    names += [
        ("user_id", f"FW-{100_000 + person.number}", person)
        for person in people
        if person.attributes["orders"]
    ]
    copy_rows(
        "contacts_identifier",
        ("kind", "value", "contact_id", "created_at"),
        ((kind, value, person.id, person.created_at) for kind, value, person in names),
    )
    copy_rows(
        "contacts_event",
        EVENT_COLUMNS,
        (
            (person.id, name, key, at, at, json.dumps(properties, ensure_ascii=False))
            for person in people
            for name, key, at, properties in person.events
        ),
    )


def write_consents(
    chance: random.Random, people: Sequence[Person], now: datetime
) -> None:
    """Most allow us to write; some took it back; a few addresses are silent."""
    states: list[tuple[int, str, str, datetime, str, str]] = []
    silent: list[tuple[Person, str, datetime]] = []
    for person in people:
        luck = chance.random()
        later = person.created_at + (now - person.created_at) * chance.random()
        if luck < 0.93:
            at = person.created_at
            states.append((person.id, "email", "granted", at, "checkout", STATEMENT))
        if luck < 0.015:
            states.append((person.id, "email", "withdrawn", later, "one_click", ""))
            silent.append((person, Suppression.Reason.UNSUBSCRIBED, later))
        elif luck < 0.02:
            reason = chance.choice(["bounced", "bounced", "complained"])
            silent.append((person, reason, later))
    latest = {row[0]: row for row in states}
    copy_rows(
        "contacts_consentchange",
        (
            "contact_id",
            "channel",
            "state",
            "changed_at",
            "source",
            "statement",
            "evidence",
        ),
        ((*row, "{}") for row in states),
    )
    copy_rows(
        "contacts_consent",
        ("contact_id", "channel", "state", "changed_at"),
        (row[:4] for row in latest.values()),
    )
    Suppression.objects.bulk_create(
        Suppression(
            digest=address_digest(person.email),
            address=person.email,
            reason=reason,
            created_at=at,
        )
        for person, reason, at in silent
    )


def write_lists(chance: random.Random, people: Sequence[Person], now: datetime) -> None:
    """Make a few lists as a shop has them."""
    berlin = [person for person in people if person.time_zone == "Europe/Berlin"]
    gold = [person for person in people if person.attributes["loyalty_tier"] == "gold"]
    chosen = {
        ("Newsletter readers", "Signed up for the monthly letter"): chance.sample(
            people, len(people) * 3 // 5
        ),
        ("Beta tasters", "Get every new roast before anybody else"): chance.sample(
            people, len(people) // 16
        ),
        ("Berlin pop-up visitors", "Left their address at the pop-up"): chance.sample(
            berlin, len(berlin) // 3
        ),
        ("Gold members", "Spent more than 900 within half a year"): gold,
    }
    everyone = lists.everyone()
    everyone.created_at = min((person.created_at for person in people), default=now)
    everyone.save(update_fields=["created_at"])
    for (name, description), on_it in chosen.items():
        lists.add_contacts(
            contact_list=lists.create_list(name=name, description=description, now=now),
            contact_ids=[person.id for person in on_it],
            now=now,
        )
