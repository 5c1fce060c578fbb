"""All funnels; the form that makes or changes one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.funnels.report import LIST_URL, OneFunnelPage
from contacts.admin.site import register_pages
from contacts.funnels.edit import FunnelRefused, save_funnel
from contacts.funnels.stages import (
    LONGEST_EVENT,
    LONGEST_NAME,
    MOST_EVENTS,
    MOST_STAGES,
    TEMPLATES,
    Stage,
    StagesRefused,
    event_names,
    from_template,
    stages_of,
)
from contacts.models import Funnel


class FunnelsPage(AdminPage):
    """Every funnel with its stages."""

    title = "Funnels"
    permission_required = ("contacts.view_funnel",)
    shows_people = False
    template_name = "contacts/funnels/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the funnels; one query."""
        funnels = Funnel.objects.select_related("created_by").order_by("name", "pk")
        return super().get_context_data(
            funnels=[(funnel, stages_of(funnel)) for funnel in funnels],
            templates={word: title for word, (title, _) in TEMPLATES.items()},
            **kwargs,
        )


class FunnelEditPage(AdminPage):
    """The form of a funnel: its stages, the events that mean them, and the window."""

    shows_people = False
    template_name = "contacts/funnels/edit.html"
    results_template_name = "contacts/funnels/_stages.html"
    http_method_names = ["get", "post"]

    def get_permission_required(self) -> tuple[str, ...]:
        """Making one and changing one are two permissions."""
        return (
            ("contacts.change_funnel",)
            if "pk" in self.kwargs
            else ("contacts.add_funnel",)
        )

    def find_row(self) -> None:
        """Find the funnel, if one is changed."""
        self.funnel: Funnel | None = None
        if "pk" in self.kwargs:
            self.funnel = get_object_or_404(Funnel, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name what is changed."""
        return f"Change “{self.funnel.name}”" if self.funnel else "New funnel"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Funnels", reverse(LIST_URL))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the form, from a template if one is named."""
        word = request.GET.get("template", "")
        name = self.funnel.name if self.funnel else ""
        stages = [Stage("", ()), Stage("", ())]
        if self.funnel:
            stages = stages_of(self.funnel)
        elif word in TEMPLATES:
            stages, name = from_template(word, event_names()), TEMPLATES[word][0]
        window = self.funnel.window_days if self.funnel else 30
        return self.show(name=name, stages=stages, window=window)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Add or move a row of the form, or save and open the funnel."""
        stages = read_stages(request.POST)
        typed = {
            "name": request.POST.get("name", "").replace("\0", "")[:120],
            "window": request.POST.get("window", ""),
        }
        if self.results_only:
            return self.show(stages=rearranged(stages, request.POST), **typed)
        days = typed["window"]
        try:
            funnel = save_funnel(
                funnel=self.funnel,
                name=typed["name"],
                stages=stages,
                window_days=int(days) if days.isdecimal() and len(days) < 6 else 0,
                user=self.user,
                now=timezone.now(),
            )
        except (StagesRefused, FunnelRefused) as refused:
            return self.show(stages=stages, refused=str(refused), **typed)
        return redirect("admin:contacts_funnel", pk=funnel.pk)

    def show(self, **context: Any) -> HttpResponseBase:
        """Render the form."""
        return self.render_to_response(
            self.get_context_data(
                funnel=self.funnel,
                names=event_names(),
                most_stages=MOST_STAGES,
                most_events=MOST_EVENTS,
                **context,
            )
        )


class FunnelDeletePage(OneFunnelPage):
    """Ask, and delete a funnel."""

    permission_required = ("contacts.delete_funnel",)
    template_name = "contacts/funnels/delete.html"
    http_method_names = ["get", "post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Delete it."""
        self.funnel.delete()
        messages.success(request, f"The funnel “{self.funnel.name}” is gone.")
        return redirect(LIST_URL)


def read_stages(form: QueryDict) -> list[Stage]:
    """Read the stages of the form, empty rows too."""
    names = form.getlist("stage")[: MOST_STAGES + 1]
    return [
        Stage(
            name.replace("\0", "")[:LONGEST_NAME],
            tuple(
                event.replace("\0", "")[:LONGEST_EVENT]
                for event in form.getlist(f"events-{number}")[: MOST_EVENTS + 1]
            ),
        )
        for number, name in enumerate(names)
    ]


def rearranged(stages: list[Stage], form: QueryDict) -> list[Stage]:
    """Do what a button of the form says: add a stage or an event, move or remove a stage."""
    word, _, key = form.get("do", "").partition(":")
    place = int(key) if key.isdecimal() and int(key[:3]) < len(stages) else None
    rows = list(stages)
    if word == "add" and len(rows) < MOST_STAGES:
        rows.append(Stage("", ()))
    elif place is None:
        return rows
    elif word == "event":
        rows[place] = Stage(rows[place].name, (*rows[place].events, ""))
    elif word == "remove":
        del rows[place]
    elif word == "up" and place > 0:
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
    return rows


register_pages(
    [
        path("data/funnels/", FunnelsPage.as_view(), name="contacts_funnels"),
        path("data/funnels/new/", FunnelEditPage.as_view(), name="contacts_funnel_new"),
        path(
            "data/funnels/new/stages/",
            FunnelEditPage.as_view(results_only=True),
            name="contacts_funnel_new_stages",
        ),
        path(
            "data/funnels/<int:pk>/edit/",
            FunnelEditPage.as_view(),
            name="contacts_funnel_edit",
        ),
        path(
            "data/funnels/<int:pk>/edit/stages/",
            FunnelEditPage.as_view(results_only=True),
            name="contacts_funnel_edit_stages",
        ),
        path(
            "data/funnels/<int:pk>/delete/",
            FunnelDeletePage.as_view(),
            name="contacts_funnel_delete",
        ),
    ]
)
