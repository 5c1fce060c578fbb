"""The condition builder's requests: edits of the tree, and the live preview; neither writes."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import path
from django.utils import timezone

from audiences import selection
from audiences.builder.reading import read_tree
from audiences.builder.showing import Focus, Shower
from audiences.builder.tree import Group, Place, WrongEdit, edit, place_of, to_document
from audiences.builder.warnings import find_warnings
from audiences.conditions.errors import ConditionError
from audiences.forms import PREFIX, builder_urls
from audiences.models import Audience
from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages

SAMPLE_SIZE = 5


class BuilderPage(AdminPage):
    """One edit of the tree: read what was typed, do what the button says, show it again."""

    title = "Rule"
    permission_required = ("audiences.view_audience",)
    shows_people = False
    results_only = True
    results_template_name = "audiences/_builder_tree.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with the edited tree; the preview hears of it."""
        prefix = request.POST.get("prefix", "")
        if not PREFIX.fullmatch(prefix):
            return HttpResponseBadRequest("Which builder?")
        tree = read_tree(request.POST, prefix)
        action = request.POST.get("action", "")
        try:
            place = edit(
                tree,
                action,
                read_place(request.POST.get("place", "")),
                request.POST.get("detail", ""),
            )
        except WrongEdit as error:
            return HttpResponseBadRequest(str(error))
        is_quiet = action in ("add", "remove", "add_filter", "remove_filter")
        shower = Shower(
            prefix,
            focus=Focus(place, "" if is_quiet else action),
            audience=edited_audience(request),
        )
        context = {"prefix": prefix, "root": shower.show(tree), **builder_urls()}
        response = self.render_to_response(self.get_context_data(**context))
        response["HX-Trigger-After-Swap"] = json.dumps(
            {"builder-changed": {"target": f"#{prefix}-builder"}}
        )
        return response


class PreviewPage(AdminPage):
    """How many the rule selects, who they are, what it says, and what is wrong with it."""

    title = "Preview"
    permission_required = ("audiences.view_audience",)
    shows_people = False
    results_only = True
    results_template_name = "audiences/_preview.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with the preview, for a good rule and for a bad one."""
        prefix = request.POST.get("prefix", "")
        if not PREFIX.fullmatch(prefix):
            return HttpResponseBadRequest("Which builder?")
        tree = read_tree(request.POST, prefix)
        last = request.POST.get(f"{prefix}-last", "")
        sample_size = SAMPLE_SIZE if self.may_see_people else 0
        context = preview(tree, last=last, sample_size=sample_size)
        context["prefix"] = prefix
        return self.render_to_response(self.get_context_data(**context))


def preview(tree: Group, *, last: str, sample_size: int) -> dict[str, Any]:
    """Evaluate the tree now; ``last`` is the size that was shown before, if any."""
    if not tree.children:
        return {"is_empty": True, "last": last}
    document = to_document(tree)
    errors = selection.check(document)
    if errors:
        return {"problems": [problem(error, tree) for error in errors], "last": last}
    now = timezone.now()
    size = selection.count_contacts(document, as_of=now)
    return {
        "size": size,
        "change": size - int(last) if last.isdigit() else 0,
        "last": size,
        "sample": selection.sample_contacts(document, as_of=now, size=sample_size)
        if size and sample_size
        else [],
        "sentence": selection.describe(document),
        "warnings": find_warnings(document),
    }


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


def read_place(dotted: str) -> Place:
    """Read the place of a node."""
    steps = dotted.split(".") if dotted else []
    if not all(step.isascii() and step.isdigit() and len(step) < 4 for step in steps):
        raise WrongEdit(f"No place {dotted!r}")
    return tuple(int(step) for step in steps)


def edited_audience(request: HttpRequest) -> Audience | None:
    """Find the audience that is edited, if one is."""
    raw = request.POST.get("edited", "")
    return Audience.objects.filter(pk=int(raw)).first() if raw.isdigit() else None


register_pages(
    [
        path(
            "audiences/builder/",
            admin.site.admin_view(BuilderPage.as_view()),
            name="audiences_builder",
        ),
        path(
            "audiences/preview/",
            admin.site.admin_view(PreviewPage.as_view()),
            name="audiences_preview",
        ),
    ]
)
