"""The page on which a draft is rehearsed on a past period, and what came of it."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property

from audiences.admin.audience_base import read_as_of
from campaigns.admin.draft import CampaignPage
from campaigns.flows.definition import find_step
from campaigns.guardrails.reasons import LABELS
from campaigns.local_time import choose_zone
from campaigns.models import Refusal, Rehearsal, RehearsedPerson
from campaigns.rehearsal.running import (
    NoSuchPeriod,
    NotRehearsable,
    request_rehearsal,
)
from campaigns.reports.likely import likely_answers
from contacts.admin.base import (
    Crumb,
    CsvExportMixin,
    WorkProgressPage,
    progress_context,
)
from contacts.admin.site import register_pages
from contacts.models.work import WorkState

What = RehearsedPerson.What
PERIODS = ((7, "Last 7 days"), (30, "Last 30 days"), (90, "Last 90 days"))
PER_PAGE = 50
TABS = (
    (What.ASKED, "Asked"),
    (What.HELD, "Held"),
    (What.REFUSED, "Not let in"),
    (What.MISSED, "Really asked, but not by the draft"),
)
REASONS = {**LABELS, **dict(Refusal.Reason.choices)}
MOST_EARLIER = 8


class RehearsalPage(CsvExportMixin, CampaignPage):
    """Choose a period and start; how far it is; and then the numbers and the people."""

    title = "Rehearsal"
    shows_people = True
    template_name = "campaigns/rehearsal.html"
    results_template_name = "campaigns/_rehearsed_people.html"
    csv_headers = {
        "name": "Name",
        "email": "Email",
        "what": "What",
        "local": "Local time",
        "zone": "Time zone",
        "reason": "Why",
        "step": "Step",
        "really_at": "Really asked at",
        "rival": "Then asked by",
        "rival_at": "Then asked at",
    }

    def get_title(self) -> str:
        """Say what is rehearsed."""
        return f"Rehearsal of “{self.campaign}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the review."""
        return [
            *super().get_breadcrumbs(),
            Crumb("Review", self.url("campaigns_review")),
        ]

    @property
    def csv_name(self) -> str:  # type: ignore[override]  # of this rehearsal
        """Name the file."""
        return f"rehearsal of {self.campaign}"

    @cached_property
    def rehearsal(self) -> Rehearsal | None:
        """Fetch the one that was chosen, or the latest."""
        own = self.campaign.rehearsals.select_related("created_by").order_by("-pk")
        chosen = self.request.GET.get("rehearsal", "")
        if not chosen:
            return own.first()
        found = (
            own.filter(pk=int(chosen))
            if chosen.isdecimal() and len(chosen) < 19
            else own.none()
        )
        if not found:
            raise Http404("There is no such rehearsal.")
        return found[0]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask for a rehearsal of the draft as it is."""
        if not self.can_edit:
            raise PermissionDenied
        now = timezone.now()
        starts_at, ends_at = read_period(request, now)
        try:
            request_rehearsal(
                campaign=self.campaign,
                starts_at=starts_at,
                ends_at=ends_at,
                user=self.user,
                now=now,
            )
        except NoSuchPeriod as error:
            messages.error(request, str(error))
        except NotRehearsable:
            messages.error(
                request, "Mend the draft first; the review says what is wrong."
            )
            return redirect(self.url("campaigns_review"))
        return redirect(self.url("campaigns_rehearsal"))

    def get_people(self) -> QuerySet[RehearsedPerson]:
        """List who is in the part that was chosen, in the order in which it would have been."""
        own = RehearsedPerson.objects.filter(rehearsal=self.rehearsal, what=self.what)
        if self.only == "rival":
            own = own.exclude(rival="")
        elif self.only == "new":
            own = own.filter(really_at=None)
        elif self.only:
            own = own.filter(reason=self.only)
        return own.select_related("contact").order_by("at", "contact_id", "pk")

    @property
    def what(self) -> str:
        """Which people are shown."""
        chosen = self.request.GET.get("what", "")
        return chosen if chosen in What.values else What.ASKED

    @property
    def only(self) -> str:
        """Which of them: those with a reason, new ones, those whom another campaign asked."""
        return self.request.GET.get("only", "")[:40]

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List all of them for the file."""
        for one in self.get_people().iterator(chunk_size=2_000):
            yield {
                "name": one.contact.name,
                "email": one.contact.email,
                "what": one.get_what_display(),
                "local": local(one).strftime("%Y-%m-%d %H:%M"),
                "zone": one.zone,
                "reason": REASONS.get(one.reason, one.reason),
                "step": self.step_name(one.step_key),
                "really_at": one.really_at,
                "rival": one.rival,
                "rival_at": one.rival_at,
            }

    def step_name(self, key: str) -> str:
        """Name a step of what was rehearsed."""
        step = find_step(self.rehearsal.document, key) if self.rehearsal else None
        return step["name"] if step else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the rehearsal, or how far it is."""
        now = timezone.now()
        chosen = self.rehearsal
        context: dict[str, Any] = {
            "rehearsal": chosen,
            "periods": PERIODS,
            "earlier": self.campaign.rehearsals.filter(state=WorkState.DONE).order_by(
                "-pk"
            )[:MOST_EARLIER],
            "has_changed": chosen is not None
            and chosen.document != self.campaign.draft,
        }
        if chosen and chosen.state == WorkState.DONE:
            context |= self.results_of(chosen)
        elif chosen:
            context |= progress_context(
                chosen,
                url_name="admin:campaigns_rehearsal_progress",
                may_stop=self.can_edit,
                now=now,
            )
        return super().get_context_data(**context, **kwargs)

    def results_of(self, rehearsal: Rehearsal) -> dict[str, Any]:
        """Put the numbers into words, and fetch a page of people."""
        counts = rehearsal.results
        page = Paginator(self.get_people(), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        return {
            "counts": counts,
            "days_chart": draw_days(counts["days"]),
            "hours_chart": draw([f"{hour}" for hour in range(24)], counts["hours"]),
            "held": said(counts["held"]),
            "refused": said(counts["refused"]),
            "rivals": list(counts["rivals"].items()),
            "new": counts["asked_people"] - counts["both"],
            "answers": likely_answers(
                self.campaign, asks=counts["asked"], now=timezone.now()
            ),
            "tabs": TABS,
            "what": self.what,
            "only": self.only,
            "only_label": REASONS.get(self.only, ""),
            "page_obj": page,
            "rows": [(one, local(one), self.step_name(one.step_key)) for one in page],
            "reasons": REASONS,
            "results_url": self.url("campaigns_rehearsal_people"),
        }


class RehearsalProgressPage(WorkProgressPage):
    """How far a rehearsal is."""

    model = Rehearsal
    permission_required = ("campaigns.view_campaign",)
    stop_permission = "campaigns.change_campaign"
    url_name = "admin:campaigns_rehearsal_progress"


def read_period(request: HttpRequest, now: datetime) -> tuple[datetime, datetime]:
    """Read the period of the form: some days up to now, or from a day to a day."""
    days = request.POST.get("days", "")
    ends_at = now.replace(second=0, microsecond=0)
    if days.isdecimal() and len(days) < 4:
        return ends_at - timedelta(days=int(days)), ends_at
    starts_at = read_as_of(request.POST.get("from", "")) or ends_at
    last = read_as_of(request.POST.get("until", ""))
    return starts_at, min(last + timedelta(days=1), ends_at) if last else ends_at


def local(one: RehearsedPerson) -> datetime:
    """Say what the clock of the person would have shown; without a zone, so that it stays so."""
    return one.at.astimezone(choose_zone(one.zone, "UTC")).replace(tzinfo=None)


def said(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Put words to reasons: code, words, and how many people."""
    return [(code, str(REASONS.get(code, code)), n) for code, n in counts.items()]


def draw_days(days: list[list[Any]]) -> str:
    """Draw the asks of each day."""
    names = [f"{date.fromisoformat(day):%-d %b}" for day, _ in days]
    return draw(names, [count for _, count in days])


def draw(labels: list[str], counts: list[int]) -> str:
    """Write the data of a chart for the theme's Chart.js, as JSON."""
    return json.dumps(
        {
            "labels": labels,
            "datasets": [
                {
                    "label": "Asks",
                    "data": counts,
                    "backgroundColor": "var(--color-primary-600)",
                    "displayYAxis": True,
                }
            ],
        }
    )


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/rehearsal/",
            RehearsalPage.as_view(),
            name="campaigns_rehearsal",
        ),
        path(
            "campaigns/campaign/<int:pk>/rehearsal/people/",
            RehearsalPage.as_view(results_only=True),
            name="campaigns_rehearsal_people",
        ),
        path(
            "campaigns/rehearsals/<int:pk>/progress/",
            RehearsalProgressPage.as_view(),
            name="campaigns_rehearsal_progress",
        ),
    ]
)
