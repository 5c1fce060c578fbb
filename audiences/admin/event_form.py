"""The requests of a form that holds an event with filters; nothing is written."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import path

from audiences.builder.event_form import edit, read_event, show_event
from audiences.forms import PREFIX, event_form_url
from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages


class EventFormPage(AdminPage):
    """One edit: read what was typed, do what the button says, show it again."""

    title = "Event"
    permission_required = ("audiences.view_audience",)
    shows_people = False
    results_only = True
    results_template_name = "audiences/_event_form_parts.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with the controls; the form around it hears of it."""
        prefix = request.POST.get("prefix", "")
        if not PREFIX.fullmatch(prefix):
            return HttpResponseBadRequest("Which event?")
        event = read_event(request.POST, prefix)
        action = request.POST.get("action", "")
        edit(event, action, request.POST.get("detail", ""))
        context: dict[str, Any] = {
            "shown": show_event(event, prefix, was_chosen=action == "refresh"),
            "builder_url": event_form_url(),
        }
        response = self.render_to_response(self.get_context_data(**context))
        changed = {"builder-changed": {"target": f"#{prefix}-builder"}}
        response["HX-Trigger-After-Swap"] = json.dumps(changed)
        return response


register_pages(
    [
        path(
            "audiences/event-form/",
            EventFormPage.as_view(),
            name="audiences_event_form",
        )
    ]
)
