"""The base of admin pages that are not a model form."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponseBase
from django.views.generic.base import TemplateResponseMixin, View


class AdminPage(PermissionRequiredMixin, TemplateResponseMixin, View):
    """
    A page inside the admin, mounted twice: whole, and ``results_only`` for htmx.

    Subclasses give ``title``, ``permission_required``, ``template_name`` and, if a part of the
    page is swapped, ``results_template_name``, which the page includes.
    """

    title: str
    results_template_name: str
    results_only = False
    raise_exception = True

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Send who is not signed in to the sign-in page; refuse who may not."""
        if not request.user.is_authenticated:
            self.raise_exception = False
        return super().dispatch(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        """Name the part or the page."""
        if self.results_only:
            return [self.results_template_name]
        return super().get_template_names()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the frame of the admin needs."""
        parent = super()
        context = (
            parent.get_context_data(**kwargs)
            if hasattr(parent, "get_context_data")
            else kwargs
        )
        if self.results_only:
            return {"title": self.title, **context}
        return {**admin.site.each_context(self.request), "title": self.title, **context}
