"""The period that a report covers: asks are counted on the day they were made."""

from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = {"7": 7, "30": 30, "90": 90, "365": 365}
LABELS = {
    "7": "Last 7 days",
    "30": "Last 30 days",
    "90": "Last 90 days",
    "365": "Last 12 months",
    "all": "All time",
}
DEFAULT = "90"


@dataclass(frozen=True)
class Period:
    """A stretch of time up to now; ``since`` is None for all time."""

    word: str
    since: datetime | None
    until: datetime

    @property
    def label(self) -> str:
        """How it is called on the page."""
        return LABELS[self.word]


def read_period(word: str, *, now: datetime) -> Period:
    """Read the word of a period; an unknown one is the default."""
    if word not in LABELS:
        word = DEFAULT
    days = DAYS.get(word)
    since = None if days is None else now - timedelta(days=days)
    return Period(word, since, now)
