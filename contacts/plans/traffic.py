"""What came in the last days, as the rows of a plan."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Sum

from contacts.models import Event, EventType, EventVolume, PropertyType
from contacts.plans.rows import KINDS, Row
from contacts.shapes import DATE, ELEMENT, EMPTY, INTEGER, NUMBER, TEXT, type_of, walk

# The newest events of a type that are looked at.
SAMPLE = 500
MOST_TYPES = 500
# A type that fewer values have is rather a mistake than a plan.
RARE = 0.05
MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 40


@dataclass
class Seen:
    """What was seen of one property."""

    # Messages that carry it; elements of a list count once for each message.
    count: int = 0
    types: Counter[str] = field(default_factory=Counter)
    examples: dict[str, None] = field(default_factory=dict)

    def add(self, value: Any) -> None:
        """Take note of a value."""
        name = type_of(value)
        self.types[name] += 1
        if name not in {"list", "object", EMPTY} and len(self.examples) < MOST_EXAMPLES:
            self.examples.setdefault(str(value)[:LONGEST_EXAMPLE])


def observe(
    *, source_ids: Sequence[int], since: datetime, shows_examples: bool = True
) -> list[Row]:
    """
    Write down what sources have sent since a time, as a plan.

    Examples may be about people, so not everybody may see them.

    Two queries, and one for each type of event; the newest events of each are looked at.
    """
    rows: list[Row] = []
    for event_type in types_since(source_ids, since):
        if event_type.kind in {"identify", "group"}:
            rows += from_schema(event_type)
        else:
            rows += from_events(event_type, source_ids, since)
    return rows if shows_examples else [replace(row, description="") for row in rows]


def types_since(source_ids: Sequence[int], since: datetime) -> list[EventType]:
    """Find the types that came, the most frequent first."""
    volumes = (
        EventVolume.objects.filter(source__in=source_ids, day__gte=since.date())
        .values("event_type")
        .annotate(total=Sum("count"))
        .order_by("-total", "event_type")
    )
    ids = [row["event_type"] for row in volumes[:MOST_TYPES]]
    known = EventType.objects.filter(kind__in=KINDS).in_bulk(ids)
    return [known[pk] for pk in ids if pk in known]


def from_events(
    event_type: EventType, source_ids: Sequence[int], since: datetime
) -> list[Row]:
    """Look at the newest events of a type; leans on event_by_name."""
    newest = (
        Event.objects.filter(
            name=event_type.name, source__in=source_ids, occurred_at__gte=since
        )
        .order_by("-occurred_at", "-pk")
        .values_list("properties", flat=True)[:SAMPLE]
    )
    bodies = list(newest)
    return rows_from(event_type, look(bodies), len(bodies))


def look(bodies: Iterable[Mapping[str, Any]]) -> dict[str, Seen]:
    """Take note of all properties of messages."""
    seen: dict[str, Seen] = {}
    for body in bodies:
        counted = set()
        for path, value in walk(body):
            each = seen.setdefault(path, Seen())
            each.add(value)
            if path not in counted and value is not None:
                counted.add(path)
                each.count += 1
    return seen


def from_schema(event_type: EventType) -> list[Row]:
    """Take what the schema knows of messages that are no events of the timeline."""
    seen = {
        row.path: Seen(
            row.count - row.types.get(EMPTY, 0),
            Counter(row.types),
            dict.fromkeys(str(each)[:LONGEST_EXAMPLE] for each in row.samples[:3]),
        )
        for row in PropertyType.objects.filter(event_type=event_type)
    }
    return rows_from(event_type, seen, event_type.count)


def rows_from(event_type: EventType, seen: Mapping[str, Seen], total: int) -> list[Row]:
    """Write a row for the event and one for each property, by path."""
    rows = [Row(event_type.kind, event_type.name)]
    for path, each in sorted(seen.items()):
        # Every element of a list would have to carry it, which is more than was looked at.
        is_single = ELEMENT not in path.split(".")
        rows.append(
            Row(
                kind=event_type.kind,
                event=event_type.name,
                path=path,
                types=common_types(each.types),
                is_required=is_single and 0 < total <= each.count,
                description=examples(each),
            )
        )
    return rows


def common_types(types: Mapping[str, int]) -> tuple[str, ...]:
    """Choose the types that are no mistakes; a number covers whole ones, a text dates."""
    known = {name: count for name, count in types.items() if name != EMPTY}
    total = sum(known.values())
    common = {name for name, count in known.items() if count >= total * RARE}
    if NUMBER in common:
        common.discard(INTEGER)
    if TEXT in common:
        common.discard(DATE)
    return tuple(sorted(common, key=lambda name: (-known[name], name)))


def examples(seen: Seen) -> str:
    """Show a few values."""
    return f"For example {', '.join(seen.examples)}" if seen.examples else ""
