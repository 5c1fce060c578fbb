"""A trait: how its values are distributed, what needs it, and what feeds it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from audiences import catalog, traits, usage
from audiences.admin.traits.picture import picture_of
from audiences.admin.traits.words import remarks_on, sentence_of, state_of
from audiences.conditions.errors import ConditionError
from audiences.conditions.traits import Aggregate, Formula, parse_trait
from audiences.distributions import all_values, sample_values
from audiences.models import Trait
from audiences.previews.advice import warnings_of_trait
from audiences.previews.limits import TookTooLong, limited
from audiences.selection import all_names
from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.models import EventType

SAMPLE_SIZE = 8


class TraitPage(CsvExportMixin, AdminPage):
    """The page of a trait; ``results_only`` is what is looked up while it is measured."""

    title = "Trait"
    permission_required = ("audiences.view_trait",)
    shows_people = False
    csv_shows_people = True
    template_name = "audiences/trait.html"
    results_template_name = "audiences/_trait_measured.html"
    csv_headers: Mapping[str, str] = {
        "email": "Email",
        "first_name": "First name",
        "last_name": "Last name",
        "value": "Value",
    }

    def find_row(self) -> None:
        """Find the trait."""
        self.trait = get_object_or_404(Trait, pk=self.kwargs["pk"])
        self.csv_name = self.trait.name

    def get_title(self) -> str:
        """Name the trait."""
        return self.trait.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Traits", reverse("admin:audiences_trait_changelist"))]

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List everybody's values for the file."""
        for row in all_values(self.trait.definition, as_of=timezone.now()):
            yield dict(zip(self.csv_headers, row, strict=True))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Collect what was measured, and for the whole page what is around it."""
        trait = self.trait
        label, color = state_of(trait)
        context: dict[str, Any] = {
            "trait": trait,
            "state": label,
            "color": color,
            "picture": picture_of(trait.measured) if trait.measured else None,
            "remarks": list(remarks_on(trait.definition, trait.measured)),
            "is_waiting": not trait.measured and not trait.measure_error,
            **kwargs,
        }
        if not self.results_only:
            context |= {
                "sentence": sentence_of(trait.definition, all_names()),
                "uses": usage.uses_of_traits([trait.pk])[trait.pk],
                **self.find_sources(),
            }
        return super().get_context_data(**context)

    def find_sources(self) -> dict[str, Any]:
        """Find what feeds the trait: events, or the traits of a formula; and what is odd."""
        definition = self.trait.definition
        try:
            parsed = parse_trait(definition)
        except ConditionError:
            return {}
        if isinstance(parsed, Formula):
            rows = Trait.objects.filter(pk__in=[parsed.left, parsed.right])
            return {"parts": list(rows.order_by("name", "pk"))}
        now = timezone.now()
        return {
            "event": _event(parsed),
            "warnings": warnings_of_trait(definition, as_of=now),
        }


def _event(trait: Aggregate) -> dict[str, str]:
    """Name the event that feeds a trait, with the page of what is known of it."""
    known = EventType.objects.filter(kind="track", name=trait.event).first()
    url = reverse("admin:contacts_event_type", args=[known.pk]) if known else ""
    return {"label": catalog.event_label(trait.event), "url": url}


class TraitSamplePage(AdminPage):
    """Some people with their values, looked up when the page is there."""

    title = "Some people"
    permission_required = ("audiences.view_trait",)
    results_only = True
    results_template_name = "audiences/_trait_sample.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Compute the values of some people now."""
        trait = get_object_or_404(Trait, pk=self.kwargs["pk"])
        now = timezone.now()
        try:
            with limited():
                sample = sample_values(trait.definition, as_of=now, size=SAMPLE_SIZE)
        except (TookTooLong, ConditionError):
            sample = []
        return super().get_context_data(sample=sample, **kwargs)


class TraitDeletePage(AdminPage):
    """Delete a trait that nothing needs."""

    title = "Trait"
    permission_required = ("audiences.change_trait",)
    shows_people = False
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponseBase:
        """Delete it, or say what needs it."""
        trait = get_object_or_404(Trait, pk=pk)
        try:
            traits.delete_trait(trait)
        except traits.TraitInUse as error:
            names = ", ".join(f"“{use.name}”" for use in error.uses)
            messages.error(
                request,
                f"“{trait.name}” is in use by {names}. Take it out there first.",
            )
            return redirect("admin:audiences_trait_change", pk)
        messages.success(request, f"“{trait.name}” is deleted.")
        return redirect("admin:audiences_trait_changelist")


register_pages(
    [
        path(
            "audiences/trait/<int:pk>/change/",
            admin.site.admin_view(TraitPage.as_view()),
            name="audiences_trait_change",
        ),
        path(
            "audiences/trait/<int:pk>/measured/",
            admin.site.admin_view(TraitPage.as_view(results_only=True)),
            name="audiences_trait_measured",
        ),
        path(
            "audiences/trait/<int:pk>/sample/",
            admin.site.admin_view(TraitSamplePage.as_view()),
            name="audiences_trait_sample",
        ),
        path(
            "audiences/trait/<int:pk>/delete/",
            admin.site.admin_view(TraitDeletePage.as_view()),
            name="audiences_trait_delete",
        ),
    ]
)
