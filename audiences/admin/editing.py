"""Make and change an audience; archive, restore, delete and fill it again."""

import re
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode

from audiences import definitions
from audiences.conditions.errors import ConditionError
from audiences.explain.overlap import read_ids, rule_of_ids
from audiences.forms import FROM_NOW, AudienceForm, builder_urls
from audiences.memberships.fill import start_filling
from audiences.models import Audience
from audiences.models.audience import Telling
from audiences.starters.begin import begin
from audiences.starters.gallery import STARTERS
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.schema import register_event_link
from contacts.admin.site import register_pages

COPY_OF = "copy"
WHO_DID = "event"
START = "start"


class AudienceEditPage(AdminPage):
    """The rule of an audience, with its builder and its live preview."""

    title = "New audience"
    permission_required = ("audiences.change_audience",)
    shows_people = False
    template_name = "audiences/edit.html"
    http_method_names = ["get", "post"]

    def find_row(self) -> None:
        """Find the audience, if one is changed."""
        self.audience: Audience | None = None
        if "pk" in self.kwargs:
            self.audience = get_object_or_404(Audience, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name what is changed."""
        return f"Edit “{self.audience.name}”" if self.audience else self.title

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list, and to the audience."""
        crumbs = [Crumb("Audiences", reverse("admin:audiences_audience_changelist"))]
        if self.audience:
            crumbs.append(Crumb(self.audience.name, audience_url(self.audience)))
        return crumbs

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the form; ``?start=``, ``?copy=``, ``?event=``, ``?in=`` say what it starts from."""
        initial: dict[str, Any] = {}
        begun = None
        if self.audience is None:
            trait = request.GET.get("trait", "")
            begun = begin(
                request.GET.get(START, ""),
                now=timezone.now(),
                trait_id=int(trait) if re.fullmatch("[0-9]{1,18}", trait) else None,
            )
            initial = dict(begun.initial) if begun else {}
        source = request.GET.get(COPY_OF, "")
        if source.isdigit() and self.audience is None:
            original = get_object_or_404(Audience, pk=int(source))
            initial = {
                "name": f"{original.name[:110]} (copy)",
                "description": original.description,
                "rule": original.rule,
            }
            if original.counts_from:
                initial["history"] = FROM_NOW
        event = request.GET.get(WHO_DID, "").replace("\0", "")[:200]
        if event and self.audience is None:
            initial = {"name": f"Did {event}"[:120], "rule": did(event)}
        inside, outside = (read_ids(request.GET, name) for name in ("in", "not_in"))
        if inside and self.audience is None:
            initial = {"rule": rule_of_ids(inside, outside)}
        form = AudienceForm(instance=self.audience, initial=initial)
        offers_starters = not initial and self.audience is None
        return self.show(
            form,
            begun=begun,
            starters=list(STARTERS.values()) if offers_starters else [],
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Save, and lead to the audience, where its filling shows."""
        instance = self.audience or Audience()
        form = AudienceForm(request.POST, instance=instance)
        if not form.is_valid():
            return self.show(form)
        now = timezone.now()
        fields = {**form.cleaned_data, "now": now, "user": request.user}
        counts_from = now if fields.pop("history") == FROM_NOW else None
        tells = fields.pop("tells") or Telling.ENTERING
        try:
            if self.audience:
                saved = definitions.change_audience(
                    self.audience, tells=tells, **fields
                )
            else:
                saved = definitions.create_audience(counts_from=counts_from, **fields)
        except ConditionError as error:
            form.add_error("rule", error.message)
            return self.show(form)
        return redirect(audience_url(saved))

    def show(self, form: AudienceForm, **above: Any) -> HttpResponse:
        """Render the form with the preview beside it, and what is above it."""
        context = {
            **above,
            "form": form,
            "audience": self.audience,
            "prefix": form["rule"].html_name,
            "edited": self.audience.pk if self.audience else "",
            **builder_urls(),
        }
        return self.render_to_response(self.get_context_data(**context))


def did(event: str) -> dict[str, Any]:
    """Write the rule of everybody who has ever done an event."""
    condition = {
        "kind": "event",
        "name": event,
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [],
    }
    return {"kind": "all", "conditions": [condition]}


def audience_of_event(event: str) -> str:
    """Lead to a new audience of those who did an event."""
    address = reverse("admin:audiences_audience_add")
    return f"{address}?{urlencode({WHO_DID: event})}"


register_event_link(
    "Make an audience of them", audience_of_event, permission="audiences.add_audience"
)


class AudienceActionPage(AdminPage):
    """One button of an audience's page: archive, restore, delete, fill again."""

    title = "Audience"
    permission_required = ("audiences.change_audience",)
    shows_people = False
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *, pk: int, action: str) -> HttpResponseBase:
        """Do it, and say what became of it."""
        audience = get_object_or_404(Audience, pk=pk)
        now = timezone.now()
        acting: dict[str, Any] = {"now": now, "user": request.user}
        try:
            if action == "archive":
                definitions.archive_audience(audience, **acting)
                messages.success(request, f"“{audience.name}” is archived.")
            elif action == "restore":
                definitions.restore_audience(audience, now=now)
            elif action == "refill":
                start_filling(audience, now=now, user_id=request.user.pk)
            else:
                definitions.delete_audience(audience, now=now)
                messages.success(request, f"“{audience.name}” is deleted.")
                return redirect("admin:audiences_audience_changelist")
        except definitions.AudienceInUse as error:
            names = ", ".join(f"“{use.name}”" for use in error.uses)
            messages.error(
                request,
                f"“{audience.name}” is in use by {names}. Take it out there first.",
            )
        return redirect(audience_url(audience))


def audience_url(audience: Audience) -> str:
    """Give the address of an audience's page."""
    return reverse("admin:audiences_audience_change", args=[audience.pk])


edit_view = admin.site.admin_view(AudienceEditPage.as_view())
register_pages(
    [
        path("audiences/audience/add/", edit_view, name="audiences_audience_add"),
        path(
            "audiences/audience/<int:pk>/edit/",
            edit_view,
            name="audiences_audience_edit",
        ),
        *(
            path(
                f"audiences/audience/<int:pk>/{action}/",
                admin.site.admin_view(AudienceActionPage.as_view()),
                {"action": action},
                name=f"audiences_audience_{action}",
            )
            for action in ("archive", "restore", "delete", "refill")
        ),
    ]
)
