"""Allowed destinations: the hosts that referral links may lead to."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, CsvExportMixin
from contacts.admin.site import register_pages
from referrals.forms import AllowedHostForm
from referrals.links import DestinationError, host_of, is_own_page
from referrals.models import AllowedHost, Program

LIST_URL = "admin:referrals_allowedhost_changelist"


def programs_by_host() -> dict[str, list[Program]]:
    """Sort the programs by the host that they lead to; pages of this site have none."""
    found: dict[str, list[Program]] = {}
    for program in Program.objects.order_by("name", "pk"):
        if is_own_page(program.destination_url):
            continue
        try:
            found.setdefault(host_of(program.destination_url), []).append(program)
        except DestinationError:
            continue
    return found


class DestinationsPage(CsvExportMixin, AdminPage):
    """The list of hosts, and the form that adds one."""

    title = "Allowed destinations"
    shows_people = False
    permission_required = ("referrals.view_allowedhost",)
    template_name = "referrals/destinations.html"
    csv_name = "allowed-destinations"
    csv_headers = {"host": "Host", "programs": "Programs", "created_at": "Added"}

    def get_csv_rows(self) -> list[dict[str, Any]]:
        """List hosts with the programs that need them."""
        programs = programs_by_host()
        return [
            {
                "pk": host.pk,
                "host": host.host,
                "programs": ", ".join(one.name for one in programs.get(host.host, [])),
                "created_at": host.created_at,
                "created_by": host.created_by,
            }
            for host in AllowedHost.objects.select_related("created_by").order_by(
                "host"
            )
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the hosts and an empty form."""
        kwargs.setdefault("form", AllowedHostForm())
        return super().get_context_data(hosts=self.get_csv_rows(), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Add a host."""
        if not request.user.has_perm("referrals.add_allowedhost"):
            return self.handle_no_permission()
        form = AllowedHostForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        form.instance.created_by = self.user
        form.instance.created_at = timezone.now()
        host = form.save()
        messages.success(request, f"Links may now lead to {host}.")
        return HttpResponseRedirect(reverse(LIST_URL))


class RemoveDestinationPage(AdminPage):
    """The button that takes a host off the list, unless a running program needs it."""

    title = "Remove"
    shows_people = False
    permission_required = ("referrals.delete_allowedhost",)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Remove it, or say who needs it."""
        host = get_object_or_404(AllowedHost, pk=pk)
        needing = [
            program
            for program in programs_by_host().get(host.host, [])
            if program.is_running
        ]
        if needing:
            messages.error(
                request,
                f"The program “{needing[0]}” leads to {host}. Change its destination or"
                " end it first.",
            )
        else:
            host.delete()
            messages.success(request, f"Links may not lead to {host} any more.")
        return HttpResponseRedirect(reverse(LIST_URL))


register_pages(
    [
        path(
            "referrals/allowedhost/",
            DestinationsPage.as_view(),
            name="referrals_allowedhost_changelist",
        ),
        path(
            "referrals/allowedhost/<int:pk>/remove/",
            RemoveDestinationPage.as_view(),
            name="referrals_allowedhost_remove",
        ),
    ]
)
