"""Somebody enters an audience, or leaves it: each stay in it is a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from audiences.conditions.sql import Fragment
from audiences.models import Audience
from campaigns.flows.triggers import EVERY_ENTRY, Trigger
from campaigns.triggers.base import Came, Inbox, Scene, Watches, quoted

LATELY = timedelta(days=30)

# Takes moments out of the inbox, to enroll and refuse in the same transaction; those are
# picked once, in a part of its own. Leans on membership_reaction_oldest.
TAKE = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM audiences_membershipreaction
    WHERE consumer = %s
    ORDER BY created_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM audiences_membershipreaction AS reaction
WHERE (reaction.contact_id, reaction.id) IN (SELECT contact_id, id FROM picked)
RETURNING reaction.contact_id, reaction.episode, reaction.changed_at, reaction.change
"""


@dataclass(frozen=True)
class AudienceTrigger:
    """Entering an audience, or leaving it."""

    change: str
    prefix: str
    plans: frozenset[str] = frozenset()

    def watches(self, trigger: Trigger) -> Watches:
        """Wait for entries and exits."""
        audience_id = trigger["audience"]
        return Watches(audiences=frozenset([audience_id] if audience_id else []))

    def take(self, scene: Scene, *, size: int) -> Inbox:
        """Take the entries, or the exits; the others are of no concern."""
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [scene.consumer, size])
            taken = cursor.fetchall()
        moments = [
            Came(contact_id, f"{self.prefix}:{episode}", at)
            for contact_id, episode, at, change in taken
            if change == self.change
        ]
        return Inbox(len(taken), moments)

    def ripen(self, scene: Scene, planned: Sequence[Came]) -> list[Came]:
        """Nothing is planned."""
        return []

    def describe(self, trigger: Trigger) -> str:
        """Name the audience."""
        audience = Audience.objects.filter(pk=trigger["audience"] or 0).first()
        if audience is None:
            return "when you have chosen an audience"
        again = ", each time" if trigger["frequency"] == EVERY_ENTRY else ""
        if self.change == "left":
            return f"when somebody leaves {quoted(audience)}{again}"
        if trigger["existing"]:
            return f"for everybody in {quoted(audience)}, now and later{again}"
        return f"when somebody enters {quoted(audience)}{again}"

    def population(self, trigger: Trigger, now: datetime) -> Fragment | None:
        """Select the members, or who has left in the last 30 days."""
        if not trigger["audience"]:
            return None
        if self.change == "entered":
            return Fragment(
                "SELECT contact_id, episode FROM audiences_membership WHERE audience_id = %s",
                (trigger["audience"],),
            )
        # Leans on newest_membership_changes.
        return Fragment(
            "SELECT contact_id, max(episode) AS episode FROM audiences_membershipchange"
            " WHERE audience_id = %s AND change = 'left' AND changed_at > %s"
            " AND changed_at <= %s GROUP BY contact_id",
            (trigger["audience"], now - LATELY, now),
        )


ENTERED = AudienceTrigger("entered", "episode")
LEFT = AudienceTrigger("left", "left")
