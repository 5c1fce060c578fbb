"""The stream of messages: newest first, live, narrowed and searched."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from contacts.admin.base import AdminPage
from contacts.admin.debugger.filters import (
    FLAGS,
    KINDS,
    Wish,
    list_names,
    list_sources,
    read_id,
    read_wish,
)
from contacts.admin.debugger.rows import tell_lines
from contacts.admin.site import register_pages
from contacts.models import Receipt, Source
from contacts.receipts import Walk, newer_receipts, newest_receipts, settled_id

# More than this in one look, and the list is replaced by the newest.
MOST_AT_ONCE = 200
MOST_COUNTED = 1_000
# Ids are given before they are committed: what came this lately is looked at again.
UNSETTLED = timedelta(seconds=5)
# What belongs to a look and not to what is looked for.
OWN_PARAMETERS = ("after", "before", "paused")


class DebuggerPart(AdminPage):
    """The base of the Debugger's pages: reads what is looked for."""

    title = "Debugger"
    permission_required = ("contacts.view_receipt",)

    @cached_property
    def wish(self) -> Wish:
        """Read what is looked for from the address."""
        return read_wish(self.request.GET)

    @property
    def query(self) -> str:
        """Write what is looked for, without where the look stands."""
        query = QueryDict(mutable=True)
        for name, value in self.request.GET.items():
            if value and name not in OWN_PARAMETERS:
                query[name] = str(value)
        return query.urlencode()

    def walk(self, before_id: int | None = None) -> dict[str, Any]:
        """Find a page of receipts, for the template."""
        found = (
            Walk([])
            if self.wish.is_unknown_person
            else newest_receipts(self.wish.filter, before_id=before_id)
        )
        return {"walk": found, "lines": tell_lines(found.receipts)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is looked for."""
        return super().get_context_data(wish=self.wish, query=self.query, **kwargs)


class StreamPage(DebuggerPart):
    """The newest messages, with the form that narrows them."""

    template_name = "contacts/debugger/stream.html"
    results_template_name = "contacts/debugger/_stream.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer the page, or the part that the form swaps, with its own address."""
        response = super().get(request, *args, **kwargs)
        if self.results_only:
            page = reverse("admin:contacts_debugger")
            response["HX-Push-Url"] = f"{page}?{self.query}" if self.query else page
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the newest messages, and where the live part begins."""
        # First the mark, then the rows: what comes between the two is seen twice, not never.
        after = settled_id(now=timezone.now(), patience=UNSETTLED)
        context = super().get_context_data(
            **self.walk(), after=after, is_paused=False, **kwargs
        )
        if not self.results_only:
            context.update(self.collect_form())
        return context

    def collect_form(self) -> dict[str, Any]:
        """Collect what the form offers."""
        return {
            "sources": list_sources(),
            "kinds": KINDS,
            "states": Receipt.State.choices,
            "flags": FLAGS,
            "names": list_names(),
            "has_sources": Source.objects.exists(),
        }


class OlderPart(DebuggerPart):
    """The next messages further back."""

    results_only = True
    results_template_name = "contacts/debugger/_older.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the page below ``before``."""
        before = read_id(self.request.GET.get("before"))
        return super().get_context_data(**self.walk(before), is_more=True, **kwargs)


class LivePart(DebuggerPart):
    """What came since; while paused, only how much."""

    results_only = True
    results_template_name = "contacts/debugger/_live.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what came above ``after``."""
        after = read_id(self.request.GET.get("after")) or 0
        is_paused = self.request.GET.get("paused") == "1"
        look = self.count if is_paused else self.collect
        return super().get_context_data(is_paused=is_paused, **look(after), **kwargs)

    def count(self, after: int) -> dict[str, Any]:
        """Count what came, and stay where the list stands."""
        if self.wish.is_unknown_person:
            return {"after": after, "waiting": 0}
        rows = newer_receipts(self.wish.filter, after_id=after, size=MOST_COUNTED)
        return {"after": after, "waiting": len(rows.values_list("pk"))}

    def collect(self, after: int) -> dict[str, Any]:
        """Fetch what came; if it is too much, the newest page takes the list's place."""
        settled = settled_id(now=timezone.now(), patience=UNSETTLED)
        if self.wish.is_unknown_person:
            return {"after": settled}
        rows = list(
            newer_receipts(self.wish.filter, after_id=after, size=MOST_AT_ONCE + 1)
        )
        if len(rows) > MOST_AT_ONCE:
            return {"after": settled, "is_flood": True, **self.walk()}
        return {"after": max(after, settled), "lines": tell_lines(rows)}


register_pages(
    [
        path("data/debugger/", StreamPage.as_view(), name="contacts_debugger"),
        path(
            "data/debugger/results/",
            StreamPage.as_view(results_only=True),
            name="contacts_debugger_results",
        ),
        path(
            "data/debugger/older/",
            OlderPart.as_view(),
            name="contacts_debugger_older",
        ),
        path("data/debugger/live/", LivePart.as_view(), name="contacts_debugger_live"),
    ]
)
