"""Go on only on certain days and hours, where the contact lives."""

from collections import defaultdict
from datetime import datetime
from typing import ClassVar

from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.local_time import WEEKDAYS, choose_zone, parse_time, window_opening
from campaigns.steps.base import Batch, Outcome, Then
from campaigns.steps.zones import by_zone


class WindowStep:
    """A time window: who comes while it is open passes, everybody else waits for it."""

    kind: ClassVar[str] = "window"
    label: ClassVar[str] = "Time window"

    def run(self, batch: Batch) -> list[Outcome]:
        """Look at the clock of each zone; one query."""
        step = batch.step
        fallback = batch.version.definition["settings"]["time_zone"]
        groups: dict[datetime | None, list[Candidate]] = defaultdict(list)
        for (name, _), candidates in by_zone(batch).items():
            groups[opening_for(step, batch.now, name, fallback)] += candidates
        return [
            Outcome("passed", group)
            if opening is None
            else Outcome("window", group, Then.STAY, due_at=opening)
            for opening, group in groups.items()
        ]

    def describe(self, step: Step) -> str:
        """Say when it is open."""
        return (
            f"Go on {describe_days(step['days'])}, {step['from']} to {step['until']}"
            " where the contact lives"
        )


def opening_for(step: Step, now: datetime, zone: str, fallback: str) -> datetime | None:
    """Say when a window opens next in a zone; None if it is open."""
    hours = parse_time(step["from"]), parse_time(step["until"])
    return window_opening(now, step["days"], *hours, choose_zone(zone, fallback))


def describe_days(days: list[int]) -> str:
    """Name some days of the week: "Monday to Friday"."""
    known = sorted(day for day in set(days) if day in range(1, 8))
    if not known:
        return "never"
    if len(known) == 7:
        return "every day"
    if len(known) > 2 and known[-1] - known[0] + 1 == len(known):
        return f"{WEEKDAYS[known[0] - 1]} to {WEEKDAYS[known[-1] - 1]}"
    *most, last = (WEEKDAYS[day - 1] for day in known)
    return f"{', '.join(most)} and {last}" if most else last
