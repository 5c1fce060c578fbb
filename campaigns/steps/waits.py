"""Waits that something may end sooner: since when, and until when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from campaigns.asks.holds import Candidate
from campaigns.models import Campaign, CampaignChange
from campaigns.steps.base import Batch, Outcome, Side, Then
from campaigns.steps.delay import WORDS
from campaigns.steps.zones import EXACT

# Since when an enrollment is at its step; who comes just now came when he was due.
SINCE = "COALESCE(enrollment.began_at, enrollment.due_at)"
# Selects since when enrollments are at their step. Leans on the primary key.
BEGAN = """
SELECT enrollment.id, COALESCE(enrollment.began_at, enrollment.due_at)
FROM campaigns_enrollment AS enrollment
WHERE enrollment.contact_id = ANY (%s) AND enrollment.id = ANY (%s)
"""


def began(candidates: Sequence[Candidate]) -> dict[int, datetime]:
    """Say since when some enrollments wait here."""
    with connection.cursor() as cursor:
        cursor.execute(
            BEGAN,
            [
                [one.contact_id for one in candidates],
                [one.enrollment_id for one in candidates],
            ],
        )
        return dict(cursor.fetchall())


def stay_or_end(
    batch: Batch,
    candidates: Sequence[Candidate],
    since: Mapping[int, datetime],
    then: Side | Then,
    *,
    word: str = "",
    longest: Mapping[str, Any] | None = None,
) -> list[Outcome]:
    """
    Let some stay until the step's time is over, and send those on for whom it is.

    In a pause of the campaign no time passes. ``word`` goes into the journal where no side is
    taken; ``longest`` holds amount and unit where the step itself does not.
    """
    length = length_of(longest or batch.step)
    pauses = pauses_of(batch.campaign, batch.now) if candidates else []
    groups: dict[datetime, list[Candidate]] = defaultdict(list)
    over = []
    for one in candidates:
        began_at = since[one.enrollment_id]
        until = began_at + length + paused_since(began_at, pauses)
        if until <= batch.now:
            over.append(one)
        else:
            groups[until].append(one)
    word = then.name if isinstance(then, Side) else word
    ended = [Outcome(word, over, then)] if over else []
    stays = [
        Outcome("waiting", group, Then.STAY, due_at=until)
        for until, group in groups.items()
    ]
    return ended + stays


def length_of(wait: Mapping[str, Any]) -> timedelta:
    """Say how long a wait is at most."""
    length: timedelta = wait["amount"] * EXACT[wait["unit"]]
    return length


def say_length(wait: Mapping[str, Any]) -> str:
    """Say how long a wait is at most, in words."""
    one, many = WORDS[wait["unit"]]
    return f"{wait['amount']} {one if wait['amount'] == 1 else many}"


def pauses_of(campaign: Campaign, now: datetime) -> list[tuple[datetime, timedelta]]:
    """
    List when a campaign was resumed, and how long it had been paused; one query.

    Only pauses by which the waits became longer, and not those after which the times were kept.
    """
    resumed = campaign.changes.filter(
        change=CampaignChange.Change.RESUMED,
        changed_at__lte=now,
        details__has_key="shifted",
    )
    rows = resumed.values_list("changed_at", "details__seconds")
    return [(at, timedelta(seconds=seconds)) for at, seconds in rows]


def paused_since(
    began_at: datetime, pauses: Sequence[tuple[datetime, timedelta]]
) -> timedelta:
    """Add up how long the campaign was paused after somebody came."""
    parts = [min(length, at - began_at) for at, length in pauses if at > began_at]
    return sum(parts, timedelta())
