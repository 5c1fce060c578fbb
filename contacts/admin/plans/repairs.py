"""Repair what was blocked: propose, preview on what came, keep, and replay."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.models import PropertyType, Receipt, Repair, Source
from contacts.plans.repairs import (
    Target,
    create_repair,
    disable_repair,
    enable_repair,
    kept,
    preview,
    propose,
)
from contacts.plans.rows import KINDS
from contacts.plans.steps import StepRefused, sentence

MOST_STEPS = 8
ACTIONS = {
    "rename_event": "Rename the event to",
    "rename": "Rename the property",
    "to_number": "Turn text into a number",
    "to_text": "Turn a number into text",
    "drop": "Drop the property",
    "set": "Set the property to",
}
STATES = {Receipt.State.BLOCKED, Receipt.State.REJECTED}
CRUMBS = (
    ("Tracking plans", "admin:contacts_plans"),
    ("Violations", "admin:contacts_violations"),
)


class RepairsPage(AdminPage):
    """Every repair, in words, and whether it is at work."""

    title = "Repairs"
    permission_required = ("contacts.view_repair",)
    shows_people = False
    template_name = "contacts/plans/repairs.html"
    http_method_names = ["get", "post"]

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the violations."""
        return [Crumb(title, reverse(name)) for title, name in CRUMBS]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the repairs, the latest first."""
        rows: list[Any] = list(
            Repair.objects.select_related("source", "created_by").order_by("-pk")
        )
        for repair in rows:
            repair.sentences = [sentence(step) for step in repair.steps]
        return super().get_context_data(repairs=rows, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Stop a repair, or let it work again."""
        if not request.user.has_perm("contacts.change_repair"):
            return self.handle_no_permission()
        key = request.POST.get("repair", "")
        if not key.isdecimal() or len(key) > 18:
            raise Http404("There is no such repair.")
        repair = get_object_or_404(Repair, pk=int(key))
        if repair.disabled_at is None:
            disable_repair(repair=repair, now=timezone.now())
            messages.success(request, "The repair is off. What it has put right stays.")
        else:
            enable_repair(repair=repair)
            messages.success(request, "The repair works again, from now on.")
        return redirect("admin:contacts_repairs")


class RepairPage(AdminPage):
    """The form of a repair, with what it would do to messages that were kept."""

    title = "Repair"
    permission_required = ("contacts.add_repair",)
    template_name = "contacts/plans/repair.html"
    results_template_name = "contacts/plans/_repair_preview.html"
    http_method_names = ["get", "post"]

    def find_row(self) -> None:
        """Read whose messages are repaired."""
        self.target = read_target(self.request.GET)

    def get_title(self) -> str:
        """Name the event."""
        return f"Repair “{self.target.name or KINDS.get(self.target.kind, '')}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the violations."""
        return [Crumb(title, reverse(name)) for title, name in CRUMBS]

    def get_template_names(self) -> list[str]:
        """Name the part that is asked for."""
        if self.results_only and self.request.POST.get("add"):
            return ["contacts/plans/_repair_steps.html"]
        return super().get_template_names()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the form with the step that most likely helps."""
        query = request.GET
        steps: list[dict[str, Any]] = [{"do": ""}]
        if query.get("problem"):
            steps = propose(
                self.target, problem=query["problem"], path=query.get("path", "")
            )
        return self.render_to_response(self.get_context_data(steps=steps))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show a preview, another row, or keep the repair."""
        steps = read_steps(request.POST)
        if self.results_only:
            if request.POST.get("add") and len(steps) < MOST_STEPS:
                steps = [*steps, {"do": ""}]
            return self.render_to_response(self.get_context_data(steps=steps))
        try:
            create_repair(
                target=self.target,
                steps=[step for step in steps if step["do"]],
                user=self.user,
                now=timezone.now(),
            )
        except StepRefused as refused:
            context = self.get_context_data(steps=steps, refused=str(refused))
            return self.render_to_response(context)
        messages.success(
            request, "The repair is kept: what comes from now on is put right."
        )
        if kept(self.target).exists():
            asked = target_query(self.target)
            return redirect(
                f"{reverse('admin:contacts_replay_new')}?{urlencode(asked)}"
            )
        return redirect("admin:contacts_violations")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the preview of the steps."""
        steps = kwargs["steps"]
        usable = [step for step in steps if step["do"]]
        context: dict[str, Any] = {}
        if usable and not self.request.POST.get("add"):
            context = self.preview(usable)
        paths = PropertyType.objects.filter(
            event_type__kind=self.target.kind, event_type__name=self.target.name
        )
        source = Source.objects.filter(pk=self.target.source_id or 0).first()
        return super().get_context_data(
            target=self.target,
            source=source,
            actions=ACTIONS,
            paths=paths.order_by("path").values_list("path", flat=True)[:300],
            query=self.request.GET.urlencode(),
            **(context | kwargs),
        )

    def preview(self, steps: list[dict[str, Any]]) -> dict[str, Any]:
        """Try the steps, or say why they can't be used."""
        try:
            tried = preview(self.target, steps)
        except StepRefused as refused:
            return {"refused": str(refused)}
        examples = [
            {"example": example, **compare(example.before, example.after)}
            for example in tried.examples
        ]
        return {"preview": tried, "examples": examples}


def pretty(body: Any) -> str:
    """Write properties so that people can compare them."""
    return json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True)


def compare(before: Any, after: Any) -> dict[str, list[tuple[str, bool]]]:
    """Write properties line by line, and mark the lines that the other side has not."""
    old, new = pretty(before).splitlines(), pretty(after).splitlines()
    return {
        "before": [(line, line not in new) for line in old],
        "after": [(line, line not in old) for line in new],
    }


def read_target(query: QueryDict) -> Target:
    """Read which messages the address names, or answer that there are none such."""
    kind, source = query.get("kind", ""), query.get("source", "")
    state = query.get("state", "") or Receipt.State.BLOCKED
    if kind not in {*KINDS, "alias", ""} or state not in STATES:
        raise Http404("There are no such messages.")
    return Target(
        kind=kind,
        name=query.get("name", "").replace("\0", "")[:200],
        source_id=int(source) if source.isdecimal() and len(source) < 19 else None,
        state=state,
        reason=query.get("reason", "").replace("\0", "")[:40],
    )


def target_query(target: Target) -> dict[str, Any]:
    """Write a target as an address has it."""
    query = {
        "source": target.source_id or "",
        "kind": target.kind,
        "name": target.name,
        "state": target.state,
        "reason": target.reason,
    }
    return {name: value for name, value in query.items() if value != ""}


def read_steps(form: QueryDict) -> list[dict[str, Any]]:
    """Read the steps of the form, empty rows too."""
    rows = zip(
        form.getlist("do"), form.getlist("path"), form.getlist("to"), strict=False
    )
    return [read_step(*row) for row in list(rows)[:MOST_STEPS]]


def read_step(do: str, path_text: str, to_text: str) -> dict[str, Any]:
    """Read one step: only what its action needs."""
    step: dict[str, Any] = {"do": do if do in ACTIONS else ""}
    if do != "rename_event":
        step["path"] = path_text.replace("\0", "").strip()
    if do in {"rename", "rename_event"}:
        step["to"] = to_text.replace("\0", "").strip()[:200]
    if do == "set":
        step["value"] = read_value(to_text.replace("\0", "").strip())
    return step


def read_value(text: str) -> Any:
    """Read a number, true or false as such, and anything else as text."""
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, bool | int | float) else text


register_pages(
    [
        path("data/repairs/", RepairsPage.as_view(), name="contacts_repairs"),
        path("data/repairs/new/", RepairPage.as_view(), name="contacts_repair_new"),
        path(
            "data/repairs/preview/",
            RepairPage.as_view(results_only=True),
            name="contacts_repair_preview",
        ),
    ]
)
