"""The timeline of a contact: events, what was said about it, and merges, with filters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Count, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from contacts.admin.contact_base import OneContactPage
from contacts.admin.site import register_pages
from contacts.identities.story import merge_sentence, with_merged
from contacts.models import AttributeChange, Contact, Event, Merge, Source
from contacts.sentences import event_icon, event_sentence, event_title, show_value

PER_PAGE = 25
ATTRIBUTES, MERGES = "#attributes", "#merges"
CAUSES = {
    "identify": "a message",
    "by_hand": "hand",
    "import": "an import",
    "conversion": "the conversion endpoint",
    "known": "what was known before",
}


@dataclass(frozen=True)
class Happening:
    """A line of the timeline."""

    at: datetime
    sentence: str
    icon: str
    details: list[tuple[str, str]] = field(default_factory=list)
    source: str = ""
    link: str = ""


@dataclass(frozen=True)
class TimelineFilter:
    """Which lines are wanted; ``kind`` is an event's name, or one of the other kinds."""

    kind: str = ""
    source: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


def read_filter(values: Mapping[str, str]) -> TimelineFilter:
    """Read a filter from an address; what can't be read is no filter."""
    source = values.get("source", "")
    since, until = read_day(values.get("since", "")), read_day(values.get("until", ""))
    return TimelineFilter(
        kind=values.get("event", "").replace("\0", "")[:200],
        source=int(source) if source.isdecimal() and len(source) < 10 else None,
        since=since,
        until=until + timedelta(days=1) if until else None,
        text=values.get("text", "").replace("\0", "").strip()[:200],
    )


def read_day(text: str) -> datetime | None:
    """Read the beginning of a day, by the clock of the site."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def within(rows: QuerySet[Any], name: str, chosen: TimelineFilter) -> QuerySet[Any]:
    """Keep what is in the period."""
    if chosen.since:
        rows = rows.filter(**{f"{name}__gte": chosen.since})
    if chosen.until:
        rows = rows.filter(**{f"{name}__lt": chosen.until})
    return rows


def lines(
    rows: QuerySet[Any], at: str, table: str, chosen: TimelineFilter
) -> QuerySet[Any]:
    """Bring rows of a table to the form that all tables have in common."""
    return (
        within(rows, at, chosen)
        .annotate(line_at=F(at), line_table=Value(table, output_field=CharField()))
        .values_list("line_at", "line_table", "pk")
    )


def wanted_lines(contact: Contact, chosen: TimelineFilter) -> list[QuerySet[Any]]:
    """Select the lines of each table that the filter keeps."""
    events = Event.objects.filter(contact=contact)
    changes = AttributeChange.objects.filter(contact=contact)
    merges = Merge.objects.filter(contact=contact)
    if chosen.kind and chosen.kind not in {ATTRIBUTES, MERGES}:
        events = events.filter(name=chosen.kind)
    if chosen.source:
        events = events.filter(source=chosen.source)
        changes = changes.filter(source=chosen.source)
    if chosen.text:
        words = Q(name__icontains=chosen.text) | Q(words__icontains=chosen.text)
        events = events.annotate(words=Cast("properties", TextField())).filter(words)
        changes = changes.annotate(words=Cast("values", TextField())).filter(
            words__icontains=chosen.text
        )
    of_events = lines(events, "occurred_at", "event", chosen)
    of_changes = lines(changes, "at", "change", chosen)
    of_merges = lines(merges, "merged_at", "merge", chosen)
    if chosen.kind:
        own = {ATTRIBUTES: of_changes, MERGES: of_merges}
        return [own.get(chosen.kind, of_events)]
    if chosen.source or chosen.text:
        # Merges have no source and no words.
        return [of_events, of_changes]
    return [of_events, of_changes, of_merges]


def timeline_context(
    contact: Contact, values: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Collect what ``contacts/_timeline.html`` shows; nine queries at most."""
    values = values or {}
    chosen = read_filter(values)
    first, *others = wanted_lines(contact, chosen)
    united = first.union(*others, all=True) if others else first
    paginator = Paginator(united.order_by("-line_at", "-pk"), PER_PAGE)
    page: Page[Any] = paginator.get_page(values.get("page"))
    kinds = kinds_of(contact)
    return {
        "kinds": [(name, event_title(name), count) for name, count in kinds],
        "chosen": chosen,
        "filter_values": {
            name: values.get(name, "") for name in ("since", "until", "text")
        },
        "timeline_sources": list(Source.objects.order_by("name").values("pk", "name")),
        "page_obj": page,
        "happenings": tell_lines(contact, list(page)),
    }


def kinds_of(contact: Contact) -> list[tuple[str, int]]:
    """Count the events of a contact by name; leans on ``event_of_contact``."""
    return list(
        Event.objects.filter(contact=contact)
        .values("name")
        .annotate(count=Count("pk"))
        .order_by("-count", "name")
        .values_list("name", "count")
    )


def tell_lines(
    contact: Contact, rows: list[tuple[datetime, str, int]]
) -> list[Happening]:
    """Turn lines into sentences; one query for each table that has any."""
    tellers: dict[str, tuple[QuerySet[Any], Callable[[Any], Happening]]] = {
        "event": (Event.objects.select_related("source"), tell),
        "change": (AttributeChange.objects.select_related("source"), tell_change),
        "merge": (with_merged(Merge.objects.all()), tell_merge),
    }
    told: dict[tuple[str, int], Happening] = {}
    for table, (found, teller) in tellers.items():
        ids = [pk for _, name, pk in rows if name == table]
        if ids:
            for row in found.filter(contact=contact, pk__in=ids):
                told[table, row.pk] = teller(row)
    return [told[name, pk] for _, name, pk in rows if (name, pk) in told]


def tell(event: Event) -> Happening:
    """Turn an event into a line of the timeline."""
    details = [(name, show_value(value)) for name, value in event.properties.items()]
    return Happening(
        at=event.occurred_at,
        sentence=event_sentence(event.name, event.properties),
        icon=event_icon(event.name),
        details=[(event_title(name), value) for name, value in details if value],
        source=event.source.name if event.source else "",
    )


def tell_change(change: AttributeChange) -> Happening:
    """Turn what was said about a contact into a line."""
    shown = [
        (name.removeprefix("noticed:"), show_value(value) or "nothing")
        for name, value in sorted(change.values.items())
    ]
    if len(shown) == 1:
        sentence = f"{event_title(shown[0][0])} is {shown[0][1]}"
    else:
        names = ", ".join(event_title(name).lower() for name, _ in shown[:3])
        more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
        sentence = f"Told: {names}{more}"
    return Happening(
        at=change.at,
        sentence=f"{sentence}, by {CAUSES.get(change.cause, change.cause)}",
        icon="badge",
        details=shown if len(shown) > 1 else [],
        source=change.source.name if change.source else "",
        link=receipt_url(change.receipt_id),
    )


def tell_merge(merge: Merge) -> Happening:
    """Turn a merge into a line."""
    undone = f"; undone on {merge.undone_at:%Y-%m-%d}" if merge.undone_at else ""
    return Happening(
        at=merge.merged_at,
        sentence=merge_sentence(merge) + undone,
        icon="merge",
        link=receipt_url(merge.receipt_id),
    )


def receipt_url(receipt_id: int | None) -> str:
    """Lead to the message that said so."""
    return reverse("admin:contacts_receipt", args=[receipt_id]) if receipt_id else ""


class TimelinePage(OneContactPage):
    """What happened to a contact, newest first, as far as the filter wants it."""

    permission_required = ("contacts.view_event",)
    results_template_name = "contacts/_timeline.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the page of lines that is asked for."""
        values = {name: str(value) for name, value in self.request.GET.items()}
        return super().get_context_data(
            **timeline_context(self.contact, values), **kwargs
        )


register_pages(
    [
        path(
            "contacts/contact/<int:pk>/timeline/",
            TimelinePage.as_view(results_only=True),
            name="contacts_timeline_results",
        ),
    ]
)
