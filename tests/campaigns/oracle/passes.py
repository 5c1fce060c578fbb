"""A campaign that runs, and a way of a person through it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.campaigns.oracle.asking import Asked
from tests.campaigns.oracle.people import Person


@dataclass
class Pass:
    """One way of one person through one version."""

    campaign: "Running"
    person: Person
    number: int
    version: int
    entry_key: str
    moment_key: str
    moment_at: datetime
    enrolled_at: datetime
    step_key: str
    due_at: datetime | None
    state: str = "active"
    visit: int = 0
    began_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    goal_met_at: datetime | None = None
    journal: list[tuple] = field(default_factory=list)
    asks: list[Asked] = field(default_factory=list)
    # Which of all passes of the world it was.
    place: int = 0
    # Once a publish plan has moved it: where people see it, and since when.
    was_moved: bool = False
    seen_at: str = ""
    moved_since: datetime | None = None
    # Until when the rung has time on which somebody is.
    rung_until: datetime | None = None

    @property
    def document(self) -> dict[str, Any]:
        """Give the document of the version in which it began."""
        return self.campaign.versions[self.version]

    def is_due(self, now):
        return self.state == "active" and self.due_at <= now

    def end(self, state, reason, now):
        """End it; ``now`` is kept where it has ended before."""
        self.state, self.end_reason = state, reason
        self.ended_at = self.ended_at or now
        self.due_at = self.began_at = None


@dataclass
class Running:
    """A campaign that was started, and what it may hear of."""

    name: str
    priority: int
    versions: list[dict[str, Any]]
    state: str = "running"
    paused_at: datetime | None = None
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)
    looked_at: datetime | None = None

    @property
    def document(self):
        return self.versions[-1]
