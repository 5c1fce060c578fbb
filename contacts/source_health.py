"""How the sources are doing: live, quiet, in trouble, or still to send their first event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import OuterRef, QuerySet, Subquery

from contacts.models import Receipt, Source, SourceVolume

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
HOURS_SHOWN = 24
# A source that sends around the clock is missed sooner than one that sleeps at night.
AROUND_THE_CLOCK = 22
SOON = timedelta(hours=3)
# One refused message of twenty is trouble; a single one may be somebody's experiment.
TOO_MANY_REFUSED = 0.05
DUPLICATE = "duplicate"
REFUSED = (Receipt.State.REJECTED.value, Receipt.State.BLOCKED.value)


class HealthState(StrEnum):
    """How a source is doing."""

    DISABLED = "disabled"
    WAITING = "waiting"
    ERRORS = "errors"
    QUIET = "quiet"
    LIVE = "live"


@dataclass(frozen=True)
class Hour:
    """What arrived in an hour, by what became of it."""

    begins_at: datetime
    counts: Mapping[str, int]

    @property
    def accepted(self) -> int:
        """How many counted."""
        return self.counts.get(Receipt.State.ACCEPTED, 0)

    @property
    def refused(self) -> int:
        """How many were rejected or blocked."""
        return sum(self.counts.get(state, 0) for state in REFUSED)

    @property
    def total(self) -> int:
        """How many different messages arrived."""
        return self.accepted + self.refused


@dataclass(frozen=True)
class Health:
    """A source with what it sent in the last 24 hours, oldest hour first."""

    source: Source
    state: HealthState
    last_at: datetime | None
    hours: list[Hour]

    def count(self, outcome: str) -> int:
        """Add up one outcome over the day."""
        return sum(hour.counts.get(outcome, 0) for hour in self.hours)

    @property
    def accepted(self) -> int:
        """How many counted today."""
        return self.count(Receipt.State.ACCEPTED)

    @property
    def rejected(self) -> int:
        """How many could not be understood."""
        return self.count(Receipt.State.REJECTED)

    @property
    def blocked(self) -> int:
        """How many the tracking plan kept out."""
        return self.count(Receipt.State.BLOCKED)

    @property
    def refused(self) -> int:
        """How many did not count, for whatever reason."""
        return self.rejected + self.blocked

    @property
    def duplicates(self) -> int:
        """How many were copies of a message that had counted before."""
        return self.count(DUPLICATE)

    @property
    def total(self) -> int:
        """How many different messages arrived."""
        return self.accepted + self.refused

    @property
    def refused_share(self) -> float:
        """Which share of the messages was refused."""
        return self.refused / self.total if self.total else 0.0

    @property
    def busiest(self) -> int:
        """How many messages the busiest hour had; at least one, to divide by."""
        return max([hour.total for hour in self.hours] + [1])


def examine_sources(sources: QuerySet[Source], *, now: datetime) -> list[Health]:
    """Tell how each source is doing; two queries."""
    newest = SourceVolume.objects.filter(source=OuterRef("pk")).order_by(
        "-hour", "-last_at", "-pk"
    )
    rows = list(
        sources.annotate(last_message_at=Subquery(newest.values("last_at")[:1]))
    )
    volumes = read_volumes([source.pk for source in rows], now=now)
    return [
        examine(source, source.last_message_at, volumes.get(source.pk, {}), now=now)
        for source in rows
    ]


def read_volumes(
    source_ids: Iterable[int], *, now: datetime
) -> dict[int, dict[datetime, dict[str, int]]]:
    """Read the hours of the last two days: source → hour → outcome → count."""
    found: dict[int, dict[datetime, dict[str, int]]] = {}
    rows = SourceVolume.objects.filter(
        source__in=list(source_ids), hour__gt=now - 2 * DAY - HOUR
    )
    for source_id, hour, outcome, count in rows.values_list(
        "source_id", "hour", "outcome", "count"
    ):
        found.setdefault(source_id, {}).setdefault(hour, {})[outcome] = count
    return found


def examine(
    source: Source,
    last_at: datetime | None,
    volumes: Mapping[datetime, Mapping[str, int]],
    *,
    now: datetime,
) -> Health:
    """Tell how one source is doing, from its hours."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [
        Hour(begins_at, volumes.get(begins_at, {}))
        for begins_at in (
            this_hour - HOUR * back for back in reversed(range(HOURS_SHOWN))
        )
    ]
    health = Health(source, HealthState.LIVE, last_at, hours)
    return replace(health, state=state_of(health, volumes, now=now))


def state_of(
    health: Health,
    volumes: Mapping[datetime, Mapping[str, int]],
    *,
    now: datetime,
) -> HealthState:
    """Name the state; the worst that holds."""
    if health.source.disabled_at:
        return HealthState.DISABLED
    if health.last_at is None:
        return HealthState.WAITING
    if health.refused and health.refused_share >= TOO_MANY_REFUSED:
        return HealthState.ERRORS
    is_stream = health.source.kind != Source.Kind.FILE
    if is_stream and now - health.last_at > patience(health.last_at, volumes):
        return HealthState.QUIET
    return HealthState.LIVE


def patience(
    last_at: datetime, volumes: Mapping[datetime, Mapping[str, int]]
) -> timedelta:
    """Say how long a source may be silent, from how it sent before."""
    busy = [hour for hour in volumes if last_at - DAY < hour <= last_at]
    return SOON if len(busy) >= AROUND_THE_CLOCK else DAY
