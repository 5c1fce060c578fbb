"""Connections to other systems: made, tried out, given a new secret; what they did not take."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from campaigns.admin.verification import READING, REPORT, VERIFICATION
from campaigns.channels import connections
from campaigns.messaging import pass_on
from campaigns.models import PASSED_ON, Connection, Message
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.outgoing import signed
from contacts.outgoing.request import (
    NotConnected,
    OutgoingError,
    find_addresses,
    read_target,
)
from contacts.templatetags.greenlight import number

PERMISSION = "campaigns.change_connection"
PER_PAGE = 25
MOST_AT_ONCE = 5_000


class ConnectionForm(forms.ModelForm):
    """A connection: its name, what it is for, and where the other system listens."""

    purpose = forms.ChoiceField(
        label="What it is for", choices=Connection.Purpose.choices
    )
    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.URLInput(
            attrs={"placeholder": "https://example.com/hooks/greenlight"}
        ),
        help_text="Begins with https:// and is on the public internet.",
    )

    class Meta:
        model = Connection
        fields = ("name", "purpose", "url")
        widgets = {"name": forms.TextInput(attrs={"placeholder": "Our CRM"})}

    def clean_url(self) -> str:
        """Refuse what nothing can be sent to."""
        url = str(self.cleaned_data["url"]).strip()
        try:
            find_addresses(read_target(url))
        except NotConnected:
            # It may be set up later; the test will tell.
            return url
        except OutgoingError as error:
            raise forms.ValidationError(str(error)) from error
        return url


class ConnectionsPage(AdminPage):
    """The connections, and a new one."""

    title = "Connections"
    shows_people = False
    permission_required = ("campaigns.view_connection",)
    template_name = "campaigns/connections.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the connections with what they did not take, and the form of a new one."""
        kwargs.setdefault("form", ConnectionForm())
        lost = pass_on.not_taken().order_by().values("connection")
        counts = dict(
            lost.annotate(number=Count("pk")).values_list("connection", "number")
        )
        rows = list(Connection.objects.order_by("name", "pk"))
        return super().get_context_data(
            rows=[(row, counts.get(row.pk, 0)) for row in rows],
            may_change=self.user.has_perm(PERMISSION),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Make one, and show its secret, this once."""
        if not self.user.has_perm(PERMISSION):
            raise PermissionDenied
        form = ConnectionForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        made, secret = connections.create_connection(
            **form.cleaned_data, user=self.user, now=timezone.now()
        )
        page = ConnectionPage()
        page.setup(request, pk=made.pk)
        page.connection = made
        return page.show(secret=secret)


class ConnectionPage(AdminPage):
    """One connection."""

    title = "Connections"
    shows_people = False
    permission_required = ("campaigns.view_connection",)
    template_name = "campaigns/connection.html"
    connection: Connection

    def find_row(self) -> None:
        """Find the connection."""
        self.connection = get_object_or_404(Connection, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Title the page with its name."""
        return self.connection.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to all of them."""
        return [Crumb(self.title, reverse("admin:campaigns_connections"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what it did not take, and how the other side checks who speaks."""
        kwargs.setdefault("form", ConnectionForm(instance=self.connection))
        lost = pass_on.not_taken().filter(connection=self.connection)
        page = Paginator(
            lost.select_related("campaign", "contact").order_by("-finished_at", "-pk"),
            PER_PAGE,
        ).get_page(self.request.GET.get("page"))
        # Leans on messages_to_pass_on.
        waiting = Message.objects.filter(
            connection=self.connection,
            state=Message.State.QUEUED,
            channel__in=PASSED_ON,
            attempts__gt=0,
        )
        return super().get_context_data(
            connection=self.connection,
            overlaps=self.connection.has_two_secrets(timezone.now()),
            may_change=self.user.has_perm(PERMISSION),
            page_obj=page,
            total=page.paginator.count,
            waiting=waiting.count(),
            verification=VERIFICATION,
            reading=READING,
            report=""
            if self.connection.purpose == Connection.Purpose.WEBHOOK
            else REPORT.format(url=self.report_url()),
            **kwargs,
        )

    def report_url(self) -> str:
        """Write where the other system tells what became of a message."""
        name = reverse("campaigns_take_reports", args=[self.connection.key])
        return f"{settings.SITE_URL}{name}"

    def show(self, **context: Any) -> HttpResponse:
        """Render the page with what is shown this once; nobody may keep the answer."""
        response = self.render_to_response(self.get_context_data(**context))
        response["Cache-Control"] = "no-store"
        return response

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what the button says."""
        if not self.user.has_perm(PERMISSION):
            raise PermissionDenied
        now, what = timezone.now(), request.POST.get("do", "")
        if what == "test":
            trial = signed.try_out(receiver=self.connection, now=now)
            return self.show(trial=trial)
        if what == "secret":
            secret = signed.rotate_secret(receiver=self.connection, now=now)
            return self.show(secret=secret, is_new=True)
        if what == "save":
            return self.save()
        if what == "switch":
            signed.switch(receiver=self.connection, user=self.user, now=now)
        elif what == "retry":
            self.retry()
        return HttpResponseRedirect(self.request.path)

    def save(self) -> HttpResponseBase:
        """Save what was changed."""
        form = ConnectionForm(self.request.POST, instance=self.connection)
        if not form.is_valid():
            self.connection.refresh_from_db()
            return self.render_to_response(self.get_context_data(form=form))
        form.save()
        messages.success(self.request, "Saved.")
        return HttpResponseRedirect(self.request.path)

    def retry(self) -> None:
        """Send one webhook again, or all that were not taken."""
        lost = pass_on.not_taken().filter(connection=self.connection)
        one = self.request.POST.get("message", "")
        if one:
            lost = lost.filter(pk=int(one) if one.isdecimal() and len(one) < 19 else 0)
        found = list(lost.order_by("pk")[:MOST_AT_ONCE])
        again = pass_on.retry(found, user=self.user, now=timezone.now())
        noun = "webhook leaves" if again == 1 else "webhooks leave"
        messages.success(self.request, f"{number(again)} {noun} again.")
        if again < len(found):
            messages.info(
                self.request,
                f"{number(len(found) - again)} stay: their campaign was stopped.",
            )


register_pages(
    [
        path(
            "settings/connections/",
            ConnectionsPage.as_view(),
            name="campaigns_connections",
        ),
        path(
            "settings/connections/<int:pk>/",
            ConnectionPage.as_view(),
            name="campaigns_connection",
        ),
    ]
)
