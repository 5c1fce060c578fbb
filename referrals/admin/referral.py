"""Referrals: who came through whom, how far they got, and why it is so."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from contacts.admin.base import ListAdmin
from contacts.exports import CsvResource
from contacts.models import Contact
from referrals.admin.referral_names import (
    STAGE_NAMES,
    advocate_name,
    stage_badge,
    with_advocate,
)
from referrals.admin.referral_page import ReferralPage
from referrals.models import Milestone, Referral

LIST_URL = "admin:referrals_referral_changelist"


class ReferralResource(CsvResource):
    """Referrals, for another tool."""

    friend = Field(attribute="contact__email", column_name="friend")
    advocate = Field(attribute="advocate_email", column_name="advocate")
    program = Field(attribute="program__name", column_name="program")
    stage = Field(column_name="stage")
    source = Field(column_name="how")

    class Meta:
        model = Referral
        fields = (
            "friend",
            "advocate",
            "program",
            "stage",
            "source",
            "lead_at",
            "qualified_at",
            "opportunity_at",
            "won_at",
        )
        export_order = fields

    def dehydrate_stage(self, referral: Referral) -> str:
        """Say how far the friend got."""
        return STAGE_NAMES[referral.stage]

    def dehydrate_source(self, referral: Referral) -> str:
        """Say what told us."""
        return referral.get_source_display()


class StageFilter(DropdownFilter):
    """How far the friend got."""

    title = "stage"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer where friends may stand."""
        return [
            ("lead", "Joined, no order yet"),
            ("won", "Ordered"),
            ("reversed", "Ordered, and taken back"),
            ("lost", "Lost"),
            ("withdrawn", "Credit withdrawn"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep those who stand there."""
        chosen = {
            "won": Q(won_at__isnull=False, reversed_at=None),
            "lead": Q(won_at=None, lost_at=None, withdrawn_at=None),
            "reversed": Q(reversed_at__isnull=False),
            "lost": Q(lost_at__isnull=False),
            "withdrawn": Q(withdrawn_at__isnull=False),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class RefundFilter(DropdownFilter):
    """What a person has to look at: refunds that nobody could set against their order."""

    title = "refunds"
    parameter_name = "refunds"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the odd ones."""
        return [("odd", "In another currency than the order")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep those with one."""
        if self.value() != "odd":
            return queryset
        odd = Milestone.objects.filter(has_odd_refund=True)
        return queryset.filter(pk__in=odd.values("referral_id"))


@admin.register(Referral)
class ReferralAdmin(ListAdmin):
    """Referrals, latest first."""

    list_display = (
        "friend",
        "brought_by",
        "program",
        "stage",
        "how",
        "joined",
        "ordered",
    )
    list_select_related = ("contact", "program")
    list_filter = (
        ("program", RelatedDropdownFilter),
        StageFilter,
        RefundFilter,
        ("source", ChoicesDropdownFilter),
    )
    search_fields = ("contact__email",)
    search_help_text = (
        "The beginning of a name or address, of the friend or the advocate"
    )
    ordering = ("-lead_at", "-pk")
    export_resource = ReferralResource
    empty_title = "No friend has joined yet"
    empty_text = (
        "When a friend signs up after a visit to somebody's link, or with somebody's code,"
        " it shows here, with the reason. Your shop reports sign-ups and orders to the"
        " conversion endpoint."
    )
    empty_link_title = "Connect your shop"
    empty_url_name = "admin:referrals_endpoint"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Referral]:
        """Add the advocates' names."""
        return with_advocate(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Referral], search_term: str
    ) -> tuple[QuerySet[Referral], bool]:
        """Find by what names the friend or the advocate."""
        text = search_term.strip()
        if not text:
            return queryset, False
        people = Contact.objects.matching(text).values("pk")
        return (
            queryset.filter(contact__in=people)
            | queryset.filter(advocate_contact_id__in=people),
            False,
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none."""
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: events make referrals."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Referral | None = None
    ) -> bool:
        """Refuse: the credit is locked."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Referral | None = None
    ) -> bool:
        """Refuse: the credit is locked."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Show the referral with its receipt."""
        return ReferralPage.as_view()(request, pk=object_id)

    @display(description="Friend")
    def friend(self, referral: Referral) -> str:
        """Name the friend."""
        return referral.contact.name

    @display(description="Brought by")
    def brought_by(self, referral: Referral) -> str:
        """Name the advocate."""
        return advocate_name(referral)

    @display(description="How")
    def how(self, referral: Referral) -> str:
        """Say what told us."""
        return referral.get_source_display()

    @display(description="Joined", ordering="lead_at")
    def joined(self, referral: Referral) -> datetime:
        """Say when the friend signed up."""
        return referral.lead_at

    @display(description="Ordered", ordering="won_at")
    def ordered(self, referral: Referral) -> datetime | None:
        """Say when the friend first ordered."""
        return referral.won_at

    @display(description="Stage")
    def stage(self, referral: Referral) -> SafeString:
        """Show how far the friend got."""
        return stage_badge(referral)
