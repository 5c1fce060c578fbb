"""Introductions: who wrote one, what the friend made of it, and what became of that."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from contacts.admin.base import AdminPage, Crumb, ListAdmin
from contacts.exports import CsvResource
from contacts.models import Consent, ConsentChange, Contact
from contacts.templatetags.greenlight import badge
from referrals.intros.answer import SOURCE
from referrals.intros.write import intro_url
from referrals.models import Advocate, Intro, Referral

LIST_URL = "admin:referrals_intro_changelist"
# Each state with its label and tone, the furthest last.
STATES = {
    "waiting": ("No answer yet", "idle"),
    "closed": ("Not interested", "bad"),
    "accepted": ("Said yes", "info"),
    "qualified": ("Qualified", "info"),
    "opportunity": ("Opportunity", "info"),
    "won": ("Won", "good"),
    "lost": ("Lost", "bad"),
}


def with_referral(intros: QuerySet[Intro]) -> QuerySet[Intro]:
    """Add how far the referral has come that an introduction led to; an index look-up each."""
    own = Referral.objects.filter(
        contact=OuterRef("friend_contact_id"),
        program=OuterRef("program"),
        advocate_contact_id=OuterRef("contact"),
    )
    return intros.annotate(
        referral_pk=Subquery(own.values("pk")),
        qualified_at=Subquery(own.values("qualified_at")),
        opportunity_at=Subquery(own.values("opportunity_at")),
        won_at=Subquery(own.values("won_at")),
        lost_at=Subquery(own.values("lost_at")),
    )


def state_of(intro: Any) -> str:
    """Say how far an annotated introduction has come."""
    if intro.accepted_at is None:
        return "closed" if intro.closed_at else "waiting"
    for state in ("won", "lost", "opportunity", "qualified"):
        if getattr(intro, f"{state}_at"):
            return state
    return "accepted"


def state_badge(intro: Any) -> SafeString:
    """Show how far an introduction has come."""
    return badge(*STATES[state_of(intro)])


class IntroResource(CsvResource):
    """Introductions, for another tool."""

    advocate = Field(attribute="contact__email", column_name="advocate")
    program = Field(attribute="program__name", column_name="program")
    state = Field(column_name="state")

    class Meta:
        model = Intro
        fields = (
            "advocate",
            "program",
            "state",
            "written_at",
            "accepted_at",
            "closed_at",
            "qualified_at",
            "opportunity_at",
            "won_at",
        )
        export_order = ("advocate", "program", "state", "written_at", "accepted_at")

    def dehydrate_state(self, intro: Intro) -> str:
        """Say how far it has come."""
        return STATES[state_of(intro)][0]


class IntroStateFilter(DropdownFilter):
    """How far an introduction has come."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the states."""
        return [(key, label) for key, (label, _) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep those that stand there."""
        no_end = Q(won_at=None, lost_at=None)
        states = {
            "waiting": Q(accepted_at=None, closed_at=None),
            "closed": Q(closed_at__isnull=False),
            "accepted": Q(accepted_at__isnull=False, qualified_at=None)
            & no_end
            & Q(opportunity_at=None),
            "qualified": Q(qualified_at__isnull=False, opportunity_at=None) & no_end,
            "opportunity": Q(opportunity_at__isnull=False) & no_end,
            "won": Q(won_at__isnull=False),
            "lost": Q(lost_at__isnull=False, won_at=None),
        }
        wanted = states.get(self.value() or "")
        return queryset.filter(wanted) if wanted is not None else queryset


@admin.register(Intro)
class IntroAdmin(ListAdmin):
    """Introductions, latest first."""

    list_display = ("who", "program", "state", "written", "answered")
    list_select_related = ("contact", "program")
    list_filter = (("program", RelatedDropdownFilter), IntroStateFilter)
    search_fields = ("contact__email",)
    search_help_text = "The beginning of a name or address of the advocate"
    ordering = ("-written_at", "-pk")
    export_resource = IntroResource
    empty_title = "Nobody has written an introduction yet"
    empty_text = (
        "An advocate forwards a note of two sentences. The friend is asked on a page of"
        " yours, and is nobody to you before the answer is yes. Switch introductions on in"
        " a program."
    )
    empty_link_title = "See your programs"
    empty_url_name = "admin:referrals_program_changelist"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Intro]:
        """Add how far the referrals have come."""
        return with_referral(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Intro], search_term: str
    ) -> tuple[QuerySet[Intro], bool]:
        """Find by what names the advocate or the friend."""
        text = search_term.strip()
        if not text:
            return queryset, False
        people = Contact.objects.matching(text).values("pk")
        found = queryset.filter(contact__in=people)
        return found | queryset.filter(friend_contact_id__in=people), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none."""
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: advocates write them."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Intro | None = None
    ) -> bool:
        """Refuse: the answer is the friend's."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Intro | None = None
    ) -> bool:
        """Refuse: the answer is the friend's."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Show one."""
        return IntroPage.as_view()(request, pk=object_id)

    @display(description="Advocate")
    def who(self, intro: Intro) -> str:
        """Name the advocate."""
        return intro.contact.name

    @display(description="State")
    def state(self, intro: Intro) -> SafeString:
        """Show how far it has come."""
        return state_badge(intro)

    @display(description="Written", ordering="written_at")
    def written(self, intro: Intro) -> datetime:
        """Say when the advocate began it."""
        return intro.written_at

    @display(description="Answered")
    def answered(self, intro: Intro) -> datetime | None:
        """Say when the friend answered."""
        return intro.accepted_at or intro.closed_at


class IntroPage(AdminPage):
    """One introduction: the two people, what was agreed to, and how far it has come."""

    title = "Introduction"
    permission_required = ("referrals.view_intro",)
    template_name = "referrals/intro_page.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Intros", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add all that is known of it; six queries."""
        pk = str(self.kwargs["pk"])
        if not (pk.isdecimal() and len(pk) < 19):
            raise Http404("There is no such introduction.")
        rows = Intro.objects.select_related("contact", "program", "text")
        intro: Any = get_object_or_404(with_referral(rows), pk=int(pk))
        friend = Contact.objects.filter(pk=intro.friend_contact_id or 0).first()
        agreed = ConsentChange.objects.filter(
            contact_id=intro.friend_contact_id or 0,
            source=SOURCE,
            evidence__intro=intro.pk,
        ).first()
        return super().get_context_data(
            **{"title": f"Introduction by {intro.contact.name}"},
            intro=intro,
            state=state_badge(intro),
            friend=friend,
            advocate=Advocate.objects.filter(
                contact=intro.contact_id, program=intro.program_id
            ).first(),
            agreed=agreed,
            may_be_written_to=Consent.objects.filter(
                contact_id=intro.friend_contact_id or 0, state="granted"
            ).exists(),
            by=intro.get_accepted_by_display(),
            address=intro_url(intro),
            steps=[
                ("Written", intro.written_at),
                ("Said no", intro.closed_at)
                if intro.closed_at
                else ("Said yes", intro.accepted_at),
                ("Qualified", intro.qualified_at),
                ("Opportunity", intro.opportunity_at),
                ("Won", intro.won_at),
                *([("Lost", intro.lost_at)] if intro.lost_at else []),
            ],
            **kwargs,
        )
