"""The live preview of a rule: how many, how it comes to that, who, and what looks wrong."""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone

from audiences import selection
from audiences.admin.threshold_view import view_of
from audiences.builder.reading import read_tree
from audiences.builder.tree import Group, place_of, to_document
from audiences.conditions.errors import ConditionError
from audiences.explain import explain
from audiences.forms import FROM_NOW, PREFIX
from audiences.models import Audience
from audiences.previews.advice import find_warnings
from audiences.previews.limits import Superseded, TookTooLong, limited
from audiences.previews.thresholds import find_thresholds
from audiences.previews.waterfall import waterfall
from contacts.admin.base import AdminPage
from contacts.admin.contact_page import language_name, local_time
from contacts.admin.site import register_pages
from contacts.models import Contact, Event
from contacts.sentences import event_icon, event_sentence, show_value

SAMPLE_SIZE = 5
EVENTS_SHOWN = 6
ATTRIBUTES_SHOWN = 12


class RulePage(AdminPage):
    """A part of a page that is asked with the fields of a builder."""

    permission_required = ("audiences.view_audience",)
    shows_people = False
    results_only = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Read the rule, and answer for a good one and for a bad one."""
        prefix = request.POST.get("prefix", "")
        if not PREFIX.fullmatch(prefix):
            return HttpResponseBadRequest("Which builder?")
        tree = read_tree(request.POST, prefix)
        context = self.look(tree, prefix)
        return self.render_to_response(self.get_context_data(prefix=prefix, **context))

    def look(self, tree: Group, prefix: str) -> dict[str, Any]:
        """Collect what is shown of a rule."""
        raise NotImplementedError

    def counts_from(self, now: datetime) -> datetime | None:
        """Say from when on events count: as the edited audience has it, or the form asks."""
        posted = self.request.POST
        if posted.get("history") == FROM_NOW:
            return now
        edited = posted.get("edited", "")
        if not edited.isdigit():
            return None
        rows = Audience.objects.filter(pk=int(edited))
        return rows.values_list("counts_from", flat=True).first()


class PreviewPage(RulePage):
    """How many the rule selects, who they are, what it says, and what is wrong with it."""

    title = "Preview"
    results_template_name = "audiences/_preview.html"

    def look(self, tree: Group, prefix: str) -> dict[str, Any]:
        """Count, within some seconds; ``last`` is the size that was shown before, if any."""
        posted = self.request.POST
        last = posted.get(f"{prefix}-last", "")
        token = posted.get(f"{prefix}-token", "") or secrets.token_urlsafe(12)
        common = {"last": last, "token": token, "edited": posted.get("edited", "")}
        if not tree.children:
            return {"is_empty": True, **common}
        document = to_document(tree)
        errors = selection.check(document)
        if errors:
            return {"problems": [problem(error, tree) for error in errors], **common}
        try:
            with limited(token):
                return {**common, **self.count(document, last)}
        except TookTooLong:
            return {**common, "is_late": True, "sentence": selection.describe(document)}
        except Superseded:
            return {**common, "is_superseded": True}

    def count(self, document: dict[str, Any], last: str) -> dict[str, Any]:
        """Evaluate the rule now."""
        now = timezone.now()
        asked: dict[str, Any] = {"as_of": now, "counts_from": self.counts_from(now)}
        size = selection.count_contacts(document, **asked)
        everybody = Contact.objects.filter(erased_at=None).count()
        sample = (
            selection.sample_contacts(document, size=SAMPLE_SIZE, **asked)
            if size and self.may_see_people
            else []
        )
        return {
            "size": size,
            "change": size - int(last) if last.isdigit() else 0,
            "last": size,
            "everybody": everybody,
            "ratio": Decimal(size) / everybody if everybody else Decimal(0),
            "sample": sample,
            "sentence": selection.describe(document),
            "warnings": [
                *extremes(size, everybody),
                *find_warnings(document, as_of=now),
            ],
        }


class BreakdownPage(RulePage):
    """How the rule comes to its number, condition by condition, and its thresholds."""

    title = "How it comes to that"
    results_template_name = "audiences/_breakdown.html"

    def look(self, tree: Group, prefix: str) -> dict[str, Any]:
        """Count whom each condition leaves; nothing for a rule that can't be understood."""
        document = to_document(tree)
        if not tree.children or selection.check(document):
            return {}
        now = timezone.now()
        asked: dict[str, Any] = {"as_of": now, "counts_from": self.counts_from(now)}
        try:
            with limited(self.request.POST.get(f"{prefix}-token", "")):
                return {
                    "fall": waterfall(document, **asked),
                    "thresholds": [
                        view_of(one, prefix)
                        for one in find_thresholds(document, **asked)
                    ],
                }
        except TookTooLong:
            return {"is_late": True}
        except Superseded:
            return {}


class SamplePage(RulePage):
    """A person of the sample beside the builder: who it is, what happened lately, why it fits."""

    title = "Contact"
    shows_people = True
    results_template_name = "audiences/_preview_person.html"

    def look(self, tree: Group, prefix: str) -> dict[str, Any]:
        """Collect what is shown of the person."""
        contact = get_object_or_404(Contact, pk=self.kwargs["pk"], erased_at=None)
        document = to_document(tree)
        if not tree.children or selection.check(document):
            raise Http404
        now = timezone.now()
        context: dict[str, Any] = {
            "contact": contact,
            "explanation": explain(
                document, contact.pk, as_of=now, counts_from=self.counts_from(now)
            ),
            "language": language_name(contact.locale),
            "clock": local_time(contact.time_zone, now),
            "attributes": [
                (name, show_value(value))
                for name, value in sorted(contact.attributes.items())
            ][:ATTRIBUTES_SHOWN],
        }
        if self.user.has_perm("contacts.view_event"):
            newest = Event.objects.filter(contact=contact)
            context["happenings"] = [
                {
                    "at": event.occurred_at,
                    "icon": event_icon(event.name),
                    "sentence": event_sentence(event.name, event.properties),
                }
                for event in newest.order_by("-occurred_at", "-pk")[:EVENTS_SHOWN]
            ]
        return context


def extremes(size: int, everybody: int) -> list[str]:
    """Say that the rule selects nobody, or leaves nobody out, at the moment."""
    if not everybody:
        return []
    if not size:
        return ["Nobody fits this rule now."]
    return ["Everybody fits this rule now."] if size == everybody else []


def problem(error: ConditionError, tree: Group) -> dict[str, str]:
    """Say what is wrong, and at which condition, counted as it is shown."""
    place, _ = place_of(error.path)
    words = [f"condition {index + 1}" for index in place[-1:]]
    words += [f"group {index + 1}" for index in reversed(place[:-1])]
    return {
        "message": error.message,
        "place": " in ".join(words).capitalize() or "The rule",
        "id": "_".join(map(str, place)),
    }


register_pages(
    [
        path(
            "audiences/preview/",
            admin.site.admin_view(PreviewPage.as_view()),
            name="audiences_preview",
        ),
        path(
            "audiences/preview/breakdown/",
            admin.site.admin_view(BreakdownPage.as_view()),
            name="audiences_breakdown",
        ),
        path(
            "audiences/preview/<int:pk>/",
            admin.site.admin_view(SamplePage.as_view()),
            name="audiences_sample",
        ),
    ]
)
