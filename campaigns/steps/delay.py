"""Wait for a time, until a time of day in the contact's own zone, or until a day of its own."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.local_time import after_days, choose_zone, parse_time, read_day
from campaigns.steps.base import Batch, Outcome
from campaigns.steps.zones import EXACT, by_zone

WORDS = {
    "minutes": ("minute", "minutes"),
    "hours": ("hour", "hours"),
    "days": ("day", "days"),
    "calendar_days": ("calendar day", "calendar days"),
}


class DelayStep:
    """
    A wait.

    Minutes, hours and days are exact: a day is 24 hours. Calendar days are pages of the
    calendar in the contact's zone, ending at a wall time, or at the same one as now. A day of
    the contact's own is an attribute, some days before or after; who has none, or for whom it
    is over, goes on at once.
    """

    kind: ClassVar[str] = "delay"
    label: ClassVar[str] = "Delay"

    def run(self, batch: Batch) -> list[Outcome]:
        """Send everybody on, due later; whatever depends on the zone costs one query."""
        step = batch.step
        if step["until"]:
            return _until_day(batch)
        if step["unit"] in EXACT:
            due_at = batch.now + step["amount"] * EXACT[step["unit"]]
            return [_waits(due_at, batch.candidates)]
        fallback = batch.version.definition["settings"]["time_zone"]
        by_due: dict[datetime, list[Candidate]] = defaultdict(list)
        for (zone, _), candidates in by_zone(batch).items():
            by_due[calendar_due(step, batch.now, zone, fallback)] += candidates
        return [_waits(due_at, group) for due_at, group in by_due.items()]

    def describe(self, step: Step) -> str:
        """Say how long."""
        if step["until"]:
            return _describe_until(step)
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


def calendar_due(step: Step, since: datetime, zone: str, fallback: str) -> datetime:
    """Work out the end of a wait of calendar days in one zone."""
    return after_days(
        since,
        step["amount"],
        parse_time(step["at"]) if step["at"] else None,
        choose_zone(zone, fallback),
    )


def _until_day(batch: Batch) -> list[Outcome]:
    """Let each wait until its own day; no day, or one that is over, is no wait."""
    groups: dict[datetime | str, list[Candidate]] = defaultdict(list)
    attribute = batch.step["until"]["attribute"]
    fallback = batch.version.definition["settings"]["time_zone"]
    for (zone, said), candidates in by_zone(batch, attribute).items():
        due_at = day_due(batch.step, zone, said, fallback)
        if due_at is None:
            groups["missing"] += candidates
        elif due_at <= batch.now:
            groups["past"] += candidates
        else:
            groups[due_at] += candidates
    return [
        Outcome(key, group) if isinstance(key, str) else _waits(key, group)
        for key, group in groups.items()
    ]


def day_due(step: Step, name: str, said: str, fallback: str) -> datetime | None:
    """Work out when the wait ends for those of a zone whose attribute says this."""
    zone = choose_zone(name, fallback)
    day = read_day(said, zone)
    if day is None:
        return None
    at = parse_time(step["at"] or "00:00")
    try:
        return after_days(day, step["until"]["offset_days"], at, zone)
    except OverflowError:
        return None


def _describe_until(step: Step) -> str:
    """Say until which day."""
    until = step["until"]
    days, name = until["offset_days"], until["attribute"] or "…"
    one_or_many = "day" if abs(days) == 1 else "days"
    away = (
        f"{abs(days)} {one_or_many} {'before' if days < 0 else 'after'} "
        if days
        else ""
    )
    at = f", {step['at']} where the contact lives" if step["at"] else ""
    return f"Wait until {away}“{name}”{at}"
