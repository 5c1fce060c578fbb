"""Advocates: who they are, their links, and what came of them."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms.widgets import Media
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from contacts.admin.base import AdminPage, Crumb, ListAdmin
from contacts.exports import CsvResource
from contacts.models import Contact
from contacts.templatetags.greenlight import number
from referrals.codes import normalize_code
from referrals.links import link_url, share_url
from referrals.models import Advocate, Referral, ReferralCode, Visit

LIST_URL = "admin:referrals_advocate_changelist"
VISITS_SHOWN = 25
REFERRALS_SHOWN = 100


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


def with_numbers(advocates: QuerySet[Advocate]) -> QuerySet[Advocate]:
    """Add the visits of people and the referrals; an index range each."""
    visits = Visit.objects.filter(
        contact=OuterRef("contact"),
        advocate_id=OuterRef("pk"),
        kind=Visit.Kind.HUMAN,
    )
    referrals = Referral.objects.filter(
        advocate_contact_id=OuterRef("contact"), advocate_id=OuterRef("pk")
    )

    def count(rows: QuerySet) -> Coalesce:
        counted = rows.order_by().values("advocate_id").annotate(n=Count("pk"))
        return Coalesce(Subquery(counted.values("n")), 0, output_field=IntegerField())

    return advocates.annotate(
        visit_count=count(visits), referral_count=count(referrals)
    )


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
        code = normalize_code(text.split("?")[0].rstrip("/").rsplit("/", 1)[-1])
        found = Q(contact__in=Contact.objects.matching(text).values("pk"))
        owner = code and ReferralCode.objects.filter(code=code).first()
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


class AdvocatePage(AdminPage):
    """One advocate: the link, who came through it, and who joined."""

    title = "Advocate"
    permission_required = ("referrals.view_advocate",)
    template_name = "referrals/advocate.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Advocates", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what came of the link; seven queries in all."""
        pk = str(self.kwargs["pk"])
        if not (pk.isdecimal() and len(pk) < 19):
            raise Http404("There is no such advocate.")
        rows = with_numbers(Advocate.objects.select_related("contact", "program"))
        advocate: Any = get_object_or_404(rows, pk=int(pk))
        visits = Visit.objects.filter(
            contact=advocate.contact_id, advocate_id=advocate.pk
        )
        referrals = Referral.objects.filter(
            advocate_contact_id=advocate.contact_id, advocate_id=advocate.pk
        )
        kinds = dict(
            visits.values_list("kind").annotate(n=Count("pk")).order_by("kind")
        )
        paginator = Paginator(visits.order_by("-visited_at", "-pk"), VISITS_SHOWN)
        paginator.count = sum(kinds.values())
        return super().get_context_data(
            **{"title": advocate.contact.name},
            advocate=advocate,
            link=link_url(advocate.code),
            share_url=share_url(advocate.contact_id, advocate.pk),
            machines=sum(
                kinds.get(kind, 0)
                for kind in (Visit.Kind.BOT, Visit.Kind.PREVIEW, Visit.Kind.SCANNER)
            ),
            wins=referrals.exclude(won_at=None).count(),
            page_obj=paginator.get_page(self.request.GET.get("page")),
            referrals=referrals.select_related("contact").order_by("-lead_at", "-pk")[
                :REFERRALS_SHOWN
            ],
            **kwargs,
        )
