"""How many people each sign would hold today, of those in running campaigns."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from audiences import selection
from audiences.conditions.sql import FALSE, Fragment, combine
from campaigns.guardrails.rules import (
    Condition,
    Rule,
    events_named,
    events_that_happened,
    prune,
)
from contacts.models import Contact

# Selects who goes through a running campaign. Leans on enrollment_due.
INSIDE = """
FROM contacts_contact AS contact
WHERE contact.id IN (
    SELECT enrollment.contact_id
    FROM campaigns_enrollment AS enrollment
    JOIN campaigns_campaign AS campaign ON campaign.id = enrollment.campaign_id
    WHERE enrollment.state = 'active' AND campaign.state IN ('running', 'stopping')
)
"""
SAMPLE = 20


@dataclass(frozen=True)
class Effect:
    """How many people a sign holds, by its code, of those in running campaigns."""

    inside: int
    held: dict[str, int]


def effect_of(rules: Collection[Rule], *, now: datetime) -> Effect:
    """Count for all signs in one statement, whether they are on or not."""
    names = {name for rule in rules for name in events_named(rule.condition)}
    happened = events_that_happened(names)
    held = [_held(rule.condition, happened, now) for rule in rules]
    columns = combine(
        ", ".join(["count(*)"] + ["count(*) FILTER (WHERE {})"] * len(held)), *held
    )
    statement = combine("SELECT {} {}", columns, Fragment(INSIDE))
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        inside, *counts = cursor.fetchone()
    codes = [rule.code for rule in rules]
    return Effect(inside, dict(zip(codes, counts, strict=True)))


def count_inside(condition: Condition, *, now: datetime) -> tuple[int, int]:
    """Count whom a condition would hold, and of how many people in running campaigns."""
    held = selection.predicate(condition, as_of=now)
    statement = combine(
        "SELECT count(*) FILTER (WHERE {}), count(*) {}", held, Fragment(INSIDE)
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        found: tuple[int, int] = cursor.fetchone()
    return found


def people_held(condition: Condition, *, now: datetime) -> list[Contact]:
    """Name some of those whom a condition would hold, the newest first."""
    statement = combine(
        "SELECT contact.id {} AND {} ORDER BY contact.id DESC LIMIT {}",
        Fragment(INSIDE),
        selection.predicate(condition, as_of=now),
        Fragment(str(SAMPLE)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        ids = [row[0] for row in cursor.fetchall()]
    return list(Contact.objects.filter(pk__in=ids).order_by("-pk"))


def _held(condition: Condition, happened: Collection[str], now: datetime) -> Fragment:
    """Compile a condition; what can't hold for anybody costs nothing."""
    left: dict[str, Any] | None = prune(condition, happened)
    return FALSE if left is None else selection.predicate(left, as_of=now)
