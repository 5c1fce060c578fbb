"""The page of the flow: its cards, the edits of its structure, and the form of each step."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.text import Truncator

from campaigns.admin.canvas import draw_flow, find_card
from campaigns.admin.draft import DraftFormPage, DraftPage
from campaigns.admin.flow_edits import SIDE_OPS, VALUES, apply_edit
from campaigns.admin.sentences import sentence_within, trigger_sentence
from campaigns.admin.step_kinds import GROUPS, KINDS, look_of
from campaigns.ask_form import AskStepForm
from campaigns.emails.locales import locale_name
from campaigns.flows.definition import Document, Step, find_step
from campaigns.flows.edits import FlowError, update_step
from campaigns.flows.findings import Finding
from campaigns.flows.freshness import explain_freshness
from campaigns.flows.ladder import needs_mail
from campaigns.step_forms.base import StepForm
from campaigns.step_forms.registry import STEP_FORMS as OWN_FORMS
from contacts.admin.site import register_pages

STEP_FORMS: dict[str, type[StepForm]] = {**OWN_FORMS, "email": AskStepForm}
# Edits after which the form of the step is drawn anew.
OPENING = ("insert", "duplicate", "paste", *SIDE_OPS)


class FlowBase(DraftPage):
    """What the canvas and the panel of a step need."""

    def canvas_context(
        self, findings: list[Finding], *, selected: str = ""
    ) -> dict[str, Any]:
        """Describe the cards."""
        problems: dict[str, list[Finding]] = {}
        for finding in findings:
            if finding.step_key:
                problems.setdefault(finding.step_key, []).append(finding)
        return {
            "flow": draw_flow(
                self.document,
                sentence=sentence_within(self.document),
                problems=problems,
                counts={},
            ),
            "kind_groups": {
                title: [(kind, KINDS[kind]) for kind in kinds]
                for title, kinds in GROUPS.items()
            },
            "selected": selected,
            "edit_url": self.url("campaigns_flow_edit"),
            "panel_url": self.url("campaigns_step", "KEY"),
            "trigger_sentence": trigger_sentence(self.document["trigger"]),
        }

    def panel_context(
        self, key: str, findings: list[Finding], made: list[Any] | None = None
    ) -> dict[str, Any]:
        """Describe the form of a step; without one if there is no such step."""
        step = find_step(self.document, key)
        if step is None:
            return {"step": None}
        context: dict[str, Any] = {
            "step": step,
            "kind": look_of(step),
            "forms": made or [make_step_form(step, self.document["steps"])],
            "step_url": self.url("campaigns_step", key),
            "step_findings": [item for item in findings if item.step_key == key],
            "freshness": explain_freshness(self.document, step),
        }
        if step["kind"] == "email":
            context |= {
                "email_url": self.url("campaigns_email", key),
                **summarize_email(step),
                "has_mail": needs_mail(step),
            }
        return context


def make_step_form(step: Step, steps: list[Step], values: Any = None) -> StepForm:
    """Make the form of a step's kind."""
    form = STEP_FORMS[step["kind"]](values, initial=step, prefix="step", steps=steps)
    if "condition" in form.fields:
        form.fields["condition"].initial = step["condition"]
    return form


def summarize_email(step: Step) -> dict[str, Any]:
    """Say what a mail is about, and in which languages it is written."""
    variants = step["content"].get("variants", {})
    main = variants.get(step["content"].get("default_locale", ""), {})
    names = [locale_name(tag) or tag for tag in variants]
    return {
        "email_subject": main.get("subject", ""),
        "email_locales": ", ".join(sorted(names)) if len(names) > 1 else "",
    }


class FlowPage(FlowBase):
    """The flow, to look at and to change."""

    title = "Flow"
    page_name = "campaigns_flow"
    template_name = "campaigns/flow.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the cards, and the form of the step that the address names."""
        context = super().get_context_data(**kwargs)
        selected = self.request.GET.get("step", "")
        return {
            **context,
            **self.canvas_context(context["findings"], selected=selected),
            **self.panel_context(selected, context["findings"]),
        }


class FlowEditPage(FlowBase):
    """
    One edit of the flow's structure, answered with the whole canvas.

    Posted: ``op`` and what it is about, as ``flow_edits`` reads it, and the ``revision`` that
    the page has seen.
    """

    title = "Flow"
    page_name = "campaigns_flow"
    results_only = True
    results_template_name = "campaigns/_flow_answer.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do the edit; show the new canvas, or the newest with what went wrong."""
        op, focus = request.POST.get("op", ""), request.POST.get("key", "")
        said, was_saved = "", False
        try:
            edited = apply_edit(self.document, request.POST.dict())
        except FlowError as error:
            said = str(error)
        else:
            focus = edited.focus
            was_saved = self.save(edited.document, edited.summary)
            said = edited.summary if was_saved else ""
        return self.render_to_response(
            self.get_context_data(
                said=said, focus=focus, op=op, was_saved=was_saved, is_answer=True
            )
        )

    def again_values(self) -> dict[str, str]:
        """Name the edit."""
        return {name: self.request.POST.get(name, "") for name in VALUES}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the cards; say where the step is now; open or close the panel."""
        context = super().get_context_data(**kwargs)
        selected = self.request.POST.get("selected", "")
        opens = context["was_saved"] and context["op"] in OPENING
        if opens:
            selected = context["focus"]
        context |= self.canvas_context(context["findings"], selected=selected)
        with_panel = opens or (selected and find_step(self.document, selected) is None)
        if with_panel:
            context |= self.panel_context(selected, context["findings"])
        card = find_card(context["flow"], context["focus"])
        if card and context["was_saved"]:
            context["said"] += f", now {card.position}."
        return {**context, "with_panel": with_panel, "again_target": "#canvas"}


class StepPage(FlowBase, DraftFormPage):
    """The form of one step, which saves itself."""

    title = "Step"
    page_name = "campaigns_flow"
    extra_template_name = "campaigns/_step_saved.html"
    step: Step

    def find_row(self) -> None:
        """Find the step."""
        super().find_row()
        step = find_step(self.document, self.kwargs["key"])
        if step is None:
            raise Http404
        self.step = step
        self.summary = f"Changed “{Truncator(step['name']).chars(60)}”"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the panel."""
        self.results_only = True
        self.results_template_name = "campaigns/_step_panel.html"
        context = self.get_context_data()
        context |= self.panel_context(self.step["key"], context["findings"])
        return self.render_to_response(context)

    def make_forms(self, values: Any = None) -> list[Any]:
        """Make the form of the step's kind."""
        return [make_step_form(self.step, self.document["steps"], values)]

    def apply(self, made: list[Any]) -> Document:
        """Write the values into the step."""
        return update_step(self.document, self.step["key"], **made[0].values())

    def present_step(self) -> Step:
        """Give the step as it is after a change, or as it was if it is gone."""
        return find_step(self.document, self.step["key"]) or self.step

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the cards, whose sentences may have changed."""
        context = super().get_context_data(**kwargs)
        key = self.step["key"]
        return {
            **context,
            **self.canvas_context(context["findings"], selected=key),
            "step_findings": [
                item for item in context["findings"] if item.step_key == key
            ],
            "freshness": explain_freshness(self.document, self.present_step())
            if self.step["kind"] == "email"
            else None,
        }


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/flow/",
            FlowPage.as_view(),
            name="campaigns_flow",
        ),
        path(
            "campaigns/campaign/<int:pk>/flow/edit/",
            FlowEditPage.as_view(),
            name="campaigns_flow_edit",
        ),
        path(
            "campaigns/campaign/<int:pk>/flow/<str:key>/",
            StepPage.as_view(),
            name="campaigns_step",
        ),
    ]
)
