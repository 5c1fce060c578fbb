"""The list of sources: who sends, how much, and who has stopped."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import path
from django.utils import timezone

from contacts.admin.base import AdminPage, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.admin.sources.texts import KIND_ICONS, STATES, health_sentence
from contacts.models import Source
from contacts.source_health import Health, Hour, examine_sources


class SourcesPage(CsvExportMixin, AdminPage):
    """All sources, those in use first."""

    title = "Sources"
    permission_required = ("contacts.view_source",)
    shows_people = False
    template_name = "contacts/sources/list.html"
    results_template_name = "contacts/sources/_list.html"
    csv_name = "sources"
    csv_headers = {
        "name": "Name",
        "kind": "Kind",
        "state": "State",
        "last_at": "Last message",
        "accepted": "Accepted in 24 hours",
        "rejected": "Rejected in 24 hours",
        "blocked": "Blocked in 24 hours",
        "duplicates": "Duplicates in 24 hours",
    }

    def list_sources(self) -> list[Health]:
        """Examine all sources, those that are off last."""
        found = examine_sources(
            Source.objects.order_by("name", "pk"), now=timezone.now()
        )
        return sorted(found, key=lambda health: health.source.disabled_at is not None)

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the sources with their numbers."""
        for health in self.list_sources():
            yield {
                "name": health.source.name,
                "kind": health.source.get_kind_display(),
                "state": STATES[health.state],
                "last_at": health.last_at,
                "accepted": health.accepted,
                "rejected": health.rejected,
                "blocked": health.blocked,
                "duplicates": health.duplicates,
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sources."""
        rows = [source_row(health) for health in self.list_sources()]
        return super().get_context_data(rows=rows, **kwargs)


def source_row(health: Health) -> dict[str, Any]:
    """Collect what the list and the page show of a source."""
    return {
        "health": health,
        "source": health.source,
        "icon": KIND_ICONS[Source.Kind(health.source.kind)],
        "state": health.state,
        "state_title": STATES[health.state],
        "sentence": health_sentence(health),
        "bars": draw_bars(health),
    }


def draw_bars(health: Health) -> list[dict[str, str]]:
    """Draw the 24 bars in a square of a hundred; refused messages on top of the others."""
    scale = 100 / health.busiest
    return [
        {
            "title": hour_title(hour),
            "x": str(place * 10),
            "base": f"{100 - hour.accepted * scale:.1f}",
            "accepted": f"{hour.accepted * scale:.1f}" if hour.accepted else "",
            "top": f"{100 - hour.total * scale:.1f}",
            "refused": f"{hour.refused * scale:.1f}" if hour.refused else "",
        }
        for place, hour in enumerate(health.hours)
    ]


def hour_title(hour: Hour) -> str:
    """Say what an hour brought."""
    title = f"{timezone.localtime(hour.begins_at):%a %H:%M}: {hour.accepted:,} accepted"
    return f"{title}, {hour.refused:,} refused" if hour.refused else title


register_pages(
    [
        path("data/sources/", SourcesPage.as_view(), name="contacts_sources"),
        path(
            "data/sources/results/",
            SourcesPage.as_view(results_only=True),
            name="contacts_sources_results",
        ),
    ]
)
