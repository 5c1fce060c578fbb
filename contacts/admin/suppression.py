"""Addresses to which nothing goes: add by hand or from a pasted list, and lift."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from contacts import consents
from contacts.addresses import address_digest, normalize_destination
from contacts.admin.base import AdminPage, Crumb, ListAdmin
from contacts.exports import CsvResource
from contacts.forms import ReasonForm, SuppressForm
from contacts.models import Suppression
from contacts.templatetags.greenlight import badge, number

LIST_URL = "admin:contacts_suppression_changelist"
WRITING = ("contacts.view_suppression", "contacts.delete_suppression")


class SuppressionResource(CsvResource):
    """Suppressed addresses, for another tool."""

    reason = Field(column_name="reason")

    class Meta:
        model = Suppression
        fields = ("address", "reason", "details", "created_at")
        export_order = fields

    def dehydrate_reason(self, suppression: Suppression) -> str:
        """Say why, in words."""
        return suppression.get_reason_display()


@admin.register(Suppression)
class SuppressionAdmin(ListAdmin):
    """Suppressed addresses and phone numbers, latest first."""

    list_display = ("who", "why", "details", "created_at", "created_by")
    list_select_related = ("created_by",)
    list_filter = (("reason", ChoicesDropdownFilter),)
    search_fields = ("address",)
    search_help_text = "The beginning of an address or phone number, or the whole of it"
    ordering = ("-created_at", "-pk")
    export_resource = SuppressionResource
    empty_title = "No address is suppressed"
    empty_text = (
        "Whoever unsubscribes, complains or bounces is added by itself. Do you come from"
        " another tool? Paste the addresses that must never hear from you."
    )
    empty_link_title = "Suppress addresses"
    empty_url_name = "admin:contacts_suppression_add"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find by the beginning; a whole address finds an erased one too."""
        if not search_term:
            return queryset, False
        text = normalize_destination(search_term)
        return queryset.filter(
            Q(address__startswith=text) | Q(digest=address_digest(text))
        ), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none: each is lifted for a reason of its own."""
        return {}

    def has_change_permission(
        self, request: HttpRequest, obj: Suppression | None = None
    ) -> bool:
        """Refuse: it is there, or it is lifted."""
        return False

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the form that takes addresses."""
        return SuppressPage.as_view()(request)

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Show why the address is suppressed, and the way out."""
        return SuppressionPage.as_view()(request, pk=object_id)

    def delete_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Lead to the page that asks for a reason."""
        return HttpResponseRedirect(
            reverse("admin:contacts_suppression_change", args=[object_id])
        )

    @display(description="Address", ordering="address")
    def who(self, suppression: Suppression) -> str:
        """Show the address."""
        return str(suppression)

    @display(description="Reason", ordering="reason")
    def why(self, suppression: Suppression) -> SafeString:
        """Show the reason."""
        return badge(suppression.get_reason_display(), suppression.reason)


class SuppressPage(AdminPage):
    """The form that silences addresses, one or a pasted list."""

    title = "Suppress addresses"
    permission_required = ("contacts.add_suppression",)
    template_name = "contacts/suppress.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Suppressions", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add an empty form, unless what was typed has to be corrected."""
        kwargs.setdefault("form", SuppressForm())
        return super().get_context_data(back=reverse(LIST_URL), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Silence all addresses, or say which is none."""
        form = SuppressForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        values = form.cleaned_data
        added = consents.suppress_many(
            addresses=values["addresses"],
            reason=values["reason"],
            details=values["details"],
            user=self.user,
            now=timezone.now(),
        )
        messages.success(request, added_sentence(values["addresses"], added))
        return HttpResponseRedirect(reverse(LIST_URL))


def added_sentence(addresses: Sequence[str], added: int) -> str:
    """Say how many addresses are new."""
    known = len(addresses) - added
    noun = "address is" if added == 1 else "addresses are"
    rest = f" {number(known)} had been suppressed before." if known else ""
    return f"{number(added)} {noun} suppressed from now on.{rest}"


class SuppressionPage(AdminPage):
    """One suppressed address; lifted only for a reason."""

    permission_required = ("contacts.view_suppression",)
    template_name = "contacts/suppression.html"

    @cached_property
    def suppression(self) -> Suppression:
        """Fetch the suppression, or answer that there is none."""
        key = str(self.kwargs["pk"])
        rows = Suppression.objects.select_related("created_by")
        found = (
            rows.filter(pk=int(key)).first()
            if key.isdecimal() and len(key) < 19
            else None
        )
        if found is None:
            raise Http404("There is no such suppression.")
        return found

    def get_title(self) -> str:
        """Title the page with the address."""
        return str(self.suppression)

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Suppressions", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whose address it is now."""
        kwargs.setdefault("form", ReasonForm())
        return super().get_context_data(
            suppression=self.suppression,
            owner=consents.contact_of(self.suppression.address),
            may_lift=self.request.user.has_perms(WRITING),
            **kwargs,
        )

    def post(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Lift it, if there is a reason."""
        if not request.user.has_perms(WRITING):
            return self.handle_no_permission()
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        name = str(self.suppression)
        consents.lift_suppression(
            suppression=self.suppression,
            reason=form.cleaned_data["reason"],
            user=self.user,
            now=timezone.now(),
        )
        messages.success(request, f"Emails to {name} are possible again.")
        return HttpResponseRedirect(reverse(LIST_URL))
