"""Impact before save: who would enter and leave by another rule, and whom campaigns would ask."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone

from audiences import selection
from audiences.admin.preview import RulePage
from audiences.builder.tree import Group, from_document, to_document
from audiences.forms import settled
from audiences.memberships.impact import impact
from audiences.models import Audience
from audiences.models.audience import Telling
from audiences.previews.effects import Effect, effects_of
from audiences.previews.limits import Superseded, TookTooLong, limited
from contacts.admin.site import register_pages


@dataclass(frozen=True)
class TellingChoice:
    """Who is told to the campaigns, with how many would begin and be asked by that."""

    value: str
    label: str
    begins: int
    asks: int
    selected: bool


class ImpactPage(RulePage):
    """What saving the rule that is typed would do to the audience that is edited."""

    title = "Impact"
    permission_required = ("audiences.change_audience",)
    results_template_name = "audiences/_impact.html"

    def look(self, tree: Group, prefix: str) -> dict[str, Any]:
        """Compare with the members; nothing for a rule that is as it was, or can't be understood."""
        audience = get_object_or_404(Audience, pk=self.kwargs["pk"])
        document = to_document(tree)
        if not tree.children or selection.check(document):
            return {}
        # As the builder writes it: a lone condition is in a group.
        if settled(document) == settled(to_document(from_document(audience.rule))):
            return {}
        try:
            with limited(self.request.POST.get("impact-token", "")):
                return {"audience": audience, **self.compare(audience, document)}
        except TookTooLong:
            return {"is_late": True}
        except Superseded:
            return {}

    def compare(self, audience: Audience, document: dict[str, Any]) -> dict[str, Any]:
        """Count who would enter, leave and stay, and what campaigns would make of it."""
        now = timezone.now()
        counts_from = audience.counts_from
        fitting = selection.predicate(document, as_of=now, counts_from=counts_from)
        effects = effects_of(audience, fitting, as_of=now)
        return {
            "impact": impact(audience, document, now=now, counts_from=counts_from),
            "effects": effects,
            "tellings": tellings(effects, self.request.POST.get("tells", "")),
        }


def tellings(effects: list[Effect], chosen: str) -> list[TellingChoice]:
    """Offer who is told, each with what would follow from it."""
    if chosen not in Telling.values:
        chosen = Telling.ENTERING
    counts = {
        Telling.EVERYONE: (
            sum(one.everyone for one in effects),
            sum(one.asks_everyone for one in effects),
        ),
        Telling.ENTERING: (
            sum(one.entering for one in effects),
            sum(one.asks_entering for one in effects),
        ),
        Telling.NOBODY: (0, 0),
    }
    return [
        TellingChoice(
            one.value, str(one.label), *counts[one], selected=one.value == chosen
        )
        for one in (Telling.ENTERING, Telling.EVERYONE, Telling.NOBODY)
    ]


register_pages(
    [
        path(
            "audiences/audience/<int:pk>/impact/",
            admin.site.admin_view(ImpactPage.as_view()),
            name="audiences_impact",
        )
    ]
)
