"""Whether the work gets done, the passes that an error has stopped, and the books."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from campaigns.engine import failed
from campaigns.flows.definition import find_step
from campaigns.models import Campaign, Enrollment
from campaigns.seeing.balance.books import balance
from campaigns.seeing.health import examine
from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.templatetags.greenlight import number
from referrals.setbacks import list_setbacks, try_again

PER_PAGE = 25
MOST_AT_ONCE = 5_000
PERMISSION = "campaigns.publish_campaign"


class OperationsPage(CsvExportMixin, AdminPage):
    """Lag, queue and workers, looked at again by itself; below it whom an error has stopped."""

    title = "Operations"
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/operations.html"
    results_template_name = "campaigns/_operations_health.html"
    csv_name = "people whom an error has stopped"
    csv_headers = {
        "name": "Name",
        "email": "Email",
        "campaign": "Campaign",
        "step": "Step",
        "ended_at": "Stopped",
        "error": "Error",
    }

    def get_rows(self) -> QuerySet[Enrollment]:
        """List who was stopped, the latest first."""
        return (
            failed.failed_enrollments()
            .select_related("contact", "campaign", "version")
            .order_by("-ended_at", "-pk")
        )

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List all of them for the file."""
        for enrollment in self.get_rows().iterator(chunk_size=2_000):
            yield {
                "name": enrollment.contact.name,
                "email": enrollment.contact.email,
                "campaign": enrollment.campaign.name,
                "step": step_name(enrollment),
                "ended_at": enrollment.ended_at,
                "error": enrollment.error,
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Examine everything; the list only for the whole page."""
        context = {"health": examine(now=timezone.now()), **kwargs}
        if not self.results_only:
            page = Paginator(self.get_rows(), PER_PAGE).get_page(
                self.request.GET.get("page")
            )
            context |= {
                "rows": [(one, step_name(one)) for one in page.object_list],
                "page_obj": page,
                "total": page.paginator.count,
                "may_decide": self.request.user.has_perm(PERMISSION),
                "setbacks": list_setbacks()[:PER_PAGE],
                "setbacks_total": list_setbacks().count(),
            }
        return super().get_context_data(
            results_url=reverse("admin:campaigns_operations_results"), **context
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let one, those on the page or all go on; or give them up."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        if "setback" in request.POST:
            return self._try_again(request)
        rows = self.get_rows()
        if "all" not in request.POST:
            chosen = [request.POST.get("one", "")] if "one" in request.POST else []
            chosen = chosen or request.POST.getlist("enrollment")
            ids = [int(one) for one in chosen if one.isdecimal() and len(one) < 19]
            rows = rows.filter(pk__in=ids)
        found = list(rows[:MOST_AT_ONCE])
        if request.POST.get("what") == "give_up":
            given_up = failed.give_up(found)
            messages.success(request, f"{number(given_up)} given up.")
        else:
            tell_retried(request, failed.retry(found, now=timezone.now()))
        return HttpResponseRedirect(reverse("admin:campaigns_operations"))

    def _try_again(self, request: HttpRequest) -> HttpResponseBase:
        """Try one thing at once that has failed for somebody in a referral program, or all."""
        chosen, rows = request.POST["setback"], list_setbacks()
        if chosen != "all":
            is_number = chosen.isdecimal() and len(chosen) < 19
            rows = rows.filter(pk=int(chosen)) if is_number else rows.none()
        count = try_again(rows[:MOST_AT_ONCE], now=timezone.now())
        messages.success(request, f"{number(count)} tried again within a minute.")
        return HttpResponseRedirect(reverse("admin:campaigns_operations"))


class BalancePage(AdminPage):
    """The books, counted again from the raw rows when the page is opened."""

    title = "Do the books balance?"
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/balance.html"
    results_template_name = "campaigns/_balance_results.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to operations."""
        return [Crumb("Operations", reverse("admin:campaigns_operations"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count, in the part that is loaded afterwards: it reads whole tables."""
        campaigns = Campaign.objects.exclude(started_at=None).order_by("name", "pk")
        chosen = self.request.GET.get("campaign", "")
        number_chosen = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else None
        if number_chosen and number_chosen not in campaigns.values_list(
            "pk", flat=True
        ):
            raise Http404("There is no such campaign.")
        context: dict[str, Any] = {}
        if self.results_only:
            entries = balance(number_chosen)
            context = {
                "entries": entries,
                "broken": sum(not entry.holds for entry in entries),
                "counted_at": timezone.now(),
                "names": dict(campaigns.values_list("pk", "name")),
            }
        return super().get_context_data(
            campaigns=campaigns,
            chosen=number_chosen,
            results_url=reverse("admin:campaigns_balance_results"),
            **context,
            **kwargs,
        )


def step_name(enrollment: Enrollment) -> str:
    """Name the step before which a pass stands."""
    step = find_step(enrollment.version.definition, enrollment.step_key)
    return step["name"] if step else ""


def tell_retried(request: HttpRequest, retried: failed.Retried) -> None:
    """Say how many go on."""
    if retried.going_on:
        noun = "person goes" if retried.going_on == 1 else "people go"
        messages.success(request, f"{number(retried.going_on)} {noun} on.")
    if retried.left:
        messages.info(
            request,
            f"{number(retried.left)} can’t go on: the campaign was stopped, or they are in it"
            " again by now.",
        )


register_pages(
    [
        path(
            "campaigns/operations/",
            OperationsPage.as_view(),
            name="campaigns_operations",
        ),
        path(
            "campaigns/operations/health/",
            OperationsPage.as_view(results_only=True, shows_people=False),
            name="campaigns_operations_results",
        ),
        path("campaigns/balance/", BalancePage.as_view(), name="campaigns_balance"),
        path(
            "campaigns/balance/results/",
            BalancePage.as_view(results_only=True),
            name="campaigns_balance_results",
        ),
    ]
)
