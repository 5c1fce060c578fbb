"""One moment, as the wall clocks of all zones show it; computed once per zone."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.local_time import (
    choose_zone,
    local_day,
    next_opening,
    parse_time,
    start_of_day,
)


@dataclass
class Clock:
    """A moment and the quiet hours of a campaign; remembers what it worked out per zone."""

    now: datetime
    fallback: str
    quiet_from: time
    quiet_until: time
    _days: dict[str, date] = field(default_factory=dict)
    _openings: dict[tuple[str, datetime], datetime | None] = field(default_factory=dict)

    def zone(self, name: str) -> ZoneInfo:
        """Choose the zone for a contact who has this one, or none."""
        return choose_zone(name, self.fallback)

    def today(self, name: str) -> date:
        """Give the day that the calendar shows there."""
        if name not in self._days:
            self._days[name] = local_day(self.now, self.zone(name))
        return self._days[name]

    def opening(self, name: str, moment: datetime | None = None) -> datetime | None:
        """Give the end of the quiet hours that hold there at a moment; None if none do."""
        at = moment or self.now
        if (name, at) not in self._openings:
            self._openings[name, at] = next_opening(
                at, self.quiet_from, self.quiet_until, self.zone(name)
            )
        return self._openings[name, at]

    def start_of(self, day: date, name: str) -> datetime:
        """Give the first moment of a day there."""
        return start_of_day(day, self.zone(name))


def clock_for(settings: dict[str, Any], now: datetime) -> Clock:
    """Make the clock of a campaign from the settings in its document."""
    return Clock(
        now=now,
        fallback=settings["time_zone"],
        quiet_from=parse_time(settings["quiet_from"]),
        quiet_until=parse_time(settings["quiet_until"]),
    )
