"""What came through one link: visits by channel and kind, and day by day."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from referrals.models import Visit

DAYS = 30
Kind = Visit.Kind
MACHINES = (Kind.BOT, Kind.PREVIEW, Kind.SCANNER)


@dataclass
class Tagged:
    """The visits under one tag: of people, repeated ones, the advocate's own, of machines."""

    name: str
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        """Visits of people, each browser once an hour."""
        return self.kinds[Kind.HUMAN]

    @property
    def again(self) -> int:
        """Visits of people who came back within the hour."""
        return self.kinds[Kind.DUPLICATE]

    @property
    def own(self) -> int:
        """Visits of the advocate's own browser."""
        return self.kinds[Kind.SELF]

    @property
    def machines(self) -> int:
        """Visits of bots, previews and scanners."""
        return sum(self.kinds[kind] for kind in MACHINES)

    @property
    def raw(self) -> int:
        """All visits."""
        return self.kinds.total()


def by_tag(visits: QuerySet[Visit], column: str) -> list[Tagged]:
    """Count visits by a tag, the most visited by people first; one query."""
    found: dict[str, Tagged] = {}
    rows = visits.order_by().values_list(column, "kind").annotate(n=Count("pk"))
    for name, kind, count in rows:
        found.setdefault(name, Tagged(name)).kinds[kind] += count
    return sorted(found.values(), key=lambda one: (-one.people, -one.raw, one.name))


def by_day(visits: QuerySet[Visit], *, now: datetime) -> list[tuple[date, int, int]]:
    """Count the visits of people and of machines on each of the last thirty days; one query."""
    today = timezone.localdate(now)
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    counted: dict[date, Counter[str]] = {day: Counter() for day in days}
    rows = (
        visits.filter(visited_at__gt=now - timedelta(days=DAYS + 1))
        .order_by()
        .annotate(day=TruncDate("visited_at"))
        .values_list("day", "kind")
        .annotate(n=Count("pk"))
    )
    for day, kind, count in rows:
        if day in counted:
            counted[day][kind] += count
    return [
        (
            day,
            kinds[Kind.HUMAN],
            sum(kinds[kind] for kind in MACHINES),
        )
        for day, kinds in counted.items()
    ]
