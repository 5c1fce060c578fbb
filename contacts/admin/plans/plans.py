"""The list of tracking plans; a new one, its settings, and its end."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.plans.forms import NewPlanForm, PlanSettingsForm
from contacts.admin.site import register_pages
from contacts.models import Source, TrackingPlan
from contacts.plans import violations
from contacts.plans.edit import (
    REACTIONS,
    PlanChanged,
    PlanNameTaken,
    change_plan,
    create_plan,
    delete_plan,
)
from contacts.plans.rows import Row, rows_of
from contacts.plans.sheets import SheetRefused, read_sheet
from contacts.plans.traffic import observe
from contacts.templatetags.greenlight import ago, number

LIST_URL = "admin:contacts_plans"


class PlansPage(AdminPage):
    """Every plan with its size, who follows it, and what broke it lately."""

    title = "Tracking plans"
    permission_required = ("contacts.view_trackingplan",)
    shows_people = False
    template_name = "contacts/plans/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the plans; four queries, however many there are."""
        plans: QuerySet[Any] = (
            TrackingPlan.objects.annotate(
                event_count=Count("events", distinct=True),
                property_count=Count("events__properties", distinct=True),
            )
            .select_related("updated_by")
            .prefetch_related("sources")
            .order_by("name", "pk")
        )
        since = timezone.now() - timedelta(days=7)
        broken = violations.count_by_source(since=since)
        rows = list(plans)
        for plan in rows:
            plan.broken = sum(broken.get(each.pk, 0) for each in plan.sources.all())
        followers = {source.pk for plan in rows for source in plan.sources.all()}
        return super().get_context_data(
            plans=rows,
            unplanned=Source.objects.exclude(pk__in=followers).order_by("name", "pk"),
            **kwargs,
        )


class NewPlanPage(AdminPage):
    """The form for a new plan: empty, from traffic, as a copy, or from a file."""

    title = "New tracking plan"
    permission_required = ("contacts.add_trackingplan",)
    shows_people = False
    template_name = "contacts/plans/new.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Tracking plans", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, with what the address suggests."""
        query = self.request.GET
        origin = query.get("from", "traffic")
        initial = {
            "origin": origin,
            "plan": query.get("plan"),
            "sources": list(
                Source.objects.filter(plan=None).values_list("pk", flat=True)
            ),
        }
        kwargs.setdefault("form", NewPlanForm(initial=initial))
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Create the plan and open its grid, or say what is wrong."""
        form = NewPlanForm(request.POST, request.FILES)
        if form.is_valid():
            plan = self.create(form)
            if plan is not None:
                return redirect("admin:contacts_plan", pk=plan.pk)
        return self.render_to_response(self.get_context_data(form=form))

    def create(self, form: NewPlanForm) -> TrackingPlan | None:
        """Create the plan; None if its name or its file won't do, which the form says."""
        rows = self.rows(form)
        if rows is None:
            return None
        original = form.cleaned_data["plan"]
        is_copy = form.cleaned_data["origin"] == "copy"
        try:
            return create_plan(
                name=form.cleaned_data["name"],
                rows=rows,
                description=original.description if is_copy else "",
                reactions={each: getattr(original, each) for each in REACTIONS}
                if is_copy
                else None,
                user=self.user,
                now=timezone.now(),
            )
        except PlanNameTaken as taken:
            form.add_error(
                "name", f"There is a plan “{taken}” already. Choose another name."
            )
            return None

    def rows(self, form: NewPlanForm) -> list[Row] | None:
        """Find the rows that the plan starts with; None if the file can't be read."""
        values = form.cleaned_data
        if values["origin"] == "copy":
            return rows_of(values["plan"])
        if values["origin"] == "traffic":
            return observe(
                source_ids=[source.pk for source in values["sources"]],
                since=timezone.now() - timedelta(days=int(values["period"] or 7)),
                shows_examples=self.may_see_people,
            )
        if values["origin"] == "empty":
            return []
        try:
            reading = read_sheet(values["file"].read())
        except SheetRefused as refused:
            form.add_error("file", str(refused))
            return None
        for error in reading.errors[:10]:
            form.add_error("file", f"Line {error.row + 2}: {error.message}")
        return None if reading.errors else reading.rows


class OnePlanPage(AdminPage):
    """The base of pages about one plan, named by ``pk`` in the address."""

    permission_required: tuple[str, ...] = ("contacts.view_trackingplan",)
    shows_people = False

    def find_row(self) -> None:
        """Find the plan."""
        plans = TrackingPlan.objects.select_related("updated_by")
        self.plan = get_object_or_404(plans, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name the plan."""
        return self.plan.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Tracking plans", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the plan."""
        return super().get_context_data(plan=self.plan, **kwargs)


class PlanSettingsPage(OnePlanPage):
    """The form with the name, the sources, and what happens to what breaks the plan."""

    permission_required = ("contacts.change_trackingplan",)
    template_name = "contacts/plans/settings.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, filled with what is known."""
        plan = self.plan
        initial = {
            "name": plan.name,
            "description": plan.description,
            "sources": list(plan.sources.values_list("pk", flat=True)),
            "revision": plan.revision,
            **{each: getattr(plan, each) for each in REACTIONS},
        }
        kwargs.setdefault("form", PlanSettingsForm(initial=initial, plan=plan))
        return super().get_context_data(reactions=REACTIONS, **kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Save and go back to the grid, or show what is wrong."""
        form = PlanSettingsForm(request.POST, plan=self.plan)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        values = form.cleaned_data
        try:
            change_plan(
                plan=self.plan,
                name=values["name"],
                description=values["description"],
                reactions={each: values[each] for each in REACTIONS},
                source_ids=[source.pk for source in values["sources"]],
                revision=values["revision"],
                user=self.user,
                now=timezone.now(),
            )
        except PlanChanged as changed:
            form.add_error(None, conflict(changed.plan))
            return self.render_to_response(self.get_context_data(form=form))
        messages.success(request, "The settings of the plan are saved.")
        return redirect("admin:contacts_plan", pk=pk)


class PlanDeletePage(OnePlanPage):
    """Say what deleting a plan means, and do it."""

    permission_required = ("contacts.delete_trackingplan",)
    template_name = "contacts/plans/delete.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add who follows it."""
        return super().get_context_data(
            sources=self.plan.sources.order_by("name", "pk"), **kwargs
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Delete the plan."""
        delete_plan(plan=self.plan)
        messages.success(request, f"The plan “{self.plan.name}” is gone.")
        return redirect(LIST_URL)


def conflict(plan: TrackingPlan) -> str:
    """Say who has changed a plan meanwhile, and what to do."""
    who = plan.updated_by.get_username() if plan.updated_by else "Somebody"
    return (
        f"{who} changed this plan {ago(plan.updated_at)}, so your changes are not saved:"
        f" they would undo revision {number(plan.revision)}. Open the plan in a new tab to"
        " see it, then reload this page and make your changes again."
    )


register_pages(
    [
        path("data/plans/", PlansPage.as_view(), name="contacts_plans"),
        path("data/plans/new/", NewPlanPage.as_view(), name="contacts_plan_new"),
        path(
            "data/plans/<int:pk>/settings/",
            PlanSettingsPage.as_view(),
            name="contacts_plan_settings",
        ),
        path(
            "data/plans/<int:pk>/delete/",
            PlanDeletePage.as_view(),
            name="contacts_plan_delete",
        ),
    ]
)
