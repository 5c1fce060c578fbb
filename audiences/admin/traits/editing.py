"""Make and change a trait: its form, one edit of it, and the live preview."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from audiences import traits, usage
from audiences.admin.traits.picture import picture_of
from audiences.admin.traits.words import remarks_on, sentence_of
from audiences.builder.trait_form import (
    NEW,
    PREFIX,
    edit,
    is_posted,
    read_definition,
    show_definition,
)
from audiences.conditions.errors import ConditionError
from audiences.conditions.traits import dump_trait
from audiences.distributions import distribution_of, sample_values
from audiences.models import Trait
from audiences.previews.advice import warnings_of_trait
from audiences.previews.limits import Superseded, TookTooLong, limited
from audiences.selection import all_names
from audiences.trait_form import TraitForm
from audiences.traits import check_definition, free_key
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages

SAMPLE_SIZE = 6


class TraitEditPage(AdminPage):
    """The definition of a trait, with its live preview."""

    title = "New trait"
    permission_required = ("audiences.change_trait",)
    shows_people = False
    template_name = "audiences/trait_edit.html"
    http_method_names = ["get", "post"]

    def find_row(self) -> None:
        """Find the trait, if one is changed."""
        self.trait: Trait | None = None
        if "pk" in self.kwargs:
            self.trait = get_object_or_404(Trait, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name what is changed."""
        return f"Edit “{self.trait.name}”" if self.trait else self.title

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list, and to the trait."""
        crumbs = [Crumb("Traits", reverse("admin:audiences_trait_changelist"))]
        if self.trait:
            crumbs.append(Crumb(self.trait.name, trait_url(self.trait)))
        return crumbs

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the form; ``?copy=`` says which trait it starts from."""
        initial: dict[str, Any] = {}
        definition: Mapping[str, Any] = self.trait.definition if self.trait else NEW
        source = request.GET.get("copy", "")
        if source.isdigit() and self.trait is None:
            original = get_object_or_404(Trait, pk=int(source))
            definition = original.definition
            initial = {
                "name": f"{original.name[:110]} (copy)",
                "description": original.description,
            }
        return self.show(TraitForm(instance=self.trait, initial=initial), definition)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Save, and lead to the trait, where its measuring shows."""
        form = TraitForm(request.POST, instance=self.trait or Trait())
        if not form.is_valid():
            posted = is_posted(request.POST)
            return self.show(form, read_definition(request.POST) if posted else NEW)
        fields = {**form.cleaned_data, "now": timezone.now(), "user": request.user}
        if self.trait:
            saved = traits.change_trait(self.trait, **fields)
        else:
            saved = traits.create_trait(**fields)
        return redirect(trait_url(saved))

    def show(self, form: TraitForm, definition: Mapping[str, Any]) -> HttpResponse:
        """Render the form with the preview beside it."""
        context = {
            "form": form,
            "trait": self.trait,
            "dependents": usage.audiences_of_traits([self.trait.pk])
            if self.trait
            else [],
            **form_context(definition),
        }
        return self.render_to_response(self.get_context_data(**context))


class TraitFormPage(AdminPage):
    """One edit of the definition: read what was typed, do what the button says, show it again."""

    title = "Trait"
    permission_required = ("audiences.view_trait",)
    shows_people = False
    results_only = True
    results_template_name = "audiences/_trait_form.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with the controls; the preview hears of it."""
        definition = read_definition(request.POST)
        action = request.POST.get("action", "")
        edit(definition, action, request.POST.get("detail", ""))
        context = form_context(definition, was_chosen=action == "refresh")
        response = self.render_to_response(self.get_context_data(**context))
        changed = {"trait-changed": {"target": f"#{PREFIX}-builder"}}
        response["HX-Trigger-After-Swap"] = json.dumps(changed)
        return response


class TraitPreviewPage(AdminPage):
    """What a definition gives: sentence, distribution, some people, and what is odd."""

    title = "Preview"
    permission_required = ("audiences.view_trait",)
    shows_people = False
    results_only = True
    results_template_name = "audiences/_trait_preview.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer for a good definition and for a bad one, without writing."""
        token = request.POST.get("token", "") or secrets.token_urlsafe(12)
        edited = request.POST.get("edited", "")
        trait = (
            Trait.objects.filter(pk=int(edited)).first() if edited.isdigit() else None
        )
        name = request.POST.get("name", "").strip()
        context: dict[str, Any] = {"token": token}
        if name or trait:
            context["key"] = trait.key if trait else free_key(name)
        try:
            definition = dump_trait(
                check_definition(
                    read_definition(request.POST), trait_id=trait.pk if trait else None
                )
            )
            with limited(token):
                context |= self.look(definition)
        except ConditionError as error:
            context["problem"] = error.message
        except TookTooLong:
            context["is_late"] = True
        except Superseded:
            context["problem"] = "A newer look has taken over."
        return self.render_to_response(self.get_context_data(**context))

    def look(self, definition: dict[str, Any]) -> dict[str, Any]:
        """Compute the values of everybody now."""
        now = timezone.now()
        found = distribution_of(definition, as_of=now).as_json()
        return {
            "sentence": sentence_of(definition, all_names()),
            "picture": picture_of(found),
            "remarks": list(remarks_on(definition, found)),
            "warnings": warnings_of_trait(definition, as_of=now),
            "sample": sample_values(definition, as_of=now, size=SAMPLE_SIZE)
            if self.may_see_people
            else [],
        }


def form_context(
    definition: Mapping[str, Any], *, was_chosen: bool = False
) -> dict[str, Any]:
    """Collect what the controls of a definition need."""
    return {
        "shown": show_definition(definition, was_chosen=was_chosen),
        "prefix": PREFIX,
        "builder_url": reverse("admin:audiences_trait_form"),
        "preview_url": reverse("admin:audiences_trait_preview"),
    }


def trait_url(trait: Trait) -> str:
    """Give the address of a trait's page."""
    return reverse("admin:audiences_trait_change", args=[trait.pk])


edit_view = admin.site.admin_view(TraitEditPage.as_view())
register_pages(
    [
        path("audiences/trait/add/", edit_view, name="audiences_trait_add"),
        path("audiences/trait/<int:pk>/edit/", edit_view, name="audiences_trait_edit"),
        path(
            "audiences/trait/form/",
            admin.site.admin_view(TraitFormPage.as_view()),
            name="audiences_trait_form",
        ),
        path(
            "audiences/trait/preview/",
            admin.site.admin_view(TraitPreviewPage.as_view()),
            name="audiences_trait_preview",
        ),
    ]
)
