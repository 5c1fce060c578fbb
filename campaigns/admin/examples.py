"""Example people of a campaign: who they are, what is expected, and what would happen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.http import urlencode

from campaigns.admin.draft import CampaignPage
from campaigns.admin.why import BUSY, find_people
from campaigns.example_form import ExampleForm, values_of
from campaigns.flows.findings import Finding
from campaigns.models import Answer, Example
from campaigns.seeing.examples import (
    NotReady,
    TooMany,
    accept_outcome,
    check_examples,
    is_current,
    keep_example,
)
from campaigns.seeing.expectations import ASKED, BLANK, say_expected
from campaigns.seeing.scratch import Busy
from contacts.admin.base import Crumb
from contacts.admin.site import register_pages
from contacts.models import Contact


@dataclass(frozen=True)
class Row:
    """An example, in words."""

    example: Example
    expected: str
    is_current: bool
    preview: str

    @property
    def state(self) -> str:
        """Name the state as it is with this draft."""
        if self.example.contact.erased_at:
            return "forgotten"
        is_told = self.is_current or self.example.state == Example.State.STUCK
        return self.example.state if is_told else Example.State.UNCHECKED

    @property
    def label(self) -> str:
        """Say the state."""
        if self.state == "forgotten":
            return "Was forgotten"
        return Example.State(self.state).label

    @property
    def answer(self) -> str:
        """Say what the person is assumed to answer."""
        return str(dict(Answer.choices).get(self.example.answer, ""))

    @property
    def tone(self) -> str:
        """Color the state."""
        return {"holds": "good", "breaks": "bad", "stuck": "warn"}.get(
            self.state, "idle"
        )


class ExamplesPage(CampaignPage):
    """All examples of a campaign, and whom to add."""

    title = "Example people"
    shows_people = True
    template_name = "campaigns/examples.html"
    results_template_name = "campaigns/_examples.html"

    def find_row(self) -> None:
        """Refuse a change by who may only look."""
        super().find_row()
        if self.request.method == "POST" and not self.can_edit:
            raise PermissionDenied

    def get_title(self) -> str:
        """Name the campaign."""
        return f"Example people of “{self.campaign}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the review."""
        return [
            *super().get_breadcrumbs(),
            Crumb("Review", self.url("campaigns_review")),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """List them."""
        query = self.request.GET.get("q", "")
        found = {} if self.results_only else find_people(query)
        kwargs.setdefault("left", 0)
        return super().get_context_data(
            rows=rows_of(self, timezone.now()),
            results_url=self.url("campaigns_examples_results"),
            **found,
            **kwargs,
        )


class ExamplePeoplePage(CampaignPage):
    """Finds people to add."""

    title = "People"
    shows_people = True
    results_only = True
    results_template_name = "campaigns/_example_people.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find them."""
        return super().get_context_data(
            **find_people(self.request.GET.get("q", "")), **kwargs
        )


class CheckExamplesPage(ExamplesPage):
    """Runs the examples that were not run lately, a few at a time."""

    http_method_names = ["post"]
    results_only = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run them, and show what came of it; the part asks again while some are left."""
        left = check_examples(
            self.campaign, now=timezone.now(), again="again" in request.POST
        )
        return self.render_to_response(self.get_context_data(left=left, was_run=True))


class KeepExamplePage(ExamplesPage):
    """Keeps who is previewed as an example, with what was seen."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Keep the person, and go back to the preview."""
        contact = get_object_or_404(Contact, pk=_number(request.POST.get("contact")))
        at = parse_datetime(request.POST.get("at", ""))
        answer = request.POST.get("answer", "")
        now = timezone.now()
        try:
            example = keep_example(
                campaign=self.campaign,
                contact=contact,
                starts_at=None if request.POST.get("start") == "each" else at or now,
                seen_at=at or now,
                answer=answer if answer in Answer.values else "",
                user=self.user,
                now=now,
            )
        except (TooMany, NotReady) as error:
            messages.warning(request, str(error))
        except Busy:
            messages.warning(request, BUSY)
        else:
            expected = say_expected(example.expected, self.campaign.draft)
            messages.success(
                request,
                f"“{contact.name}” is kept as an example, and expected {expected}.",
            )
        shown = request.POST.get("shown", "")
        query = urlencode([("contact", contact.pk), ("at", shown), ("answer", answer)])
        return redirect(f"{self.url('campaigns_preview_person')}?{query}")


class ExamplePage(ExamplesPage):
    """What is expected of one person, as a form."""

    title = "Example person"
    template_name = "campaigns/example.html"

    def get_title(self) -> str:
        """Name the person."""
        return f"What should happen to {self.contact.name}?"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [
            *super().get_breadcrumbs(),
            Crumb(ExamplesPage.title, self.url("campaigns_examples")),
        ]

    @cached_property
    def contact(self) -> Contact:
        """Fetch whom it is about."""
        return get_object_or_404(Contact, pk=self.kwargs["contact_id"], erased_at=None)

    def make_form(self, values: Any = None) -> ExampleForm:
        """Make the form; of who is no example yet it begins with being asked."""
        own = Example.objects.filter(campaign=self.campaign, contact=self.contact)
        example = own.first()
        initial = (
            values_of(
                example.expected, starts_at=example.starts_at, answer=example.answer
            )
            if example
            else values_of(
                {**BLANK, "outcome": ASKED}, starts_at=timezone.now(), answer=""
            )
        )
        return ExampleForm(values, document=self.campaign.draft, initial=initial)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        form = kwargs.pop("form", None) or self.make_form()
        return super().get_context_data(form=form, contact=self.contact, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep what is expected."""
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        try:
            keep_example(
                campaign=self.campaign,
                contact=self.contact,
                starts_at=form.starts_at,
                answer=form.cleaned_data["answer"],
                expected=form.expected,
                user=self.user,
                now=timezone.now(),
            )
        except TooMany as error:
            messages.warning(request, str(error))
        return redirect(self.url("campaigns_examples"))


class ChangeExamplePage(ExamplesPage):
    """Accepts what would happen now as what should, or removes an example."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, and show the list again."""
        own = Example.objects.select_related("contact").filter(campaign=self.campaign)
        example = get_object_or_404(own, pk=self.kwargs["example_id"])
        if self.kwargs["action"] == "accept":
            accept_outcome(example)
        else:
            example.delete()
        self.results_only = True
        return self.render_to_response(self.get_context_data(was_run=True))


def preview_address(page: str, example: Example) -> str:
    """Give the address of the preview that an example was made of."""
    at = example.starts_at
    shown = f"{timezone.localtime(at):%Y-%m-%dT%H:%M:%S}" if at else ""
    query = urlencode({"at": shown, "answer": example.answer})
    return f"{page}?contact={example.contact_id}&{query}"


def examples_of(page: CampaignPage, findings: list[Finding]) -> dict[str, Any]:
    """Show the examples on another page of the campaign, and whether they can be run."""
    rows = rows_of(page, timezone.now())
    return {
        "example_rows": rows,
        "example_count": len(rows),
        "examples_can_run": not any(
            one.blocks and one.part != "trigger" for one in findings
        ),
    }


def rows_of(page: CampaignPage, now: datetime) -> list[Row]:
    """Say what is expected of each example; one query."""
    campaign = page.campaign
    own = Example.objects.filter(campaign=campaign).select_related("contact")
    return [
        Row(
            one,
            say_expected(one.expected, campaign.draft),
            is_current(one, campaign, now=now),
            preview_address(page.url("campaigns_preview_person"), one),
        )
        for one in own.order_by("pk")
    ]


def _number(text: str | None) -> int:
    """Read an id; 0, which nobody has, if it is odd."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/examples/",
            ExamplesPage.as_view(),
            name="campaigns_examples",
        ),
        path(
            "campaigns/campaign/<int:pk>/examples/people/",
            ExamplePeoplePage.as_view(),
            name="campaigns_examples_results",
        ),
        path(
            "campaigns/campaign/<int:pk>/examples/check/",
            CheckExamplesPage.as_view(),
            name="campaigns_examples_check",
        ),
        path(
            "campaigns/campaign/<int:pk>/examples/keep/",
            KeepExamplePage.as_view(),
            name="campaigns_examples_keep",
        ),
        path(
            "campaigns/campaign/<int:pk>/examples/of/<int:contact_id>/",
            ExamplePage.as_view(),
            name="campaigns_example",
        ),
        path(
            "campaigns/campaign/<int:pk>/examples/<int:example_id>/accept/",
            ChangeExamplePage.as_view(),
            {"action": "accept"},
            name="campaigns_examples_accept",
        ),
        path(
            "campaigns/campaign/<int:pk>/examples/<int:example_id>/remove/",
            ChangeExamplePage.as_view(),
            {"action": "remove"},
            name="campaigns_examples_remove",
        ),
    ]
)
