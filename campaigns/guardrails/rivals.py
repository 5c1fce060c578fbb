"""
Priority between campaigns: who has the person waiting, and the higher priority, asks.

A pass has somebody waiting if it stands, within a day from now, before an ask, or before steps
that lead to one without a wait in between. An ask of a lower priority gives way to it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection

from audiences.conditions.sql import FALSE, Fragment, combine, value
from campaigns.flows.definition import Step, first_key, following, sides_of, walk_steps
from campaigns.guardrails.purpose import Purpose
from campaigns.guardrails.reasons import LOST_TO, Objection
from campaigns.models import Campaign, CampaignVersion

WINDOW = timedelta(hours=24)
# By then the other campaign has decided.
AFTER = timedelta(minutes=1)
# At these people wait before they go on.
WAITS = frozenset({"delay", "window", "wait_until", "wait_answer"})

# Selects for whom an ask of a higher priority is near. Leans on one_active_enrollment.
NEAR = """
FROM campaigns_enrollment AS rival
WHERE {} AND rival.state = 'active' AND rival.due_at <= {}
    AND (rival.version_id, rival.step_key) IN (
        SELECT * FROM unnest({}, {}) AS place (version_id, step_key)
    )
"""


@dataclass(frozen=True)
class Above:
    """The places of campaigns of a higher priority at which an ask is near."""

    names: dict[int, str]
    version_ids: list[int]
    step_keys: list[str]
    until: datetime

    def near(self, whose: Fragment) -> Fragment:
        """Select the passes that stand at one of them."""
        return combine(
            NEAR,
            whose,
            value(self.until, "timestamptz"),
            value(self.version_ids, "bigint[]"),
            value(self.step_keys, "text[]"),
        )

    def sign(self) -> Fragment:
        """Ask of the alias ``contact`` whether such a campaign has him waiting."""
        if not self.names:
            return FALSE
        own = Fragment("rival.contact_id = contact.id")
        return self.near(own).format("EXISTS (SELECT {})")

    def objections(
        self, contact_ids: Collection[int]
    ) -> Iterator[tuple[int, Objection]]:
        """Say who has to wait for which campaign. One query, if there may be any."""
        if not self.names:
            return
        own = combine(
            "rival.contact_id = ANY ({})", value(list(contact_ids), "bigint[]")
        )
        rows = self.near(own).format(
            "SELECT DISTINCT ON (rival.contact_id)"
            " rival.contact_id, rival.campaign_id, rival.due_at {}"
            " ORDER BY rival.contact_id, rival.due_at DESC, rival.campaign_id"
        )
        with connection.cursor() as cursor:
            cursor.execute(rows.text, rows.params)
            for contact_id, campaign_id, due_at in cursor.fetchall():
                details = {
                    "campaign": self.names[campaign_id],
                    "campaign_id": campaign_id,
                }
                until = max(due_at, self.until - WINDOW) + AFTER
                yield contact_id, Objection(LOST_TO, until=until, details=details)


def places_above(purpose: Purpose, *, now: datetime) -> Above:
    """Find where an ask of a running campaign of a higher priority is near. One query."""
    rows = CampaignVersion.objects.filter(
        campaign__state__in=Campaign.MOVES, campaign__priority__gt=purpose.priority
    ).exclude(campaign=purpose.campaign_id)
    names: dict[int, str] = {}
    places: list[tuple[int, str]] = []
    for campaign_id, version_id, name in rows.values_list(
        "campaign_id", "pk", "campaign__name"
    ).order_by("pk"):
        near = sorted(keys_near_an_ask(version_id))
        if near:
            names[campaign_id] = name
            places += [(version_id, key) for key in near]
    return Above(
        names, [one for one, _ in places], [key for _, key in places], now + WINDOW
    )


@lru_cache(maxsize=1024)
def keys_near_an_ask(version_id: int) -> frozenset[str]:
    """Name the steps of a version from which an ask is reached without a wait."""
    definition = CampaignVersion.objects.values_list("definition", flat=True)
    return frozenset(near_an_ask(definition.get(pk=version_id)["steps"]))


def near_an_ask(steps: list[Step]) -> set[str]:
    """Name the steps of a flow from which an ask is reached without a wait."""
    by_key = {step["key"]: step for step in walk_steps(steps)}
    after = following(steps)
    near = {key for key, step in by_key.items() if step.get("ask")}
    leads = {
        key: _next_keys(step, after[key])
        for key, step in by_key.items()
        if step["kind"] not in WAITS and not step.get("wait")
    }
    size = -1
    while size < len(near):
        size = len(near)
        near |= {key for key, ahead in leads.items() if ahead & near}
    return near


def _next_keys(step: Step, after: str) -> set[str]:
    """Name the steps that may come directly after a step; none after an exit."""
    if step["kind"] == "exit":
        return set()
    sides = sides_of(step)
    if sides:
        return {first_key(side, after) for side in sides.values()}
    return {step["target"] if step["kind"] == "continue_at" else after}
