"""What all kinds of triggers have in common."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from django.db import connection

from audiences.conditions.sql import Fragment
from campaigns.flows.definition import Document
from campaigns.flows.triggers import Trigger
from campaigns.models import Moment

# With the campaign's id after it.
CONSUMER = "campaign:"
LONGEST_KEY = 80

# Plans moments of the future; one that is planned already keeps its row.
PLAN = """
INSERT INTO campaigns_moment
    (contact_id, campaign_id, key, moment_at, came_at, waits_for, due_at, until)
SELECT contact_id, %s, key, due_at, %s, %s, due_at, NULL
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS planned (contact_id, key, due_at)
ORDER BY contact_id, key
ON CONFLICT (contact_id, campaign_id, key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Came:
    """
    A moment of a contact: its key, by which it counts once, and when it was.

    ``came_at`` and ``until`` are set on one that has waited; ``refusal`` is a reason for which
    the kind itself lets nobody in.
    """

    contact_id: int
    key: str
    at: datetime
    came_at: datetime | None = None
    until: datetime | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Inbox:
    """What was taken: how much, and the moments that are in it."""

    count: int
    moments: list[Came]


@dataclass(frozen=True)
class Watches:
    """What a trigger wants to hear of."""

    events: frozenset[str] = frozenset()
    audiences: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Scene:
    """A campaign as its trigger sees it, and the time."""

    campaign_id: int
    document: Document
    trigger: Trigger
    now: datetime

    @property
    def consumer(self) -> str:
        """Name the consumer of its moments."""
        return consumer_of(self.campaign_id)


class TriggerKind(Protocol):
    """A kind of trigger; stateless."""

    @property
    def plans(self) -> frozenset[str]:
        """Which planned moments it makes."""

    def watches(self, trigger: Trigger) -> Watches:
        """Name the events and audiences that it waits for."""

    def take(self, scene: Scene, *, size: int) -> Inbox:
        """Take what has come out of the inbox, inside the transaction that lets people in."""

    def ripen(self, scene: Scene, planned: Sequence[Came]) -> list[Came]:
        """Say which planned moments, whose time has come, are moments now."""

    def describe(self, trigger: Trigger) -> str:
        """Say when somebody enters, as it stands after "It starts"."""

    def population(self, trigger: Trigger, now: datetime) -> Fragment | None:
        """Select the ``contact_id`` of who would have entered lately, for a forecast."""


def consumer_of(campaign_id: int) -> str:
    """Name the consumer of the moments of a campaign."""
    return f"{CONSUMER}{campaign_id}"


def short_key(key: str) -> str:
    """Make a key fit; of a long one the hash tells it from all others."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key.partition(':')[0]}:{sha256(key.encode()).hexdigest()}"


def plan(
    scene: Scene,
    waits_for: Moment.Wait,
    planned: Iterable[tuple[int, str, datetime]],
) -> None:
    """Write moments of the future: contact, key, and when."""
    rows = list(planned)
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(PLAN, [scene.campaign_id, scene.now, waits_for, *columns])


def call_off(
    scene: Scene, waits_for: Moment.Wait, contact_ids: Collection[int]
) -> None:
    """Take back the planned moments of some contacts."""
    planned = Moment.objects.filter(
        campaign_id=scene.campaign_id,
        waits_for=waits_for,
        contact_id__in=list(contact_ids),
    )
    planned._raw_delete(planned.db)


def quoted(name: Any) -> str:
    """Put a name into quotes, for a sentence."""
    return f"“{name}”"
