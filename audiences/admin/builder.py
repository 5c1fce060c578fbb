"""The condition builder's requests: edits of the tree, which write nothing."""

import json
from typing import Any

from django.contrib import admin
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    JsonResponse,
)
from django.urls import path

from audiences.builder.choices import Catalog
from audiences.builder.picker import picks
from audiences.builder.reading import read_tree
from audiences.builder.showing import Focus, Shower
from audiences.builder.tree import (
    Group,
    Place,
    WrongEdit,
    WrongPaste,
    edit,
    node_at,
    to_document,
)
from audiences.conditions.parse import dump_condition, find_errors, parse_condition
from audiences.forms import PREFIX, builder_urls
from audiences.models import Audience
from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages

# Edits after which the focus goes into what came, not back to the button.
QUIET = ("add", "remove", "paste", "insert", "drop", "restore")


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
        action, said = request.POST.get("action", ""), ""
        try:
            place = edit(
                tree,
                action,
                read_place(request.POST.get("place", "")),
                request.POST.get("detail", ""),
            )
        except WrongEdit as error:
            return HttpResponseBadRequest(str(error))
        except WrongPaste as error:
            place, said = read_place(request.POST.get("place", "")), str(error)
        moved = "" if action in QUIET else action
        shower = Shower(
            prefix,
            focus=Focus(place, moved, detail_of(tree, place, request)),
            audience=edited_audience(request.POST.get("edited", "")),
        )
        context = {
            "prefix": prefix,
            "root": shower.show(tree),
            "said": said,
            **builder_urls(),
        }
        response = self.render_to_response(self.get_context_data(**context))
        response["HX-Trigger-After-Swap"] = json.dumps(
            {"builder-changed": {"target": f"#{prefix}-builder"}}
        )
        return response


class PickerPage(AdminPage):
    """What can be added to a rule, to be searched."""

    title = "Add a condition"
    permission_required = ("audiences.view_audience",)
    shows_people = False
    results_only = True
    results_template_name = "audiences/_picker.html"
    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer with all of it; the page searches by itself."""
        prefix = request.GET.get("prefix", "")
        if not PREFIX.fullmatch(prefix):
            return HttpResponseBadRequest("Which builder?")
        offered = Catalog(edited_audience(request.GET.get("edited", "")))
        context = {"prefix": prefix, "groups": picks(offered)}
        return self.render_to_response(self.get_context_data(**context))


class CopyPage(AdminPage):
    """A condition or a group as it is typed now, to be put somewhere else."""

    title = "Copy"
    permission_required = ("audiences.view_audience",)
    shows_people = False
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with the document, or with what is not complete about it."""
        prefix = request.POST.get("prefix", "")
        if not PREFIX.fullmatch(prefix):
            return HttpResponseBadRequest("Which builder?")
        tree = read_tree(request.POST, prefix)
        try:
            node = node_at(tree, read_place(request.POST.get("place", "")))
        except WrongEdit as error:
            return HttpResponseBadRequest(str(error))
        document = to_document(node)
        errors = find_errors(document)
        if errors:
            return JsonResponse({"said": f"Not copied: {errors[0].message}"})
        return JsonResponse(
            {"condition": dump_condition(parse_condition(document)), "said": "Copied."}
        )


def detail_of(tree: Group, place: Place, request: HttpRequest) -> str:
    """Name the filter or step that was just added, the last of its list."""
    if request.POST.get("action") != "insert":
        return ""
    path = request.POST.get("detail", "")
    inner: Any = node_at(tree, place)
    for step in path.split("."):
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    return f"{path}.{len(inner) - 1}"


def read_place(dotted: str) -> Place:
    """Read the place of a node."""
    steps = dotted.split(".") if dotted else []
    if not all(step.isascii() and step.isdigit() and len(step) < 4 for step in steps):
        raise WrongEdit(f"No place {dotted!r}")
    return tuple(int(step) for step in steps)


def edited_audience(raw: str) -> Audience | None:
    """Find the audience that is edited, if one is."""
    is_number = raw.isascii() and raw.isdigit() and len(raw) < 19
    return Audience.objects.filter(pk=int(raw)).first() if is_number else None


register_pages(
    [
        path(
            "audiences/builder/",
            admin.site.admin_view(BuilderPage.as_view()),
            name="audiences_builder",
        ),
        path(
            "audiences/builder/picker/",
            admin.site.admin_view(PickerPage.as_view()),
            name="audiences_builder_picker",
        ),
        path(
            "audiences/builder/copy/",
            admin.site.admin_view(CopyPage.as_view()),
            name="audiences_builder_copy",
        ),
    ]
)
