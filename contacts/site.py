"""
The admin site, which also serves our own pages.

It stands outside ``contacts.admin``, because that package registers its models as it is
imported, and needs a finished site for that.
"""

from collections.abc import Sequence
from typing import Any

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
