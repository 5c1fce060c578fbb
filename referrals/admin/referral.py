"""Referrals: who came through whom, how far they got, and why it is so."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from contacts.admin.base import AdminPage, Crumb, ListAdmin
from contacts.exports import CsvResource
from contacts.models import Contact
from contacts.names import full_name
from contacts.templatetags.greenlight import badge
from referrals.models import Advocate, Referral, Visit

LIST_URL = "admin:referrals_referral_changelist"
STAGE_NAMES = {
    "lead": "Joined",
    "qualified": "Qualified",
    "opportunity": "Opportunity",
    "won": "Ordered",
}
STAGE_TONES = {
    "lead": "info",
    "qualified": "info",
    "opportunity": "info",
    "won": "good",
}


def with_advocate(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    """Add what names the advocate, who is known by number only."""
    owner = Contact.objects.filter(pk=OuterRef("advocate_contact_id"))
    return referrals.annotate(
        advocate_email=Subquery(owner.values("email")),
        advocate_first_name=Subquery(owner.values("first_name")),
        advocate_last_name=Subquery(owner.values("last_name")),
    )


def advocate_name(referral: Any) -> str:
    """Name the advocate of an annotated referral; he may be gone."""
    if referral.advocate_email is None:
        return "An erased contact"
    name = full_name(referral.advocate_first_name, referral.advocate_last_name)
    return name or referral.advocate_email or f"Contact {referral.advocate_contact_id}"


def stage_badge(referral: Referral) -> SafeString:
    """Show how far the friend got."""
    return badge(STAGE_NAMES[referral.stage], STAGE_TONES[referral.stage])


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
        """Offer the stages that this product reaches by itself."""
        return [("lead", "Joined, no order yet"), ("won", "Ordered")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep those who stand there."""
        if self.value() == "won":
            return queryset.exclude(won_at=None)
        if self.value() == "lead":
            return queryset.filter(won_at=None)
        return queryset


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


class ReferralPage(AdminPage):
    """One referral: the two people, the stages, and the receipt that a person can read."""

    title = "Referral"
    permission_required = ("referrals.view_referral",)
    template_name = "referrals/referral.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Referrals", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the referral and its receipt in words."""
        pk = str(self.kwargs["pk"])
        if not (pk.isdecimal() and len(pk) < 19):
            raise Http404("There is no such referral.")
        rows = with_advocate(Referral.objects.select_related("contact", "program"))
        referral = get_object_or_404(rows, pk=int(pk))
        advocate = Advocate.objects.filter(
            contact=referral.advocate_contact_id, pk=referral.advocate_id
        ).first()
        return super().get_context_data(
            **{
                "title": f"{referral.contact.name}, brought by {advocate_name(referral)}"
            },
            referral=referral,
            advocate=advocate,
            advocate_name=advocate_name(referral),
            stage=stage_badge(referral),
            stages=[
                ("Joined", referral.lead_at),
                ("Qualified", referral.qualified_at),
                ("Opportunity", referral.opportunity_at),
                ("Ordered", referral.won_at),
            ],
            event={"signed_up": "signed up", "order_completed": "ordered"}.get(
                referral.receipt.get("event", ""), "did something"
            ),
            event_at=read_time(referral.receipt.get("event_at")),
            decided_at=read_time(referral.receipt.get("decided_at")),
            claims=[tell_claim(line) for line in referral.receipt.get("claims", [])],
            **kwargs,
        )


def read_time(text: str | None) -> datetime | None:
    """Read a time of a receipt."""
    return parse_datetime(text) if text else None


def tell_claim(line: dict[str, Any]) -> dict[str, Any]:
    """Bring a line of a receipt to words and times."""
    return {
        **line,
        "visited_at": read_time(line.get("visited_at")),
        "visitor": Visit.Kind(line["visit_kind"]).label
        if line.get("visit_kind")
        else "",
    }
