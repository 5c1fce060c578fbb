"""
What a shop's server reports: a friend signed up, or ordered.

An item names a person, is recorded once, and is attributed. What can't be understood is
refused with the field and what a right value looks like; the other items are not touched.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.dateparse import parse_datetime

from contacts.addresses import normalize_address
from contacts.events import Fact, record
from contacts.identities.find import IdentifiersDisagree, create_or_update_contact
from contacts.models import Event
from referrals.attribution import Outcome, attribute_referral
from referrals.claims import Happening
from referrals.event_names import (
    DEAL_LOST,
    DEAL_WON,
    LEAD_QUALIFIED,
    OPPORTUNITY_CREATED,
    ORDER_CANCELED,
    ORDER_COMPLETED,
    ORDER_REFUNDED,
    SIGNED_UP,
)
from referrals.fraud.signals import note_traces

# An event with its natural number, and what the number is called.
NUMBERED = {
    ORDER_COMPLETED: "order_id",
    ORDER_REFUNDED: "order_id",
    ORDER_CANCELED: "order_id",
    OPPORTUNITY_CREATED: "opportunity_id",
    DEAL_WON: "opportunity_id",
    DEAL_LOST: "opportunity_id",
}
EVENTS = (SIGNED_UP, LEAD_QUALIFIED, *NUMBERED)
TEXT_LIMITS = {
    "event": 40,
    "email": 254,
    "user_id": 254,
    "first_name": 200,
    "last_name": 200,
    "locale": 35,
    "time_zone": 64,
    "click_id": 40,
    "code": 40,
    "coupon": 40,
    "order_id": 150,
    "opportunity_id": 150,
    "refund_id": 150,
    "message_id": 150,
    "currency": 3,
    "occurred_at": 40,
    # What the fraud checks compare; kept as keyed hashes only.
    "ip": 45,
    "user_agent": 400,
    "device_id": 254,
    "phone": 40,
    "postal_address": 400,
    "payment_fingerprint": 254,
}
TRACES = (
    "ip",
    "user_agent",
    "device_id",
    "phone",
    "postal_address",
    "payment_fingerprint",
)
NUMBERS = ("order_id", "opportunity_id", "refund_id", "message_id")
# A clock of theirs may be a little ahead of ours.
FUTURE = timedelta(minutes=10)
EARLIEST_YEAR = 2000
LARGEST_VALUE = 1e12


class NotANumber:
    """Stands for NaN and Infinity, which are no JSON, so that only their item is refused."""


class ItemRefused(ValueError):
    """An item can't be understood: which field, and why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True)
class Conversion:
    """A checked item."""

    event: str
    key: str
    occurred_at: datetime
    email: str
    user_id: str
    fields: dict[str, str]
    click_id: str
    code: str
    coupon: str
    properties: dict[str, Any]
    # What tells the friend from the advocate.
    traces: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What became of an item."""

    is_new_contact: bool
    is_duplicate: bool
    outcome: Outcome


def parse_conversion(item: Any, *, now: datetime) -> Conversion:
    """
    Check an item of the request.

    :raises ItemRefused: with the first field that is wrong
    """
    if not isinstance(item, dict):
        raise ItemRefused("", "Expected an object with the fields of one event.")
    texts = {name: _read_text(item, name, limit) for name, limit in TEXT_LIMITS.items()}
    event = texts["event"]
    if event not in EVENTS:
        raise ItemRefused("event", f"Expected one of {', '.join(EVENTS)}.")
    _check_person(texts)
    _check_number(event, texts)
    properties = {name: texts[name] for name in NUMBERS if texts[name]}
    return Conversion(
        event=event,
        key=_key_of(event, texts),
        occurred_at=_read_time(texts["occurred_at"], now),
        email=texts["email"],
        user_id=texts["user_id"],
        fields={
            name: texts[name]
            for name in ("first_name", "last_name", "locale", "time_zone")
        },
        click_id=texts["click_id"],
        code=texts["code"],
        coupon=texts["coupon"],
        properties=properties | _read_amount(item, texts["currency"]),
        traces={name: texts[name] for name in TRACES if texts[name]},
    )


@transaction.atomic
def record_conversion(*, conversion: Conversion, now: datetime) -> Result:
    """
    Find or make the person, record the event once, and attribute it.

    :raises ItemRefused: if email and user_id name two different people
    """
    try:
        contact, is_new = create_or_update_contact(
            email=conversion.email,
            user_id=conversion.user_id,
            fields=conversion.fields,
            cause="conversion",
            now=now,
        )
    except IdentifiersDisagree as error:
        raise ItemRefused(
            "user_id", "The email and the user_id name two different people."
        ) from error
    at = conversion.occurred_at
    fact = Fact(contact.pk, conversion.event, at, conversion.key, conversion.properties)
    is_duplicate = not record(fact, now=now)
    if is_duplicate:
        at = Event.objects.get(
            contact=contact, name=conversion.event, key=conversion.key
        ).occurred_at
    note_traces(contact_id=contact.pk, traces=conversion.traces, at=at)
    outcome = attribute_referral(
        friend_contact_id=contact.pk,
        event=Happening(conversion.event, at, conversion.key, conversion.properties),
        click_id=conversion.click_id,
        code=conversion.code,
        coupon=conversion.coupon,
        now=now,
    )
    return Result(is_new, is_duplicate, outcome)


def _read_text(item: dict[str, Any], name: str, limit: int) -> str:
    """Read a text; absent and null are blank."""
    value = item.get(name)
    if value is None:
        return ""
    if (
        name in {"user_id", "order_id", "opportunity_id", "refund_id"}
        and type(value) is int
    ):
        value = str(value) if abs(value) < 10**18 else value
    if not isinstance(value, str):
        raise ItemRefused(name, "Expected a text.")
    if "\0" in value:
        raise ItemRefused(name, "Texts can't have a NUL character.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ItemRefused(name, "Texts can't have half of a surrogate pair.") from error
    text = value.strip()
    if len(text) > limit:
        raise ItemRefused(name, f"Expected at most {limit} characters.")
    return text


@cache
def zone_names() -> set[str]:
    """Read the names of all zones from the disk, once."""
    return available_timezones()


def _check_person(texts: dict[str, str]) -> None:
    """Check what names the person."""
    if not texts["email"] and not texts["user_id"]:
        raise ItemRefused("email", "Expected an email or a user_id.")
    if texts["email"]:
        try:
            validate_email(texts["email"])
        except ValidationError as error:
            raise ItemRefused(
                "email", "Expected an address like ada@example.com."
            ) from error
        # Some letters become two in lower case.
        if len(normalize_address(texts["email"])) > TEXT_LIMITS["email"]:
            raise ItemRefused("email", "Expected a shorter address.")
    if texts["time_zone"] and texts["time_zone"] not in zone_names():
        raise ItemRefused("time_zone", "Expected a name like Europe/Berlin.")


def _check_number(event: str, texts: dict[str, str]) -> None:
    """Check that what may happen often says which one it is."""
    name = NUMBERED.get(event)
    if name is None or texts[name]:
        return
    if event == ORDER_COMPLETED and texts["message_id"]:
        return
    thing = "An order" if name == "order_id" else "A deal"
    raise ItemRefused(name, f"{thing} needs its {name}, so that it counts once.")


def _key_of(event: str, texts: dict[str, str]) -> str:
    """
    Name the happening: an order by its number, a sign-up by its message or as the one.

    Parts of an order may be paid back one by one: each by its own number, or its message.
    """
    name = NUMBERED.get(event)
    if event == ORDER_REFUNDED and texts["refund_id"]:
        return f"refund:{texts['order_id']}:{texts['refund_id']}"
    if event == ORDER_REFUNDED and texts["message_id"]:
        return f"message:{texts['message_id']}"
    if name and texts[name]:
        return f"{name.removesuffix('_id')}:{texts[name]}"
    return f"message:{texts['message_id']}" if texts["message_id"] else "once"


def _read_time(text: str, now: datetime) -> datetime:
    """
    Read when it happened; now if nothing is said.

    In UTC, because the database knows fewer offsets than ISO 8601.
    """
    if not text:
        return now
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ItemRefused(
            "occurred_at", "Expected a time with its zone, like 2026-03-31T12:00:00Z."
        )
    if at.year < EARLIEST_YEAR or at > now + FUTURE:
        raise ItemRefused("occurred_at", "Expected a time in the past, after 1999.")
    return min(at, now).astimezone(UTC)


def _read_amount(item: dict[str, Any], currency: str) -> dict[str, Any]:
    """Read the value of an order, with its currency."""
    value = item.get("value")
    if value is None:
        return {}
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or abs(value) > LARGEST_VALUE or not math.isfinite(value):
        raise ItemRefused("value", "Expected a number like 49.90.")
    if not (currency.isascii() and currency.isalpha() and len(currency) == 3):
        raise ItemRefused("currency", "Expected a currency like USD beside the value.")
    return {"total": value, "currency": currency.upper()}
