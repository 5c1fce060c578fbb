"""The condition builder's requests: edits of the tree, which write nothing."""

import json

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import path

from audiences.builder.reading import read_tree
from audiences.builder.showing import Focus, Shower
from audiences.builder.tree import Place, WrongEdit, edit
from audiences.forms import PREFIX, builder_urls
from audiences.models import Audience
from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages


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
    ]
)
