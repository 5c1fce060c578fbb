"""Advocates: who they are, their links, and what came of them."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms.widgets import Media
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from contacts.admin.base import ListAdmin
from contacts.exports import CsvResource
from contacts.models import Contact
from contacts.templatetags.greenlight import number
from referrals.admin.advocate_numbers import with_numbers
from referrals.admin.advocate_page import AdvocatePage
from referrals.links import find_code, link_url
from referrals.models import Advocate


class AdvocateResource(CsvResource):
    """Advocates with their links, for another tool."""

    email = Field(attribute="contact__email", column_name="email")
    first_name = Field(attribute="contact__first_name", column_name="first_name")
    last_name = Field(attribute="contact__last_name", column_name="last_name")
    program = Field(attribute="program__name", column_name="program")
    link = Field(column_name="link")
    visits = Field(attribute="visit_count", column_name="visits")
    referrals = Field(attribute="referral_count", column_name="referrals")

    class Meta:
        model = Advocate
        fields = (
            "email",
            "first_name",
            "last_name",
            "program",
            "link",
            "visits",
            "referrals",
            "joined_at",
        )
        export_order = fields

    def dehydrate_link(self, advocate: Advocate) -> str:
        """Write the link out."""
        return link_url(advocate.code)


@admin.register(Advocate)
class AdvocateAdmin(ListAdmin):
    """Advocates, latest first."""

    list_display = ("who", "program", "link", "visits", "friends", "joined")
    list_select_related = ("contact", "program")
    list_filter = (("program", RelatedDropdownFilter),)
    search_fields = ("code",)
    search_help_text = "The beginning of a name or address, or a whole code or link"
    ordering = ("-joined_at", "-pk")
    export_resource = AdvocateResource
    empty_title = "Nobody has a link yet"
    empty_text = (
        "People become advocates when a campaign asks them. Each gets one link, which"
        " works for ever."
    )
    empty_link_title = "See your programs"
    empty_url_name = "admin:referrals_program_changelist"

    @property
    def media(self) -> Media:
        """Add the copy button."""
        return super().media + Media(
            css={"all": ["css/referrals.css"]}, js=["js/copy-button.js"]
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Advocate]:
        """Add the numbers."""
        return with_numbers(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Advocate], search_term: str
    ) -> tuple[QuerySet[Advocate], bool]:
        """Find by what names the contact, or by a code, typed or within a link."""
        text = search_term.strip()
        if not text:
            return queryset, False
        owner = find_code(text.split("?")[0].rstrip("/").rsplit("/", 1)[-1])
        found = Q(contact__in=Contact.objects.matching(text).values("pk"))
        if owner:
            found |= Q(contact=owner.contact_id, program=owner.program_id)
        return queryset.filter(found), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none."""
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a campaign makes advocates."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Advocate | None = None
    ) -> bool:
        """Refuse: a link is for ever."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Advocate | None = None
    ) -> bool:
        """Refuse: a link is for ever."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Show the advocate."""
        return AdvocatePage.as_view()(request, pk=object_id)

    @display(description="Advocate")
    def who(self, advocate: Advocate) -> str:
        """Name the person."""
        return advocate.contact.name

    @display(description="Link")
    def link(self, advocate: Advocate) -> SafeString:
        """Show the link with a button that copies it."""
        return copy_link(link_url(advocate.code))

    @display(description="Since", ordering="joined_at")
    def joined(self, advocate: Advocate) -> datetime:
        """Say since when the person has the link."""
        return advocate.joined_at

    @display(description="Visits", ordering="visit_count")
    def visits(self, advocate: Any) -> str:
        """Count the people who came."""
        return number(advocate.visit_count)

    @display(description="Friends who joined", ordering="referral_count")
    def friends(self, advocate: Any) -> str:
        """Count referrals."""
        return number(advocate.referral_count)


def copy_link(url: str) -> SafeString:
    """Show a link that can be selected, with a button that copies it."""
    return format_html(
        '<span class="copy-link"><code>{}</code><button type="button" class="gl-button'
        ' gl-button--quiet gl-button--small" data-copy="{}">Copy</button></span>',
        url.split("://", 1)[-1],
        url,
    )
