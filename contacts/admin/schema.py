"""What the sources send: every event with its volume, and one event with its properties."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from contacts import observed
from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.models import Contact, EventType, PlannedEvent
from contacts.plans.rows import KINDS

PAGE_SIZE = 50
PEOPLE_PER_PAGE = 25
SPARK_DAYS = 30
PERIODS = {"30": "30 days", "90": "90 days", "365": "1 year"}
# More days than this are drawn as weeks.
MOST_DAYS = 92
# More sources than this are drawn as one.
MOST_SERIES = 4
CSV_ROWS = 2_000
KIND_LABELS = {**KINDS, "alias": "Alias"}


@dataclass(frozen=True)
class EventLink:
    """A way from an event to a page of an app above."""

    title: str
    build: Callable[[str], str]
    permission: str


EVENT_LINKS: list[EventLink] = []


def register_event_link(
    title: str, build: Callable[[str], str], *, permission: str
) -> None:
    """Add a button to the page of each event; called in ``AppConfig.ready``."""
    EVENT_LINKS.append(EventLink(title, build, permission))


class SchemaPage(CsvExportMixin, AdminPage):
    """Every event that came, with its volume, sources, people, and whether it is planned."""

    title = "Schema"
    permission_required = ("contacts.view_eventtype",)
    shows_people = False
    template_name = "contacts/schema/list.html"
    results_template_name = "contacts/schema/_list.html"
    csv_name = "schema"
    csv_headers = {
        "name": "Event",
        "kind": "Kind",
        "count": "Events",
        "people": "People",
        "sources": "Sources",
        "planned": "Planned",
        "first": "First seen",
        "last": "Last seen",
        "mixed": "Properties of several types",
    }

    @cached_property
    def found(self) -> QuerySet[Any]:
        """The types that are asked for, each with whether it is planned."""
        query = self.request.GET
        planned = PlannedEvent.objects.filter(
            plan__sources__isnull=False, kind=OuterRef("kind"), name=OuterRef("name")
        )
        text = query.get("q", "").replace("\0", "").strip()
        found = observed.event_types(text, kind=query.get("kind", "")).annotate(
            is_planned=Exists(planned)
        )
        if query.get("planned") in {"yes", "no"}:
            found = found.filter(is_planned=query["planned"] == "yes")
        return found

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List all types that are found."""
        types = list(self.found)
        ids = [each.pk for each in types]
        sources, mixed = observed.sources_of(ids), observed.mixed_types(ids)
        for each in types:
            yield {
                "name": each.name,
                "kind": each.kind,
                "count": each.count,
                "people": each.people_count,
                "sources": ", ".join(sources[each.pk]),
                "planned": each.is_planned,
                "first": each.first_seen_at,
                "last": each.last_seen_at,
                "mixed": ", ".join(mixed[each.pk]),
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of types; six queries, however many there are."""
        page = Paginator(self.found, PAGE_SIZE).get_page(self.request.GET.get("page"))
        types = list(page.object_list)
        ids = [each.pk for each in types]
        today = timezone.now().date()
        since = today - timedelta(days=SPARK_DAYS - 1)
        days = observed.daily(ids, since=since, until=today)
        sources, mixed = observed.sources_of(ids), observed.mixed_types(ids)
        for each in types:
            each.days = days[each.pk]
            each.recent = sum(each.days)
            each.sources = sources[each.pk]
            each.mixed = mixed[each.pk]
            each.kind_label = KIND_LABELS.get(each.kind, each.kind)
        query = self.request.GET
        return super().get_context_data(
            page_obj=page,
            types=types,
            kinds=KIND_LABELS,
            has_plan=observed.planned_targets() is not None,
            is_narrowed=any(query.get(name) for name in ("q", "kind", "planned")),
            query=query,
            **kwargs,
        )


class OneTypePage(AdminPage):
    """The base of pages about one type of event, named by ``pk``."""

    permission_required: tuple[str, ...] = ("contacts.view_eventtype",)

    def find_row(self) -> None:
        """Find the type."""
        self.event_type = get_object_or_404(EventType, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name the event; messages without a name go by their kind."""
        label = KIND_LABELS.get(self.event_type.kind, self.event_type.kind)
        return self.event_type.name or label

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the schema."""
        return [Crumb("Schema", reverse("admin:contacts_schema"))]

    @property
    def is_event(self) -> bool:
        """Whether people do it, as opposed to something told about them."""
        return self.event_type.kind not in observed.NO_EVENTS


class EventTypePage(CsvExportMixin, OneTypePage):
    """One event: how often, from where, with which properties, and who did it."""

    shows_people = False
    template_name = "contacts/schema/event.html"
    results_template_name = "contacts/schema/_chart.html"
    csv_name = "properties"
    csv_headers = {
        "path": "Property",
        "types": "Types",
        "carried": "Percent of events that carry it",
        "samples": "Samples",
        "first": "First seen",
        "last": "Last seen",
        "warning": "Warning",
    }

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the properties."""
        for each in observed.properties_of(self.event_type):
            carried = None if each.carried is None else round(each.carried * 100, 2)
            types = (f"{share.type} {share.ratio:.1%}" for share in each.shares)
            yield {
                "path": each.path,
                "types": ", ".join(types),
                "carried": carried,
                "samples": "; ".join(each.samples) if self.may_see_people else "",
                "first": each.first_seen_at,
                "last": each.last_seen_at,
                "warning": each.warning,
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the chart, and on the whole page the properties."""
        word = self.request.GET.get("period", "30")
        word = word if word in PERIODS else "30"
        today = timezone.now().date()
        since = today - timedelta(days=int(word) - 1)
        volumes = observed.by_source(self.event_type, since=since, until=today)
        context = {
            "event_type": self.event_type,
            "chart": draw(volumes, since) if volumes else "",
            "periods": PERIODS,
            "period": word,
            "total": sum(map(sum, volumes.values())),
        }
        if not self.results_only:
            context |= self.details()
        return super().get_context_data(**context, **kwargs)

    def details(self) -> dict[str, Any]:
        """Collect what does not change with the period."""
        event_type = self.event_type
        planned = observed.planned_targets()
        user = self.request.user
        return {
            "properties": observed.properties_of(event_type),
            "kind_label": KIND_LABELS.get(event_type.kind, event_type.kind),
            "is_event": self.is_event,
            "has_plan": planned is not None,
            "is_planned": (event_type.kind, event_type.name) in (planned or ()),
            "sources": observed.sources_of([event_type.pk])[event_type.pk],
            "links": [
                (link.title, link.build(event_type.name))
                for link in EVENT_LINKS
                if self.is_event and user.has_perm(link.permission)
            ],
        }


class EventPeoplePage(CsvExportMixin, OneTypePage):
    """Who did the event, the latest first; comes after the rest of the page."""

    results_template_name = "contacts/schema/_people.html"
    csv_name = "people"
    csv_headers = {
        "first_name": "First name",
        "last_name": "Last name",
        "email": "Email",
        "count": "Times",
        "last_at": "Last time",
    }

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List everybody, in chunks."""
        if not self.is_event:
            return
        rows = list(observed.people_of(self.event_type.name))
        for start in range(0, len(rows), CSV_ROWS):
            for contact, row in with_contacts(rows[start : start + CSV_ROWS]):
                yield {
                    "first_name": contact.first_name,
                    "last_name": contact.last_name,
                    "email": contact.email,
                    "count": row["count"],
                    "last_at": row["last_at"],
                }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of those who did it last; four queries."""
        name = self.event_type.name
        found = observed.latest_people(name) if self.is_event else []
        page = Paginator(found, PEOPLE_PER_PAGE).get_page(self.request.GET.get("page"))
        rows = observed.times_of(name, list(page.object_list)) if found else []
        total = max(self.event_type.people_count or 0, len(found))
        return super().get_context_data(
            event_type=self.event_type,
            page_obj=page,
            people=with_contacts(rows),
            total=total,
            is_cut=total > len(found),
            **kwargs,
        )


def with_contacts(rows: list[Any]) -> list[tuple[Contact, Any]]:
    """Put the contact beside each row; who has been erased meanwhile is left out."""
    known = Contact.objects.in_bulk([row["contact_id"] for row in rows])
    return [
        (known[row["contact_id"]], row) for row in rows if row["contact_id"] in known
    ]


def draw(volumes: Mapping[str, list[int]], since: date) -> str:
    """Write the data of the theme's chart: stacked by source, by week if long."""
    names = list(volumes)
    if len(names) > MOST_SERIES:
        rest = names[MOST_SERIES - 1 :]
        others = [
            sum(day) for day in zip(*(volumes[name] for name in rest), strict=True)
        ]
        volumes = {name: volumes[name] for name in names[: MOST_SERIES - 1]}
        volumes[f"{len(rest)} other sources"] = others
    length = len(next(iter(volumes.values())))
    step = 7 if length > MOST_DAYS else 1
    starts = range(0, length, step)
    days = [since + timedelta(days=start) for start in starts]
    return json.dumps(
        {
            "labels": [f"{day:%b} {day.day}" for day in days],
            "datasets": [
                {
                    "label": name,
                    "data": [sum(counts[start : start + step]) for start in starts],
                    "backgroundColor": f"var(--gl-series-{number})",
                    "displayYAxis": True,
                }
                for number, (name, counts) in enumerate(volumes.items(), start=1)
            ],
        }
    )


register_pages(
    [
        path("data/schema/", SchemaPage.as_view(), name="contacts_schema"),
        path(
            "data/schema/results/",
            SchemaPage.as_view(results_only=True),
            name="contacts_schema_results",
        ),
        path(
            "data/schema/<int:pk>/",
            EventTypePage.as_view(),
            name="contacts_event_type",
        ),
        path(
            "data/schema/<int:pk>/chart/",
            EventTypePage.as_view(results_only=True),
            name="contacts_event_type_chart",
        ),
        path(
            "data/schema/<int:pk>/people/",
            EventPeoplePage.as_view(results_only=True),
            name="contacts_event_type_people",
        ),
    ]
)
