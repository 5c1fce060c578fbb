"""
Who has reached the goal of a campaign, and who has met its exit condition.

The goal looks only at what came after the moment that let the contact in: events that
happened, and audiences that were entered, later than ``moment_at``. Attributes and lists
have no time of their own and count as they are now; so does not being in an audience. The goal
counts for ``window_days`` from ``enrolled_at``. The exit condition is read as it stands:
whatever holds now, however long it has. A condition of null never holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from audiences import selection
from audiences.conditions import nodes
from audiences.conditions.happenings import events, of_contact
from audiences.conditions.kind import Setting
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


# When the contact first came into an audience after the moment that let him in.
# Leans on membership_changes_once.
CAME_IN = f"""(
    SELECT min(change.changed_at) FROM audiences_membershipchange AS change
    WHERE change.contact_id = contact.id AND change.audience_id = {{}}
        AND change.change = {{}} AND change.changed_at > {SINCE}
)"""  # noqa: S608 - texts of ours
UNKNOWN = Fragment("NULL::timestamptz")


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
    return predicate_of(condition, now) if condition else None


def predicate_of(condition: dict[str, Any], now: datetime) -> Fragment:
    """Compile a goal that looks only at what came after the moment that let the contact in."""
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


def when_true(condition: dict[str, Any], now: datetime) -> Fragment:
    """
    Compile when a goal came true for who has reached it, over ``contact`` and ``enrollment``.

    An event says when it happened, an entry when it was; of conditions that must all hold the
    last one counts, of alternatives the first. NULL where nothing has a time, such as attributes.
    """
    node, setting = selection.prepare(condition, as_of=now, few=True, since=SINCE)
    return _when(node, setting)


def _when(node: nodes.Node, setting: Setting) -> Fragment:
    """Compile when a node came true."""
    match node:
        case nodes.All(conditions) if conditions:
            return _choose("GREATEST", conditions, setting)
        case nodes.Any(conditions) if conditions:
            return _choose("LEAST", conditions, setting)
        case nodes.DidEvent(comparison="at_least"):
            rows = events(node, setting, bounds=node.window.bounds(setting.as_of))
            return combine(
                "(SELECT event.occurred_at {} ORDER BY event.occurred_at OFFSET {} LIMIT 1)",
                of_contact(rows),
                value(node.count - 1, "bigint"),
            )
        case nodes.InAudience(holds=True):
            return combine(CAME_IN, value(node.audience_id), value("entered"))
        case nodes.EnteredAudience():
            return combine(CAME_IN, value(node.audience_id), value(node.change))
    return UNKNOWN


def _choose(word: str, conditions: Sequence[nodes.Node], setting: Setting) -> Fragment:
    """Take the first or the last time of several conditions; those without one don't count."""
    times = [_when(one, setting) for one in conditions]
    return combine(f"{word}({', '.join(['{}'] * len(times))})", *times)
