"""The list of traits."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.safestring import SafeString

from audiences.admin.audience import part
from audiences.admin.traits.words import sentence_of, state_of
from audiences.models import Trait
from audiences.selection import all_names
from audiences.usage import uses_of_traits
from contacts.admin.base import ListAdmin
from contacts.templatetags.greenlight import badge, number


@admin.register(Trait)
class TraitAdmin(ListAdmin):
    """All traits: what each computes, of how many people, and what needs it."""

    shows_people = False
    list_display = ("title", "sentence", "state", "people", "median", "used_by")
    list_display_links = ("title",)
    search_fields = ("name", "key", "description")
    search_help_text = "Search by name, key or description"
    ordering = ("name", "pk")
    actions = None
    export_fields = ("name", "key", "description", "definition", "measured_at")
    empty_title = "No traits yet"
    empty_text = (
        "A trait is a value computed from what people did, such as the sum of their orders "
        "in the last 90 days. Audiences compare it, and it is always up to date."
    )
    empty_link_title = "Create the first trait"
    empty_url_name = "admin:audiences_trait_add"

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Add the sentence and the uses of each row; some queries for the page."""
        changelist = super().get_changelist_instance(request)
        rows: Sequence[Any] = changelist.result_list
        names = all_names()
        uses = uses_of_traits([row.pk for row in rows])
        for row in rows:
            row.said = sentence_of(row.definition, names)
            row.uses = uses[row.pk]
        return changelist

    @admin.display(description="Trait", ordering="name")
    def title(self, trait: Trait) -> SafeString:
        """Show the name, and what it is for."""
        return part("audiences/_list_title.html", {"audience": trait})

    @admin.display(description="What it is")
    def sentence(self, trait: Any) -> SafeString:
        """Show the definition in words."""
        return part("audiences/_list_sentence.html", {"sentence": trait.said})

    @admin.display(description="Status")
    def state(self, trait: Trait) -> SafeString:
        """Show whether its values have been looked at."""
        return badge(*state_of(trait))

    @admin.display(description="People with a value")
    def people(self, trait: Trait) -> str:
        """Show how many have a value of their own."""
        return number(trait.measured.get("people"))

    @admin.display(description="Median")
    def median(self, trait: Trait) -> str:
        """Show the middle of the values, or the most frequent text."""
        measured = trait.measured
        if measured.get("marks"):
            return number(measured["marks"][3])
        if measured.get("values"):
            return str(measured["values"][0][0])
        return "–"

    @admin.display(description="Used by")
    def used_by(self, trait: Any) -> SafeString:
        """Link what needs it."""
        return part("audiences/_list_uses.html", {"uses": trait.uses})
