"""Why a contact is in an audience or is not: the search for one, and the card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode

from audiences import usage
from audiences.admin.audience_base import OneAudiencePage, read_as_of
from audiences.conditions.errors import ConditionError
from audiences.explain import Explanation, explain
from audiences.explain.evidence import Counted, load_events
from audiences.explain.reasons import reasons_of
from audiences.models import Audience, Membership, MembershipChange
from audiences.models.membership import Change
from contacts.admin.base import Crumb
from contacts.admin.panels import PanelTemplate
from contacts.admin.site import register_pages
from contacts.identities.whereabouts import present_id
from contacts.models import Contact

MOST_FOUND = 12
MOST_CHANGES = 50


@dataclass(frozen=True)
class LedgerLine:
    """An entry or an exit, and the event behind it."""

    change: MembershipChange
    event: Counted | None


class WhyPage(OneAudiencePage):
    """Search for anybody, to see why he is in the audience or is not."""

    tab = "audiences_why"
    title = "Who?"
    template_name = "audiences/why.html"
    results_template_name = "audiences/_why_people.html"

    def get_title(self) -> str:
        """Ask."""
        return f"Why is somebody in “{self.audience.name}”, or not?"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find people, and whether each is a member; three queries."""
        query = self.request.GET.get("q", "").replace("\0", "").strip()[:200]
        found = Contact.objects.filter(erased_at=None)
        if query:
            found = found.matching(query)
        people: list[Any] = list(found.order_by("-pk")[:MOST_FOUND])
        members = set(
            Membership.objects.filter(
                audience=self.audience, contact__in=people
            ).values_list("contact_id", flat=True)
        )
        for contact in people:
            contact.is_member = contact.pk in members
        return super().get_context_data(
            query=query,
            people=people,
            results_url=reverse("admin:audiences_why_results", args=[self.audience.pk]),
            **kwargs,
        )


class WhyCardPage(OneAudiencePage):
    """The rule for one contact, now or at another moment, and his entries and exits."""

    tab = "audiences_why"
    title = "Why?"
    template_name = "audiences/why_card.html"

    @cached_property
    def contact(self) -> Contact:
        """Fetch the contact, or who he is by now."""
        return get_object_or_404(Contact, pk=present_id(self.kwargs["contact_id"]))

    @cached_property
    def as_of(self) -> datetime | None:
        """Read the moment that is asked about; None for now."""
        return read_as_of(self.request.GET.get("as_of", ""))

    def get_title(self) -> str:
        """Name whom it is about."""
        return self.contact.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the search, too."""
        why = reverse("admin:audiences_why", args=[self.audience.pk])
        return [*super().get_breadcrumbs(), Crumb("Why?", why)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Explain, and recall the ledger."""
        now = timezone.now()
        as_of = self.as_of or now
        context = {
            "contact": self.contact,
            "as_of": self.as_of,
            "lines": ledger_lines(self.audience, self.contact),
            "uses": usage.uses_for_person(self.audience.pk, self.contact.pk)
            if self.user.has_perm("campaigns.view_campaign")
            else [],
            **standing(self.audience, self.contact, as_of=as_of),
            **kwargs,
        }
        try:
            explanation = self.explain(as_of, now)
        except ConditionError as error:
            return super().get_context_data(problem=error.message, **context)
        if explanation.is_past and context["was_member"] != explanation.holds:
            context["reasons"] = reasons_of(self.audience, as_of)
        return super().get_context_data(
            explanation=explanation,
            leaves=len(explanation.leaves),
            fine=sum(leaf.is_fine for leaf in explanation.leaves),
            **context,
        )

    def explain(self, as_of: datetime, now: datetime) -> Explanation:
        """Explain the rule of today, at the moment that is asked about."""
        return explain(
            self.audience.rule,
            self.contact.pk,
            as_of=as_of,
            is_past=as_of < now,
            counts_from=self.audience.counts_from,
        )


def standing(
    audience: Audience, contact: Contact, *, as_of: datetime
) -> dict[str, Any]:
    """Say whether he was a member, by the ledger, and since when; one query."""
    last = (
        MembershipChange.objects.filter(audience=audience, contact=contact)
        .filter(changed_at__lte=as_of)
        .order_by("changed_at", "pk")
        .last()
    )
    return {
        "was_member": last is not None and last.change == Change.ENTERED,
        "member_since": last.changed_at if last else None,
    }


def ledger_lines(audience: Audience, contact: Contact) -> list[LedgerLine]:
    """List his entries and exits, the latest first, with what caused them; three queries."""
    changes: Sequence[MembershipChange] = list(
        MembershipChange.objects.filter(audience=audience, contact=contact).order_by(
            "-changed_at", "-pk"
        )[:MOST_CHANGES]
    )
    events = load_events([change.event_id for change in changes if change.event_id])
    return [LedgerLine(change, events.get(change.event_id or 0)) for change in changes]


def why_url(audience_id: int, contact_id: int, as_of: datetime | None = None) -> str:
    """Give the address of a card."""
    address = reverse("admin:audiences_why_card", args=[audience_id, contact_id])
    if as_of is None:
        return address
    # To the microsecond: an event counts from its own moment on.
    return f"{address}?{urlencode({'as_of': as_of.isoformat()})}"


def audiences_panel(contact: Contact) -> PanelTemplate:
    """List the audiences he is in, and the others; two queries."""
    members = {
        row.audience_id: row for row in Membership.objects.filter(contact=contact)
    }
    inside: list[tuple[Audience, Membership]] = []
    outside: list[Audience] = []
    for audience in Audience.objects.live().order_by("name", "pk"):
        if audience.pk in members:
            inside.append((audience, members[audience.pk]))
        else:
            outside.append(audience)
    return PanelTemplate(
        "audiences/_contact_panel.html",
        {"contact": contact, "inside": inside, "outside": outside},
    )


register_pages(
    [
        path(
            "audiences/audience/<int:pk>/why/",
            admin.site.admin_view(WhyPage.as_view()),
            name="audiences_why",
        ),
        path(
            "audiences/audience/<int:pk>/why/results/",
            admin.site.admin_view(WhyPage.as_view(results_only=True)),
            name="audiences_why_results",
        ),
        path(
            "audiences/audience/<int:pk>/why/<int:contact_id>/",
            admin.site.admin_view(WhyCardPage.as_view()),
            name="audiences_why_card",
        ),
    ]
)
