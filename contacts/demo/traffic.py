"""
What the shop's website, server and app have sent in the last days.

Believable also where it is wrong: requests that came twice, a call without a user, a price
that is text, an app that has stopped, and a visitor who became known. Each request is read
and understood as those of real clients are.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from contacts.demo.loyalty import offices
from contacts.demo.people import BEANS, Person
from contacts.drain import understand
from contacts.models import Source, TrackingPlan
from contacts.plans.edit import create_plan
from contacts.plans.rows import Row
from contacts.sources import create_key, create_source
from contacts.tracking.messages import read_body

DAYS = 3
# So many at most, however many people there are.
MOST_SESSIONS = 220
MOST_PARCELS = 160
MOST_TAPS = 50
ANONYMOUS_VISITORS = 8
# The app has sent nothing for so long.
APP_SILENT = timedelta(hours=30)
HALF_A_DAY = timedelta(hours=12)
SHOP = "https://shop.example.com"
USER_AGENT = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/128.0.0.0 Safari/537.36"
)
# When people look at coffee: few at night, most in the evening.
HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 8, 9, 8, 7, 7, 8, 9, 11, 13, 14, 11, 6, 3)

Message = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What a source sent at once, and when it came."""

    source: Source
    at: datetime
    batch: Sequence[Message]


@dataclass
class Shop:
    """The sources of the shop, and the chance that decides what they send."""

    chance: random.Random
    website: Source
    server: Source
    app: Source
    now: datetime

    def some_time(self) -> datetime:
        """Choose a time in the last days, rather in the evening than at night."""
        hour = self.chance.choices(range(24), HOURS)[0]
        day = self.now - timedelta(days=self.chance.randrange(DAYS))
        at = day.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(
            seconds=self.chance.uniform(0, 3600)
        )
        return at if at < self.now else at - timedelta(days=1)

    def new_id(self) -> UUID:
        """Make an id; the same seed makes the same one."""
        return UUID(int=self.chance.getrandbits(128))


def load_traffic(
    chance: random.Random, *, people: Sequence[Person], now: datetime
) -> None:
    """Make the sources with their keys and a plan, and understand what they have sent."""
    shop = open_shop(chance, now)
    customers = [person for person in people if person.attributes["orders"]]
    requests = [
        *browse(shop, customers),
        *come_back(shop, customers),
        *ship(shop, customers),
        *tap(shop, customers),
        *go_wrong(shop, customers),
        *work(shop, customers),
    ]
    requests += [
        Request(one.source, one.at + timedelta(seconds=20), one.batch)
        for one in chance.sample(requests, len(requests) // 30)
    ]
    requests.sort(key=lambda request: request.at)
    # Half a day at a time, so that strangers are somebody before they sign in.
    for _, together in groupby(requests, lambda one: (now - one.at) // HALF_A_DAY):
        understand(
            [message for one in together for message in read(shop, one)], now=now
        )


def open_shop(chance: random.Random, now: datetime) -> Shop:
    """Make the sources; nobody has seen their keys, so the owner makes others."""
    kinds = {
        "Fernweh website": Source.Kind.BROWSER,
        "Fernweh server": Source.Kind.SERVER,
        "Fernweh app": Source.Kind.MOBILE,
    }
    sources = [
        create_source(name=name, kind=kind, user=None, now=now - timedelta(days=40))
        for name, kind in kinds.items()
    ]
    for source in sources:
        create_key(source=source, user=None, now=source.created_at)
    website, server, app = sources
    Source.objects.filter(pk__in=[website.pk, app.pk]).update(plan=make_plan(now))
    return Shop(chance, website, server, app, now)


def make_plan(now: datetime) -> TrackingPlan:
    """Plan what the website and the app should send."""
    return create_plan(
        name="Shop events",
        description="What the website and the app agreed to send.",
        user=None,
        now=now - timedelta(days=30),
        rows=[
            Row("track", "Product Viewed", "name", types=("text",), is_required=True),
            Row("track", "Product Viewed", "price", types=("number",)),
            Row("track", "Product Viewed", "currency", types=("text",)),
            Row("track", "Product Added", "name", types=("text",), is_required=True),
            Row("track", "Product Added", "price", types=("number",)),
            Row("track", "Product Added", "quantity", types=("integer",)),
            Row("track", "Product Added", "currency", types=("text",)),
            Row("track", "Brew Guide Opened", "brew", types=("text",)),
        ],
        reactions={"wrong_properties": "omit", "missing_properties": "block"},
    )


def read(shop: Shop, request: Request) -> Sequence[Any]:
    """Read a request as the tracking API does."""
    sent_at = request.at - timedelta(milliseconds=shop.chance.randrange(40, 400))
    body = {"batch": request.batch, "sentAt": sent_at.isoformat()}
    return read_body(
        json.dumps(body, ensure_ascii=False).encode(),
        encoding="",
        route="batch",
        source_id=request.source.pk,
        uid=shop.new_id(),
        received_at=request.at,
        is_public=request.source.is_public,
    )


def browser(
    shop: Shop, at: datetime, who: Message, path: str, kind: str, **fields: Any
) -> Message:
    """Make a message as the client in a browser does."""
    return {
        "type": kind,
        "messageId": f"ajs-next-{at.timestamp() * 1000:.0f}-{shop.new_id()}",
        "timestamp": at.isoformat(),
        **who,
        **fields,
        "context": {
            "page": {
                "path": path,
                "referrer": "https://search.example.com/",
                "title": "Fernweh Coffee",
                "url": SHOP + path,
            },
            "userAgent": USER_AGENT,
            "library": {"name": "analytics.js", "version": "next-1.84.3"},
        },
    }


def visit(shop: Shop, at: datetime, who: Message) -> Iterator[Message]:
    """Let somebody look at pages and beans, and perhaps put some into the cart."""
    view = {"properties": {"path": "/", "title": "Fernweh Coffee"}}
    yield browser(shop, at, who, "/", "page", **view)
    for _ in range(shop.chance.choice([1, 1, 2, 3])):
        at += timedelta(seconds=shop.chance.randrange(8, 90))
        name, price = shop.chance.choice(BEANS)
        path = f"/beans/{name.split()[0].lower()}"
        bean = {"name": name, "price": price, "currency": "USD"}
        yield browser(
            shop, at, who, path, "track", event="Product Viewed", properties=bean
        )
        if shop.chance.random() < 0.35:
            at += timedelta(seconds=shop.chance.randrange(3, 40))
            added = {**bean, "quantity": shop.chance.choice([1, 1, 2])}
            yield browser(
                shop, at, who, path, "track", event="Product Added", properties=added
            )


def browse(shop: Shop, customers: Sequence[Person]) -> Iterator[Request]:
    """Let customers and strangers visit the website; the last one a moment ago."""
    visitors: list[Message] = [
        {"userId": user_id(person), "anonymousId": str(shop.new_id())}
        for person in pick(shop, customers, MOST_SESSIONS)
    ]
    visitors += [{"anonymousId": str(shop.new_id())} for _ in range(ANONYMOUS_VISITORS)]
    for number, who in enumerate(visitors):
        at = shop.some_time() if number else shop.now - timedelta(minutes=6)
        for message in visit(shop, at, who):
            came = datetime.fromisoformat(message["timestamp"]) + timedelta(seconds=1)
            yield Request(shop.website, min(came, shop.now), [message])


def come_back(shop: Shop, customers: Sequence[Person]) -> Iterator[Request]:
    """Let visitors come twice without a name, and sign in the third time."""
    newcomer = {"email": "ines.moreira4711@mail.example.com", "firstName": "Inês"}
    newcomer |= {"lastName": "Moreira", "favorite_brew": "moka", "locale": "pt-PT"}
    signing_in: list[tuple[str, Message]] = [("FW-newcomer", newcomer)]
    for person in pick(shop, customers, 2):
        signing_in.append((user_id(person), {"plan": "club"}))
    for number, (name, traits) in enumerate(signing_in):
        stranger = {"anonymousId": str(shop.new_id())}
        for hours in (52, 27):
            at = shop.now - timedelta(hours=hours + number)
            yield Request(shop.website, at, list(visit(shop, at, stranger)))
        at = shop.now - timedelta(hours=2 + number)
        known = {**stranger, "userId": name}
        hello = browser(shop, at, known, "/account", "identify", traits=traits)
        yield Request(shop.website, at, [hello, *visit(shop, at, known)])


def ship(shop: Shop, customers: Sequence[Person]) -> Iterator[Request]:
    """Let the server tell of parcels, in small batches."""
    parcels: list[tuple[datetime, Message]] = []
    for person in pick(shop, customers, MOST_PARCELS):
        at = shop.some_time()
        carrier = shop.chance.choice(["DHL", "UPS", "Correos", "La Poste"])
        parcel = {"carrier": carrier, "parcel": f"P{shop.chance.randrange(10**8):08}"}
        event = shop.chance.choice(["Parcel Shipped", "Parcel Delivered"])
        parcels.append((at, server(shop, at, person, event, parcel)))
    parcels.sort(key=lambda parcel: parcel[0])
    for begin in range(0, len(parcels), 4):
        batch = parcels[begin : begin + 4]
        yield Request(shop.server, batch[-1][0], [message for _, message in batch])


def server(
    shop: Shop, at: datetime, person: Person, event: str, properties: Message
) -> Message:
    """Make a message as the client on a server does."""
    return {
        "type": "track",
        "event": event,
        "userId": user_id(person),
        "properties": properties,
        "timestamp": at.isoformat(),
        "messageId": str(shop.new_id()),
        "context": {"library": {"name": "analytics-python", "version": "2.3.4"}},
    }


def tap(shop: Shop, customers: Sequence[Person]) -> Iterator[Request]:
    """Let people use the app, until it fell silent."""
    for person in pick(shop, customers, MOST_TAPS):
        at = shop.some_time()
        if at > shop.now - APP_SILENT:
            continue
        brew = shop.chance.choice(["filter", "espresso", "moka", "cold brew"])
        guide = server(shop, at, person, "Brew Guide Opened", {"brew": brew})
        guide["context"]["library"] = {"name": "analytics-swift", "version": "1.7.3"}
        yield Request(shop.app, at, [guide])


def work(shop: Shop, customers: Sequence[Person]) -> Iterator[Request]:
    """Let the server tell which customers work at the companies that drink its coffee."""
    for number, office in enumerate(offices(customers)):
        at = shop.now - timedelta(hours=5, minutes=7 * number)
        members = [
            {
                "type": "group",
                "groupId": office.key,
                "userId": user_id(person),
                "traits": office.traits,
                "timestamp": at.isoformat(),
                "messageId": f"{office.key}-{person.number}",
                "context": {
                    "library": {"name": "analytics-python", "version": "2.3.4"}
                },
            }
            for person in office.members
        ]
        yield Request(shop.server, at, members)


def go_wrong(shop: Shop, customers: Sequence[Person]) -> Iterator[Request]:
    """Send what a plan, or nobody, can make sense of."""
    for person in pick(shop, customers, 6):
        at = shop.some_time()
        who = {"userId": user_id(person)}
        wrong = [
            {
                "event": "Product Added",
                "properties": {"name": "Huila", "price": "13,00"},
            },
            {"event": "Product Viewed", "properties": {"price": 14.5}},
            {"event": "Coupon Entered", "properties": {"code": "HELLO"}},
        ]
        yield Request(
            shop.website,
            at,
            [browser(shop, at, who, "/beans", "track", **one) for one in wrong],
        )
    for _ in range(3):
        at = shop.some_time()
        lost = {"type": "track", "event": "Parcel Shipped", "properties": {}}
        yield Request(shop.server, at, [{**lost, "messageId": str(shop.new_id())}])


def pick(shop: Shop, customers: Sequence[Person], most: int) -> list[Person]:
    """Choose some customers, each once."""
    return shop.chance.sample(list(customers), min(most, len(customers)))


def user_id(person: Person) -> str:
    """Say under which number the shop knows somebody."""
    return f"FW-{100_000 + person.number}"
