"""The conversion endpoint: its keys, and how a shop calls it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, CsvExportMixin
from contacts.admin.site import register_pages
from referrals.endpoint_keys import create_key, revoke_key
from referrals.forms import KeyForm
from referrals.models import EndpointKey

PAGE_URL = "admin:referrals_endpoint"


class EndpointPage(CsvExportMixin, AdminPage):
    """The keys, an example to paste, and a new key, shown once."""

    title = "Conversion endpoint"
    shows_people = False
    permission_required = ("referrals.view_endpointkey",)
    template_name = "referrals/endpoint.html"
    csv_name = "endpoint-keys"
    csv_headers = {
        "name": "Name",
        "prefix": "Begins with",
        "created_at": "Created",
        "last_used_at": "Last used",
        "revoked_at": "Revoked",
    }

    def get_csv_rows(self) -> Any:
        """List the keys; the keys themselves are not known."""
        return EndpointKey.objects.order_by("-created_at", "-pk").values(
            *self.csv_headers
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the keys, usable ones first, and the address."""
        kwargs.setdefault("form", KeyForm())
        keys = EndpointKey.objects.select_related("created_by", "revoked_by")
        return super().get_context_data(
            keys=sorted(
                keys.order_by("-created_at", "-pk"),
                key=lambda key: key.revoked_at is not None,
            ),
            address=f"{settings.SITE_URL}{reverse('referrals_conversions')}",
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Make a key and show it, this once."""
        if not request.user.has_perm("referrals.add_endpointkey"):
            return self.handle_no_permission()
        form = KeyForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        key, secret = create_key(
            name=form.cleaned_data["name"], user=self.user, now=timezone.now()
        )
        response = self.render_to_response(
            self.get_context_data(new_key=key, secret=secret)
        )
        response["Cache-Control"] = "no-store"
        return response


class RevokeKeyPage(AdminPage):
    """The button that makes a key useless."""

    title = "Revoke"
    shows_people = False
    permission_required = ("referrals.change_endpointkey",)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Revoke it."""
        key = get_object_or_404(EndpointKey, pk=pk)
        revoke_key(key=key, user=self.user, now=timezone.now())
        messages.success(request, f"The key “{key.name}” works no more.")
        return HttpResponseRedirect(reverse(PAGE_URL))


register_pages(
    [
        path(
            "settings/conversions/", EndpointPage.as_view(), name="referrals_endpoint"
        ),
        path(
            "settings/conversions/<int:pk>/revoke/",
            RevokeKeyPage.as_view(),
            name="referrals_endpoint_revoke",
        ),
    ]
)
