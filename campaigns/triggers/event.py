"""Something happens: the first time, each time, or once for each value of a property."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from audiences import selection
from audiences.catalog import event_labels
from audiences.conditions.happenings import filters_hold, say_filters
from audiences.conditions.parse import parse_condition
from audiences.conditions.sql import TRUE, Fragment, combine, value
from audiences.conditions.subjects import property_subject
from audiences.conditions.words import readable
from campaigns.flows.triggers import FIRST, PER_KEY, Trigger
from campaigns.models import Refusal
from campaigns.triggers.base import Came, Inbox, Scene, Watches, quoted, short_key
from contacts.events import Taken, take_reactions

LATELY = timedelta(days=30)

# Selects which of some events count, with the value of the key. Leans on the primary key.
COUNTING = """
SELECT event.contact_id, event.id, event.occurred_at, event.received_at, {}
FROM unnest({}, {}) AS taken (contact_id, event_id)
JOIN contacts_event AS event
    ON event.contact_id = taken.contact_id AND event.id = taken.event_id
WHERE ({}) AND ({})
ORDER BY event.contact_id, event.occurred_at, event.id
"""

# Whether it was never so before. Leans on event_of_contact.
NEVER_BEFORE = """
NOT EXISTS (
    SELECT FROM contacts_event AS earlier
    WHERE earlier.contact_id = event.contact_id AND earlier.name = event.name
        AND (earlier.occurred_at, earlier.id) < (event.occurred_at, event.id)
        AND ({})
)
"""

# Selects who did it lately, each once. Leans on event_by_name.
DID_LATELY = """
SELECT DISTINCT event.contact_id, 0 AS episode FROM contacts_event AS event
WHERE event.name = {} AND event.occurred_at > {} AND event.occurred_at <= {} AND ({}) AND ({})
"""


@dataclass(frozen=True)
class EventTrigger:
    """An event with filters; what an import tells of the past never comes here."""

    plans: frozenset[str] = frozenset()

    def watches(self, trigger: Trigger) -> Watches:
        """Wait for the events of the name."""
        name = trigger["event"]["name"]
        return Watches(events=frozenset([name] if name else []))

    def take(self, scene: Scene, *, size: int) -> Inbox:
        """Take the events, and leave those to which the filters say no."""
        name = scene.trigger["event"]["name"]
        taken = take_reactions(consumer=scene.consumer, size=size)
        own = [one for one in taken if one.name == name]
        moments = self.moments_of(scene, own) if own else []
        return Inbox(len(taken), moments)

    def moments_of(self, scene: Scene, taken: Sequence[Taken]) -> list[Came]:
        """Read the events; one statement."""
        trigger = scene.trigger
        key = (
            property_subject(trigger["key"]).text
            if trigger["which"] == PER_KEY
            else Fragment("''")
        )
        statement = combine(
            COUNTING,
            key,
            value([one.contact_id for one in taken], "bigint[]"),
            value([one.event_id for one in taken], "bigint[]"),
            _holds(trigger, scene.now),
            _first(trigger, scene.now),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            return [_moment(trigger, *row) for row in cursor.fetchall()]

    def ripen(self, scene: Scene, planned: Sequence[Came]) -> list[Came]:
        """Nothing is planned."""
        return []

    def describe(self, trigger: Trigger) -> str:
        """Name the event, its filters, and which of them count."""
        event = trigger["event"]
        if not event["name"]:
            return "when you have chosen an event"
        named = event_labels().get(event["name"]) or readable(
            event["name"], capital=True
        )
        filters = say_filters(_node(trigger).filters) if event["filters"] else ""
        did = f"{quoted(named)} happens{filters}"
        if trigger["which"] == FIRST:
            return f"the first time that {did}"
        if trigger["which"] == PER_KEY:
            return f"when {did}, once for each {readable(trigger['key']) or 'key'}"
        return f"each time that {did}"

    def population(self, trigger: Trigger, now: datetime) -> Fragment | None:
        """Select who did it in the last 30 days."""
        name = trigger["event"]["name"]
        if not name:
            return None
        return combine(
            DID_LATELY,
            value(name, "text"),
            value(now - LATELY, "timestamptz"),
            value(now, "timestamptz"),
            _holds(trigger, now),
            _first(trigger, now),
        )


def event_condition(trigger: Trigger) -> dict[str, Any]:
    """Write the trigger as the condition that the contact has done so."""
    return {
        "kind": "event",
        "name": trigger["event"]["name"],
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": trigger["event"]["filters"],
    }


def _node(trigger: Trigger) -> Any:
    """Read the event and its filters as a condition."""
    return parse_condition(event_condition(trigger))


def _holds(trigger: Trigger, now: datetime, alias: str = "event") -> Fragment:
    """Compare the properties of the event."""
    if not trigger["event"]["filters"]:
        return TRUE
    node, setting = selection.prepare(event_condition(trigger), as_of=now)
    return filters_hold(node, setting, alias)  # type: ignore[arg-type]  # an event it is


def _first(trigger: Trigger, now: datetime) -> Fragment:
    """Leave the first such event of the contact, by the time at which they happened."""
    if trigger["which"] != FIRST:
        return TRUE
    return combine(NEVER_BEFORE, _holds(trigger, now, "earlier"))


def _moment(
    trigger: Trigger,
    contact_id: int,
    event_id: int,
    occurred_at: datetime,
    received_at: datetime,
    key: str | None,
) -> Came:
    """
    Make the moment of an event.

    How old it may be is counted to when we were told, so that a pause makes none older.
    """
    own = f"event:{event_id}"
    at = min(occurred_at, received_at)
    age = trigger["max_age_hours"]
    if age is not None and received_at - occurred_at > timedelta(hours=age):
        return Came(contact_id, own, at, refusal=Refusal.Reason.TOO_OLD)
    if trigger["which"] == FIRST:
        return Came(contact_id, "first", at)
    if trigger["which"] != PER_KEY:
        return Came(contact_id, own, at)
    if not key:
        return Came(contact_id, own, at, refusal=Refusal.Reason.NO_KEY)
    return Came(contact_id, short_key(f"key:{key}"), at)


EVENT = EventTrigger()
