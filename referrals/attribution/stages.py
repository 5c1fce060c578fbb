"""What the events of friends mean in each program."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from audiences.conditions.errors import ConditionError
from audiences.conditions.happenings import compare, parse_filters
from audiences.conditions.kind import Setting
from audiences.conditions.sql import combine, join, value
from contacts.models import Event, Source
from referrals.models import StageRule
from referrals.models.milestone import KEY_LENGTH
from referrals.money import NoAmount, read_currency

# A natural number that is longer is kept as its hash.
ONCE = "once"


@dataclass(frozen=True)
class Step:
    """An event of a friend that means something in a program."""

    means: str
    # The natural name of what it is about: an order, an opportunity.
    key: str
    # The natural name of a refund itself.
    own_key: str
    at: datetime
    event_id: int
    event: str
    event_key: str
    amount: Any = None
    currency: str = ""
    is_historical: bool = False
    is_trusted: bool = True


@dataclass(frozen=True)
class Told:
    """An event as it was recorded."""

    event_id: int
    contact_id: int
    name: str
    key: str
    at: datetime
    source_id: int | None
    is_historical: bool
    properties: Mapping[str, Any] = field(default_factory=dict)


Steps = dict[int, list[Step]]


def read_steps(
    contact_ids: Collection[int], rules: Sequence[StageRule], *, now: datetime
) -> dict[int, Steps]:
    """
    Read what the events of contacts mean, by contact and program, in the order of time.

    Two queries, and one for each rule with filters. Leans on event_of_contact.
    """
    found: dict[int, Steps] = {pk: defaultdict(list) for pk in contact_ids}
    by_event: dict[str, list[StageRule]] = defaultdict(list)
    for rule in rules:
        by_event[rule.event].append(rule)
    public = set(Source.objects.untrusted().values_list("pk", flat=True))
    passed = {
        rule.pk: _passing(rule, contact_ids, now=now) for rule in rules if rule.filters
    }
    rows = Event.objects.filter(contact_id__in=contact_ids, name__in=by_event)
    columns = (
        *("pk", "contact_id", "name", "key", "occurred_at", "source_id"),
        *("is_historical", "properties"),
    )
    for row in rows.order_by("occurred_at", "pk").values_list(*columns):
        told = Told(*row)
        for rule in by_event[told.name]:
            if rule.pk in passed and told.event_id not in passed[rule.pk]:
                continue
            step = step_of(told, rule, is_trusted=told.source_id not in public)
            found[told.contact_id][rule.program_id].append(step)
    return found


def _passing(
    rule: StageRule, contact_ids: Iterable[int], *, now: datetime
) -> frozenset[int]:
    """Find the events of contacts for which the filters of a rule hold; none if unreadable."""
    try:
        filters = parse_filters({"filters": rule.filters}, ())
    except ConditionError:
        return frozenset()
    setting = Setting(as_of=now, few=True)
    tests = join("AND", [compare(one, setting) for one in filters])
    statement = combine(
        "SELECT event.id FROM contacts_event AS event"
        " WHERE event.contact_id = ANY ({}) AND event.name = {} AND {}",
        value(list(contact_ids), "bigint[]"),
        value(rule.event, "text"),
        tests,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return frozenset(row[0] for row in cursor.fetchall())


def step_of(told: Told, rule: StageRule, *, is_trusted: bool) -> Step:
    """Read an event as a rule says."""
    properties = told.properties if isinstance(told.properties, dict) else {}
    return Step(
        means=rule.means,
        key=natural_key(rule.key_property, properties, told.key),
        own_key=_own_key(rule, properties, told),
        at=told.at,
        event_id=told.event_id,
        event=told.name,
        event_key=told.key,
        amount=first_of(rule.amount_property, properties),
        currency=_currency_of(rule, properties),
        is_historical=told.is_historical,
        is_trusted=is_trusted,
    )


def natural_key(names: str, properties: Mapping[str, Any], event_key: str) -> str:
    """
    Name what an event is about: "order:1001"; "once" for what happens once.

    By its message where the property is missing.
    """
    if not names:
        return ONCE
    kind = _split(names)[0].removesuffix("_id")
    number = first_of(names, properties)
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if isinstance(number, str) and number.strip():
        return _short(f"{kind}:{number.strip()}")
    return _short(f"message:{event_key}")


def first_of(names: str, properties: Mapping[str, Any]) -> Any:
    """Take the first property of some that is there; None if none is."""
    found = (properties.get(name) for name in _split(names))
    return next((one for one in found if one is not None and one != ""), None)


def _own_key(rule: StageRule, properties: Mapping[str, Any], told: Told) -> str:
    """Name a refund: by its own number if it has one; an order is canceled once."""
    if rule.means == StageRule.Means.CANCEL:
        return "cancel"
    number = properties.get("refund_id")
    if isinstance(number, str | int) and not isinstance(number, bool) and number != "":
        return _short(f"refund:{number}")
    return _short(f"{told.name}:{told.key}")


def _currency_of(rule: StageRule, properties: Mapping[str, Any]) -> str:
    """Read the currency; blank if there is none that anybody knows."""
    try:
        return read_currency(first_of(rule.currency_property, properties))
    except NoAmount:
        return ""


def _split(names: str) -> list[str]:
    """Take names apart that are separated by commas."""
    return [name.strip() for name in names.split(",") if name.strip()] or [""]


def _short(key: str) -> str:
    """Keep a key as it is, or if it is too long, its beginning and its hash."""
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[:100]}…{sha256(key.encode()).hexdigest()[:64]}"
