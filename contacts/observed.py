"""What the schema tells: which events come, how many, from where, with what, and by whom."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from contacts.background import Backlog, Slice, register_slice
from contacts.models import (
    Event,
    EventType,
    EventVolume,
    PlannedEvent,
    PropertyType,
    Source,
)
from contacts.shapes import (
    DATE,
    EMPTY,
    INTEGER,
    NUMBER,
    TEXT,
    TYPE_LABELS,
)

# Who did an event is counted anew so much later at the earliest.
COUNT_AGAIN = timedelta(minutes=10)
# Who did an event is listed from so many of the newest.
NEWEST_EVENTS = 10_000
# A whole number is a number, and a date is a text.
FAMILIES = {INTEGER: NUMBER, DATE: TEXT}
# Messages that say something about a person or a group, and are no events of the timeline.
NO_EVENTS = ("identify", "group", "alias")

# Everybody who did an event; index-only on event_by_name.
COUNT_PEOPLE = """
SELECT count(*) FROM (
    SELECT DISTINCT contact_id FROM contacts_event WHERE name = %s
) AS person
"""


@dataclass(frozen=True)
class Share:
    """A type with how many of the values have it."""

    type: str
    label: str
    count: int
    ratio: float


@dataclass(frozen=True)
class Property:
    """A property of an event type, ready to show."""

    path: str
    shares: Sequence[Share]
    # Of the events of the type, how many carry it; None for what is inside of lists.
    carried: float | None
    samples: Sequence[str]
    first_seen_at: datetime
    last_seen_at: datetime
    warning: str


def event_types(text: str = "", *, kind: str = "") -> QuerySet[EventType]:
    """Find event types by a part of their name, the latest seen first."""
    found = EventType.objects.all()
    if text:
        found = found.filter(Q(name__icontains=text) | Q(name="", kind__icontains=text))
    if kind:
        found = found.filter(kind=kind)
    return found.order_by("-last_seen_at", "-pk")


def daily(
    event_type_ids: Collection[int], *, since: date, until: date
) -> dict[int, list[int]]:
    """Count each type for each day of a period, both ends included; one query."""
    rows = (
        EventVolume.objects.filter(
            event_type__in=event_type_ids, day__gte=since, day__lte=until
        )
        .values_list("event_type_id", "day")
        .annotate(Sum("count"))
    )
    empty = [0] * ((until - since).days + 1)
    days: dict[int, list[int]] = defaultdict(empty.copy)
    for event_type_id, day, count in rows:
        days[event_type_id][(day - since).days] += count
    return days


def by_source(
    event_type: EventType, *, since: date, until: date
) -> dict[str, list[int]]:
    """Count a type for each day and source, the largest source first; one query."""
    rows = EventVolume.objects.filter(
        event_type=event_type, day__gte=since, day__lte=until
    ).values_list("source__name", "day", "count")
    empty = [0] * ((until - since).days + 1)
    days: dict[str, list[int]] = defaultdict(empty.copy)
    for name, day, count in rows:
        days[name][(day - since).days] += count
    return dict(sorted(days.items(), key=lambda each: (-sum(each[1]), each[0])))


def sources_of(event_type_ids: Collection[int]) -> dict[int, list[str]]:
    """Name the sources that have ever sent each type; one query."""
    rows = (
        EventVolume.objects.filter(event_type__in=event_type_ids)
        .values_list("event_type_id", "source__name")
        .distinct()
        .order_by("source__name")
    )
    names: dict[int, list[str]] = defaultdict(list)
    for event_type_id, name in rows:
        names[event_type_id].append(name)
    return names


def planned_targets() -> set[tuple[str, str]] | None:
    """List the events that plans in use know; None if no source follows a plan."""
    plans = Source.objects.filter(plan__isnull=False).values("plan")
    if not plans.exists():
        return None
    rows = PlannedEvent.objects.filter(plan__in=plans).values_list("kind", "name")
    return set(rows)


def properties_of(event_type: EventType) -> list[Property]:
    """List the properties of a type, with shares and warnings; one query."""
    rows = PropertyType.objects.filter(event_type=event_type).order_by("path")
    return [describe(row, event_type.count) for row in rows]


def describe(row: PropertyType, event_count: int) -> Property:
    """Work out shares and the warning of one property."""
    total = sum(row.types.values())
    shares = [
        Share(name, TYPE_LABELS.get(name, name), count, count / total)
        for name, count in sorted(row.types.items(), key=lambda pair: -pair[1])
        if count
    ]
    is_single = "$" not in row.path.split(".")
    carried = min(1.0, row.count / event_count) if is_single and event_count else None
    return Property(
        path=row.path,
        shares=shares,
        carried=carried,
        samples=[str(sample) for sample in row.samples],
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        warning=mixed(row.path, row.types),
    )


def mixed(path: str, types: Mapping[str, int]) -> str:
    """Say that a property comes in more than one type; blank if it does not."""
    counts: dict[str, int] = defaultdict(int)
    for name, count in types.items():
        if name != EMPTY and count:
            counts[FAMILIES.get(name, name)] += count
    if len(counts) < 2:
        return ""
    total = sum(counts.values())
    _, *rare = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    parts = [
        f"{share(count, total)} of it is {TYPE_LABELS[name]}" for name, count in rare
    ]
    return f"“{path}” comes in several types: {', '.join(parts)}."


def share(count: int, total: int) -> str:
    """Write a share so that a small one is not nothing."""
    ratio = count * 100 / total
    return f"{ratio:.0f} %" if ratio >= 1 else "less than 1 %"


def mixed_types(event_type_ids: Collection[int]) -> dict[int, list[str]]:
    """Name, for each type, the properties that come in several types; one query."""
    rows = PropertyType.objects.filter(event_type__in=event_type_ids).values_list(
        "event_type_id", "path", "types"
    )
    found: dict[int, list[str]] = defaultdict(list)
    for event_type_id, path, types in rows.order_by("path"):
        if mixed(path, types):
            found[event_type_id].append(path)
    return found


def count_people(name: str) -> int:
    """Count the contacts who did an event; one query over the index event_by_name."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_PEOPLE, [name])
        return cursor.fetchone()[0]


def people_of(name: str) -> QuerySet[Event, Any]:
    """
    Find who did an event: the contact, how often and when last, the latest first.

    Reads every event of the name in the index event_by_name; for files.
    """
    return (
        Event.objects.filter(name=name)
        .values("contact_id")
        .annotate(count=Count("*"), last_at=Max("occurred_at"))
        .order_by("-last_at", "-contact_id")
    )


def latest_people(name: str) -> list[int]:
    """
    Find who did an event last, the latest first.

    Looks at the newest events only, so it costs the same however many there are.
    """
    newest = Event.objects.filter(name=name).order_by("-occurred_at")
    return list(
        dict.fromkeys(newest.values_list("contact_id", flat=True)[:NEWEST_EVENTS])
    )


def times_of(name: str, contact_ids: Collection[int]) -> list[dict[str, Any]]:
    """Say how often and when last contacts did an event; leans on event_of_contact."""
    return list(people_of(name).filter(contact_id__in=contact_ids))


def uncounted(now: datetime) -> QuerySet[EventType]:
    """Find the types whose people are to be counted, those never counted first."""
    stale = Q(people_counted_at__lte=now - COUNT_AGAIN) & ~Q(
        people_counted_to=F("count")
    )
    return (
        EventType.objects.exclude(kind__in=NO_EVENTS)
        .filter(Q(people_counted_at=None) | stale)
        .order_by(F("people_counted_at").asc(nulls_first=True), "pk")
    )


def count_backlog(now: datetime) -> Backlog:
    """See how many types wait for their people to be counted."""
    return Backlog(
        **uncounted(now).aggregate(count=Count("pk"), oldest=Min("last_seen_at"))
    )


def count_one(*, now: datetime) -> int:
    """
    Count the people of one type.

    :returns: 1 if there was one to count, else 0
    """
    event_type = uncounted(now).first()
    if event_type is None:
        return 0
    EventType.objects.filter(pk=event_type.pk).update(
        people_count=count_people(event_type.name),
        people_counted_at=now,
        people_counted_to=event_type.count,
    )
    return 1


register_slice(
    Slice(
        name="contacts.people_of_events",
        label="Count who did what",
        task="contacts.tasks.count_people_of_events",
        due=count_backlog,
    )
)
