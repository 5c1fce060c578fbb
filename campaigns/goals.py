"""
Who has reached the goal of a campaign, and who has met its exit condition.

The goal looks only at what came after the moment that let the contact in: events that
happened, and audiences that were entered, later than ``moment_at``. Attributes and lists
have no time of their own and count as they are now. The exit condition is read as it stands:
whatever holds now, however long it has. A condition of null never holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from audiences import selection
from audiences.conditions.sql import TRUE, Fragment, combine, value
from campaigns.flows.definition import Document

SINCE = "enrollment.moment_at"

# Selects those of the enrollments for which a condition holds. Leans on the primary keys of
# enrollments and contacts.
MET = """
SELECT enrollment.id
FROM campaigns_enrollment AS enrollment
JOIN contacts_contact AS contact ON contact.id = enrollment.contact_id
WHERE enrollment.id = ANY ({}) AND enrollment.contact_id = ANY ({})
  AND {} AND ({})
"""


@dataclass(frozen=True)
class Reached:
    """Ids of enrollments that are over; nobody is in both."""

    goal: frozenset[int] = frozenset()
    exit: frozenset[int] = frozenset()


def find_reached(
    *,
    document: Document,
    enrollment_ids: Sequence[int],
    contact_ids: Sequence[int],
    now: datetime,
) -> Reached:
    """Look at some enrollments of one version; the goal goes before the exit."""
    if not enrollment_ids:
        return Reached()
    goal = _met(
        goal_condition(document, now),
        enrollment_ids,
        contact_ids,
        goal_window(document, now),
    )
    left = _met(exit_condition(document, now), enrollment_ids, contact_ids)
    return Reached(frozenset(goal), frozenset(left - goal))


def goal_condition(document: Document, now: datetime) -> Fragment | None:
    """Compile the goal, over the aliases ``contact`` and ``enrollment``."""
    condition: dict[str, Any] | None = document["goal"]["condition"]
    if not condition:
        return None
    return selection.predicate(condition, as_of=now, few=True, since=SINCE)


def goal_window(document: Document, now: datetime) -> Fragment:
    """Keep the enrollments for which the goal still counts."""
    window = timedelta(days=document["goal"]["window_days"])
    return combine("enrollment.enrolled_at > {}", value(now - window, "timestamptz"))


def exit_condition(document: Document, now: datetime) -> Fragment | None:
    """Compile the exit condition, over the alias ``contact``."""
    condition: dict[str, Any] | None = document["exit"]["condition"]
    if not condition:
        return None
    return selection.predicate(condition, as_of=now, few=True)


def _met(
    condition: Fragment | None,
    enrollment_ids: Sequence[int],
    contact_ids: Sequence[int],
    also: Fragment = TRUE,
) -> set[int]:
    """Select those of the enrollments for which the condition holds."""
    if condition is None:
        return set()
    statement = combine(
        MET,
        value(list(enrollment_ids), "bigint[]"),
        value(list(contact_ids), "bigint[]"),
        also,
        condition,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {row[0] for row in cursor.fetchall()}
