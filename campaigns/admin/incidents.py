"""The switch that stops everything, and the incidents that hold the asks of some or all."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from audiences import selection
from audiences.forms import ConditionField
from campaigns.guardrails.incident_keys import create_key, revoke_key
from campaigns.guardrails.incidents import (
    LONGEST_COOL_DOWN,
    AlreadyOpen,
    Kind,
    close_incident,
    end_cool_down,
    incidents_at,
    open_incident,
)
from campaigns.guardrails.reasons import INCIDENT
from campaigns.models import Campaign, Hold, Incident, IncidentKey
from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages

PAGE_URL = "admin:campaigns_incidents"
MAY_ACT = "campaigns.stop_everything"
SHOWN = 20


class IncidentForm(forms.Form):
    """What is wrong, whom it concerns, and for how long it goes on holding."""

    title = forms.CharField(
        label="What is wrong",
        max_length=200,
        help_text="Such as “Checkout is down”. It stands beside everybody who is held.",
        error_messages={"required": "Say what is wrong."},
    )
    cool_down_hours = forms.IntegerField(
        label="Hours of rest after it is over",
        min_value=0,
        max_value=LONGEST_COOL_DOWN,
        initial=24,
        help_text="Trouble stays in mind: nobody is asked before that.",
        error_messages={"invalid": "Write a whole number of hours, such as 24."},
    )
    scope = ConditionField(label="Whom it concerns", required=False)


class IncidentKeyForm(forms.Form):
    """The name of a new key."""

    name = forms.CharField(
        label="What will use it",
        max_length=80,
        error_messages={"required": "Name what will use the key, such as “Monitor”."},
    )


@dataclass(frozen=True)
class Line:
    """An incident on the page, and whom it concerns in words."""

    incident: Incident
    whom: str
    held: int


class IncidentsPage(AdminPage):
    """The switch, what is open or cools down, what has been, and the keys."""

    title = "Incidents"
    shows_people = False
    permission_required = ("campaigns.view_incident",)
    template_name = "campaigns/incidents.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add all of it."""
        now = timezone.now()
        kwargs.setdefault("form", IncidentForm())
        kwargs.setdefault("key_form", IncidentKeyForm())
        present = list(incidents_at(now).select_related("opened_by", "opened_key"))
        past = Incident.objects.filter(ends_at__lte=now).select_related(
            "opened_by", "opened_key", "closed_by"
        )
        keys = IncidentKey.objects.select_related("created_by")
        stops = [one for one in present if one.kind == Kind.STOP]
        return super().get_context_data(
            now=now,
            stop=stops[-1] if stops else None,
            lines=lines_of([one for one in present if one.kind != Kind.STOP]),
            past=lines_of(past.order_by("-opened_at", "-pk")[:SHOWN]),
            may_act=self.request.user.has_perm(MAY_ACT),
            keys=sorted(
                keys.order_by("-created_at", "-pk"),
                key=lambda key: key.revoked_at is not None,
            ),
            address=f"{settings.SITE_URL}{reverse('campaigns_take_incident')}",
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Open an incident, turn the switch on, or make a key."""
        if not request.user.has_perm(MAY_ACT):
            raise PermissionDenied
        if "stop" in request.POST:
            return self.stop_everything()
        if "key" in request.POST:
            return self.make_key()
        form = IncidentForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        open_incident(user=self.user, now=timezone.now(), **form.cleaned_data)
        messages.success(
            self.request,
            f"“{form.cleaned_data['title']}” is open. Whom it concerns is not asked.",
        )
        return HttpResponseRedirect(reverse(PAGE_URL))

    def stop_everything(self) -> HttpResponseBase:
        """Turn the switch on."""
        try:
            open_incident(
                title="Everything is stopped",
                kind=Kind.STOP,
                user=self.user,
                now=timezone.now(),
            )
        except AlreadyOpen:
            messages.info(self.request, "Everything is stopped already.")
        else:
            messages.success(self.request, "Nothing leaves any more.")
        return HttpResponseRedirect(reverse(PAGE_URL))

    def make_key(self) -> HttpResponseBase:
        """Make a key and show it, this once."""
        form = IncidentKeyForm(self.request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(key_form=form))
        key, secret = create_key(
            name=form.cleaned_data["name"], user=self.user, now=timezone.now()
        )
        context = self.get_context_data(new_key=key, secret=secret)
        response = self.render_to_response(context)
        response["Cache-Control"] = "no-store"
        return response


class CloseIncidentPage(AdminPage):
    """The buttons that close an incident, and end its rest."""

    title = "Close"
    shows_people = False
    permission_required = ("campaigns.view_incident", MAY_ACT)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Close it, or let the rest of a closed one end."""
        now = timezone.now()
        incident = get_object_or_404(Incident, pk=pk)
        if incident.closed_at is None:
            incident = close_incident(incident=incident, user=self.user, now=now)
        else:
            incident = end_cool_down(incident=incident, now=now)
        rests = incident.holds_at(now)
        messages.success(
            request,
            f"“{incident.title}” is over; the rest has begun."
            if rests
            else f"“{incident.title}” is over. Who waited goes on within about an hour and a half,"
            " unless the moment has passed.",
        )
        return HttpResponseRedirect(reverse(PAGE_URL))


class RevokeIncidentKeyPage(AdminPage):
    """The button that makes a key useless."""

    title = "Revoke"
    shows_people = False
    permission_required = ("campaigns.view_incident", MAY_ACT)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Revoke it."""
        key = get_object_or_404(IncidentKey, pk=pk)
        revoke_key(key=key, user=self.user, now=timezone.now())
        messages.success(request, f"The key “{key.name}” works no more.")
        return HttpResponseRedirect(reverse(PAGE_URL))


def lines_of(incidents: Any) -> list[Line]:
    """Say of incidents whom they concern, and how many people were held; names are read once."""
    rows = list(incidents)
    names = selection.all_names() if any(row.scope for row in rows) else None
    return [
        Line(
            row,
            selection.describe_saved(row.scope, names) if row.scope else "Everybody",
            _held(row),
        )
        for row in rows
    ]


def _held(incident: Incident) -> int:
    """Count the people whom an incident has held before an ask. Leans on holds_of_campaign."""
    held = Hold.objects.filter(
        campaign__in=list(Campaign.objects.values_list("pk", flat=True)),
        reason=INCIDENT,
        held_at__gte=incident.opened_at,
        details__contains={"objections": [{"incident": incident.pk}]},
    )
    return held.values("contact").distinct().count()


register_pages(
    [
        path(
            "campaigns/incidents/", IncidentsPage.as_view(), name="campaigns_incidents"
        ),
        path(
            "campaigns/incidents/<int:pk>/close/",
            CloseIncidentPage.as_view(),
            name="campaigns_close_incident",
        ),
        path(
            "campaigns/incidents/keys/<int:pk>/revoke/",
            RevokeIncidentKeyPage.as_view(),
            name="campaigns_revoke_incident_key",
        ),
    ]
)
