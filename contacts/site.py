"""
The admin site, which also serves our own pages.

It stands outside ``contacts.admin``, because that package registers its models as it is
imported, and needs a finished site for that.
"""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from unfold.sites import UnfoldAdminSite

PAGES: list[URLPattern] = []


def register_pages(patterns: Sequence[URLPattern]) -> None:
    """
    Mount pages inside the admin, under their names in the namespace ``admin``.

    Called at the bottom of the module that holds the pages; ``<app>/admin/__init__.py``
    imports it, as it does for model admins.
    """
    PAGES.extend(patterns)


class GreenlightSite(UnfoldAdminSite):
    """The admin with our pages before its own, so that they may sit beneath a model."""

    def get_urls(self) -> list[Any]:
        """Put our pages first."""
        return [*PAGES, *super().get_urls()]

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """
        Answer "Go to…" with what the callback in the settings finds.

        The theme's own search remembers answers for minutes, also for who has lost a
        permission meanwhile, and looks among the names of tables.
        """
        words = request.GET.get("s", "").replace("\0", "").strip()
        if not words:
            return HttpResponse()
        callback = self._get_config("COMMAND", request)["search_callback"]
        page = Paginator(self._get_value(callback, request, words), 50).page(1)
        return TemplateResponse(
            request,
            "unfold/helpers/command_results.html",
            {
                **{"page_obj": page.paginator, "results": page, "page_counter": 0},
                "command_show_history": False,
            },
            headers={"HX-Trigger": "search"},
        )

    def app_index(
        self,
        request: HttpRequest,
        app_label: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Send to the home page: apps are how the code is cut, and mean nothing here."""
        return redirect("admin:index")
