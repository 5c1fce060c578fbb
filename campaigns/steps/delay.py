"""Wait for a time, or until a time of day in the contact's own zone."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import connection

from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.local_time import after_days, choose_zone, parse_time
from campaigns.steps.base import Batch, Outcome

EXACT = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
WORDS = {
    "minutes": ("minute", "minutes"),
    "hours": ("hour", "hours"),
    "days": ("day", "days"),
    "calendar_days": ("calendar day", "calendar days"),
}

# Selects the zones of contacts. Leans on the primary key.
ZONES = "SELECT id, time_zone FROM contacts_contact WHERE id = ANY (%s)"


class DelayStep:
    """
    A wait.

    Minutes, hours and days are exact: a day is 24 hours. Calendar days are pages of the
    calendar in the contact's zone, ending at a wall time, or at the same one as now.
    """

    kind: ClassVar[str] = "delay"
    label: ClassVar[str] = "Delay"

    def run(self, batch: Batch) -> list[Outcome]:
        """Send everybody on, due later; calendar days cost one query."""
        step = batch.step
        if step["unit"] in EXACT:
            due_at = batch.now + step["amount"] * EXACT[step["unit"]]
            return [_waits(due_at, batch.candidates)]
        by_due: dict[datetime, list[Candidate]] = defaultdict(list)
        for zone, candidates in _by_zone(batch).items():
            by_due[_calendar_due(batch, zone)] += candidates
        return [_waits(due_at, group) for due_at, group in by_due.items()]

    def describe(self, step: Step) -> str:
        """Say how long."""
        one, many = WORDS[step["unit"]]
        words = f"{step['amount']} {one if step['amount'] == 1 else many}"
        if step["unit"] == "calendar_days" and step["at"]:
            return f"Wait {words}, until {step['at']} where the contact lives"
        return f"Wait {words}"


def _waits(due_at: datetime, candidates: Sequence[Candidate]) -> Outcome:
    """Let some wait until a moment."""
    return Outcome(
        "waited", candidates, due_at=due_at, details={"until": due_at.isoformat()}
    )


def _by_zone(batch: Batch) -> dict[str, list[Candidate]]:
    """Sort a batch by the zones that the contacts give."""
    with connection.cursor() as cursor:
        cursor.execute(ZONES, [[one.contact_id for one in batch.candidates]])
        zones = dict(cursor.fetchall())
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in batch.candidates:
        groups[zones.get(candidate.contact_id, "")].append(candidate)
    return groups


def _calendar_due(batch: Batch, zone: str) -> datetime:
    """Work out the end of the wait in one zone."""
    step = batch.step
    return after_days(
        batch.now,
        step["amount"],
        parse_time(step["at"]) if step["at"] else None,
        choose_zone(zone, batch.version.definition["settings"]["time_zone"]),
    )
