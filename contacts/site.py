"""
The admin site, which also serves our own pages.

It stands outside ``contacts.admin``, because that package registers its models as it is
imported, and needs a finished site for that.
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
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

    def app_index(
        self,
        request: HttpRequest,
        app_label: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Send to the home page: apps are how the code is cut, and mean nothing here."""
        return redirect("admin:index")
