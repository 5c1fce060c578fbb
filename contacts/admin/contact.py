"""The list of people."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.decorators import display

from contacts.admin.base import ListAdmin
from contacts.admin.contact_form import ContactAddPage
from contacts.admin.contact_page import ContactPage
from contacts.admin.filters import (
    CreatedFilter,
    KnownFilter,
    LanguageFilter,
    ListFilter,
    PermissionFilter,
)
from contacts.exports import CsvResource
from contacts.models import Contact
from contacts.sentences import show_value
from contacts.templatetags.greenlight import badge

PERMISSION_WORDS = {
    "granted": "Granted",
    "withdrawn": "Withdrawn",
    "suppressed": "Suppressed",
    "unknown": "Never asked",
}


def permission_of(contact: Any) -> str:
    """Name where a contact stands, who was read by ``with_permission``."""
    if contact.is_suppressed and contact.consent_state != "withdrawn":
        return "suppressed"
    return contact.consent_state or "unknown"


def permission_badge(state: str) -> SafeString:
    """Show where a contact stands."""
    tone = {"suppressed": "bad", "unknown": "idle"}.get(state, state)
    return badge(PERMISSION_WORDS[state], tone)


class ContactResource(CsvResource):
    """People as a file that can be imported again."""

    permission = Field(column_name="email_permission")
    attributes = Field(column_name="attributes")

    class Meta:
        model = Contact
        fields = (
            "email",
            "first_name",
            "last_name",
            "locale",
            "time_zone",
            "created_at",
            "permission",
            "attributes",
        )
        export_order = fields

    def dehydrate_permission(self, contact: Contact) -> str:
        """Say where the person stands."""
        return PERMISSION_WORDS[permission_of(contact)]

    def dehydrate_attributes(self, contact: Contact) -> str:
        """Write the attributes into one cell."""
        pairs = sorted(contact.attributes.items())
        return "; ".join(f"{name}: {show_value(value)}" for name, value in pairs)


@admin.register(Contact)
class ContactAdmin(ListAdmin):
    """Everybody we know, newest first."""

    list_display = ("person", "permission", "language", "place", "created_at")
    list_filter = (
        KnownFilter,
        ListFilter,
        PermissionFilter,
        LanguageFilter,
        ("created_at", CreatedFilter),
    )
    search_fields = ("email",)
    search_help_text = "Name, email or user ID"
    ordering = ("-created_at", "-pk")
    change_list_template = "contacts/people.html"
    export_resource = ContactResource
    empty_title = "No contacts yet"
    empty_text = (
        "Bring in your customers as a CSV file; you see what becomes of each row before"
        " anything is saved. Or add somebody by hand with the plus button."
    )
    empty_link_title = "Import contacts"
    empty_url_name = "admin:contacts_import_start"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Add where each stands, in the same query."""
        return Contact.objects.filter(erased_at=None).with_permission()

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Search by the beginning of words."""
        return queryset.matching(search_term), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none: nobody is deleted by the dozen."""
        return {}

    def has_delete_permission(
        self, request: HttpRequest, obj: Contact | None = None
    ) -> bool:
        """Refuse: what happened to a person hangs on the contact."""
        return False

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the form for a new contact."""
        return ContactAddPage.as_view()(request)

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Show the contact's page."""
        return ContactPage.as_view()(request, pk=object_id)

    @display(description="Name", ordering="first_name", header=True)
    def person(self, contact: Contact) -> Sequence[str]:
        """Show the name above the address."""
        return [contact.name, contact.email if contact.name != contact.email else ""]

    @display(description="Email permission")
    def permission(self, contact: Contact) -> SafeString:
        """Show whether we may write."""
        return permission_badge(permission_of(contact))

    @display(description="Time zone", ordering="time_zone")
    def place(self, contact: Contact) -> str:
        """Show the city of the time zone."""
        return contact.time_zone.rpartition("/")[2].replace("_", " ") or "–"

    @display(description="Language", ordering="locale")
    def language(self, contact: Contact) -> str:
        """Show the language's tag."""
        return contact.locale or "–"
