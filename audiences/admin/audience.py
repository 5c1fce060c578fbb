"""The list of audiences."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from audiences.models import Audience
from audiences.selection import all_names, describe_saved
from audiences.usage import Use, uses_of_many
from contacts.admin.base import ListAdmin
from contacts.templatetags.greenlight import ago, number


class ArchivedFilter(admin.SimpleListFilter):
    """Live audiences, or those that are archived."""

    title = "state"
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: Any
    ) -> Iterable[tuple[str, str]]:
        """Offer what is not shown by itself."""
        return [("archived", "Archived")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Leave archived ones out unless they are asked for."""
        return queryset.filter(archived_at__isnull=self.value() != "archived")


@admin.register(Audience)
class AudienceAdmin(ListAdmin):
    """All audiences: whom each selects, how many they are, and what needs it."""

    shows_people = False
    list_display = ("title", "rule_sentence", "members", "refreshed", "used_by")
    list_display_links = ("title",)
    list_filter = (ArchivedFilter,)
    search_fields = ("name", "description")
    search_help_text = "Search by name or description"
    ordering = ("name", "pk")
    actions = None
    export_fields = ("name", "description", "size", "refreshed_at", "rule")
    empty_title = "No audiences yet"
    empty_text = (
        "An audience is everybody for whom a rule holds, such as “three orders or more”. "
        "Members enter and leave by themselves. Campaigns begin with one."
    )
    empty_link_title = "Create the first audience"
    empty_url_name = "admin:audiences_audience_add"

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Add the sentence and the uses of each row; five queries for the page."""
        changelist = super().get_changelist_instance(request)
        rows: Sequence[Any] = changelist.result_list
        names = all_names()
        uses = uses_of_many([row.pk for row in rows])
        for row in rows:
            row.sentence = describe_saved(row.rule, names)
            row.uses = uses[row.pk]
        return changelist

    @admin.display(description="Audience", ordering="name")
    def title(self, audience: Audience) -> SafeString:
        """Show the name, and what it is for."""
        return part("audiences/_list_title.html", {"audience": audience})

    @admin.display(description="Who is in it")
    def rule_sentence(self, audience: Any) -> SafeString:
        """Show the rule as a sentence."""
        return part("audiences/_list_sentence.html", {"sentence": audience.sentence})

    @admin.display(description="Contacts", ordering="size")
    def members(self, audience: Audience) -> str:
        """Show the size, as of the last refresh."""
        return number(audience.size) if audience.refreshed_at else "Filling…"

    @admin.display(description="Refreshed", ordering="refreshed_at")
    def refreshed(self, audience: Audience) -> str:
        """Show when the members were last looked at."""
        return ago(audience.refreshed_at)

    @admin.display(description="Used by")
    def used_by(self, audience: Any) -> SafeString:
        """Link what needs it."""
        uses: list[Use] = audience.uses
        return part("audiences/_list_uses.html", {"uses": uses})


def part(template: str, context: dict[str, Any]) -> SafeString:
    """Render a cell of the list."""
    return render_to_string(template, context)
