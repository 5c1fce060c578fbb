"""The versions of a campaign: what was published when, what is different, and back to the draft."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone

from campaigns.admin.difference_words import (
    PART_TITLES,
    Line,
    part_lines,
    step_lines,
    summary_of,
)
from campaigns.admin.draft import CampaignPage, DraftPage
from campaigns.admin.sentences import sentence_within
from campaigns.admin.step_kinds import look_of
from campaigns.changing.plan import waiting_people
from campaigns.flows.definition import (
    Document,
    Step,
    side_titles,
    sides_of,
    walk_steps,
)
from campaigns.flows.diff import Differences, differences
from campaigns.models import CampaignVersion, Enrollment
from contacts.admin.base import Crumb
from contacts.admin.site import register_pages

DRAFT = "draft"


@dataclass(frozen=True)
class Shown:
    """A step in one of the two columns."""

    step: Step
    sentence: str
    icon: str
    words: tuple[str, ...]
    lines: list[Line]
    count: int
    sides: list[tuple[str, list["Shown"]]]


@dataclass(frozen=True)
class Painter:
    """What is needed to show a flow beside another one."""

    document: Document
    found: Differences
    lines: Mapping[str, list[Line]]
    counts: Mapping[str, int]

    def column(self, steps: list[Step]) -> list[Shown]:
        """Show some steps, with what became of each."""
        say = sentence_within(self.document)
        changes = self.found.by_key
        return [
            Shown(
                step,
                say(step),
                look_of(step)["icon"],
                changes[step["key"]].words if step["key"] in changes else (),
                self.lines.get(step["key"], []),
                self.counts.get(step["key"], 0),
                [
                    (side_titles(step)[name], self.column(side))
                    for name, side in sides_of(step).items()
                ],
            )
            for step in steps
        ]


class VersionsPage(CampaignPage):
    """All versions, the newest first, with who is inside of each."""

    title = "Versions"
    template_name = "campaigns/versions.html"

    def get_title(self) -> str:
        """Say whose versions."""
        return f"Versions of “{self.campaign}”"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the versions; three queries."""
        versions = list(
            self.campaign.versions.select_related("published_by").order_by("-number")
        )
        inside = dict(
            Enrollment.objects.filter(
                campaign=self.campaign, state=Enrollment.State.ACTIVE
            )
            .values_list("version")
            .annotate(count=Count("pk"))
            .order_by("version")
        )
        older = [*versions[1:], None] if versions else []
        return super().get_context_data(
            versions=[
                {
                    "version": version,
                    "inside": inside.get(version.pk, 0),
                    "before": before,
                    "summary": summary_of(
                        differences(before.definition, version.definition)
                    )
                    if before
                    else [],
                }
                for version, before in zip(versions, older, strict=True)
            ],
            **kwargs,
        )


class ComparePage(CampaignPage):
    """Two versions, or one and the draft, beside each other."""

    title = "Compare"
    template_name = "campaigns/compare.html"

    def get_title(self) -> str:
        """Say what is compared."""
        return f"{self.name_of('old')} and {self.name_of('new').lower()}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the versions."""
        versions = Crumb("Versions", self.url("campaigns_versions"))
        return [*super().get_breadcrumbs(), versions]

    def find_row(self) -> None:
        """Find both; at first what runs, and the draft."""
        super().find_row()
        published = self.campaign.published
        first = str(published.number) if published else DRAFT
        self.names = {
            "old": self.request.GET.get("old", first),
            "new": self.request.GET.get("new", DRAFT),
        }
        self.versions = {side: self.find_version(side) for side in self.names}

    def find_version(self, side: str) -> CampaignVersion | None:
        """Find the version that is meant; None for the draft."""
        name = self.names[side]
        if name == DRAFT:
            return None
        if not (name.isascii() and name.isdigit() and len(name) < 9):
            raise Http404("No such version")
        return get_object_or_404(self.campaign.versions, number=int(name))

    def name_of(self, side: str) -> str:
        """Name what is on one side."""
        version = self.versions[side]
        return f"Version {version.number}" if version else "The draft"

    def document_of(self, side: str) -> Document:
        """Give the document of one side."""
        version = self.versions[side]
        return version.definition if version else self.campaign.draft

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add both flows, and what is different."""
        old, new = self.document_of("old"), self.document_of("new")
        found = differences(old, new)
        lines = {change.key: step_lines(change, old, new) for change in found.steps}
        numbers = self.campaign.versions.order_by("-number")
        return super().get_context_data(
            names=self.names,
            old_name=self.name_of("old"),
            new_name=self.name_of("new"),
            choices=[
                (DRAFT, "The draft"),
                *(
                    (str(number), f"Version {number}")
                    for number in numbers.values_list("number", flat=True)
                ),
            ],
            found=found,
            summary=summary_of(found),
            parts=[
                (PART_TITLES[part], part_lines(part, found, old, new))
                for part in found.parts
            ],
            old_steps=self.paint("old", found, {}),
            new_steps=self.paint("new", found, lines),
            step_count=len(list(walk_steps(new["steps"]))),
            **kwargs,
        )

    def paint(
        self, side: str, found: Differences, lines: Mapping[str, list[Line]]
    ) -> list[Shown]:
        """Show the flow of one side, with who waits where on it."""
        document, version = self.document_of(side), self.versions[side]
        counts: dict[str, int] = {}
        if version is not None:
            for waiting in waiting_people(self.campaign, now=timezone.now()):
                if waiting.version.pk == version.pk:
                    known = counts.get(waiting.place, 0)
                    counts[waiting.place] = known + waiting.count
        return Painter(document, found, lines, counts).column(document["steps"])


class RestorePage(DraftPage):
    """Puts a version into the draft, as one edit that can be undone."""

    title = "Restore"
    page_name = "campaigns_versions"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Restore it, and show the draft."""
        version = get_object_or_404(self.campaign.versions, number=kwargs["number"])
        document = without_compiled(version.definition)
        if self.save(document, f"Put version {version.number} into the draft"):
            messages.success(
                request,
                f"The draft is now as version {version.number} was. Nobody gets it until"
                " you publish it; Undo takes it back.",
            )
            return redirect(self.url("campaigns_review"))
        messages.warning(
            request,
            "Somebody changed the draft in the meantime, so nothing was restored."
            " Look at it again first.",
        )
        return redirect(self.url("campaigns_versions"))


def without_compiled(definition: Document) -> Document:
    """Copy a published document as it was drafted."""
    document = deepcopy(definition)
    for step in walk_steps(document["steps"]):
        if isinstance(step.get("content"), dict):
            step["content"].pop("compiled", None)
    return document


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/versions/",
            VersionsPage.as_view(),
            name="campaigns_versions",
        ),
        path(
            "campaigns/campaign/<int:pk>/versions/compare/",
            ComparePage.as_view(),
            name="campaigns_compare",
        ),
        path(
            "campaigns/campaign/<int:pk>/versions/<int:number>/restore/",
            RestorePage.as_view(),
            name="campaigns_restore_version",
        ),
    ]
)
