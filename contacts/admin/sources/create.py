"""Add a source: what sends, and what it is called."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import Crumb
from contacts.admin.site import register_pages
from contacts.admin.sources.page import OneSourcePage
from contacts.admin.sources.texts import KIND_CARDS
from contacts.forms import SourceForm
from contacts.models import Source
from contacts.sources import create_key, create_source


class NewSourcePage(OneSourcePage):
    """The form; its answer is the page of the new source, with the key, shown this once."""

    title = "Add a source"
    permission_required = ("contacts.add_source", "contacts.view_source")
    form_template_name = "contacts/sources/new.html"
    created: Source | None = None

    def get_title(self) -> str:
        """Title the form, or the source that was made."""
        return self.created.name if self.created else self.title

    def get_template_names(self) -> list[str]:
        """Name the form, or the page of the source."""
        return (
            super().get_template_names() if self.created else [self.form_template_name]
        )

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Sources", reverse("admin:contacts_sources"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add an empty form, unless what was typed has to be corrected."""
        if not self.created:
            kwargs.setdefault("form", SourceForm())
            kwargs["cards"] = KIND_CARDS
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Make the source with its first key, and show it."""
        form = SourceForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        now = timezone.now()
        with transaction.atomic():
            self.created = create_source(**form.cleaned_data, user=self.user, now=now)
            _, secret = create_key(source=self.created, user=self.user, now=now)
        return self.show_secret(self.created, secret)


register_pages(
    [path("data/sources/new/", NewSourcePage.as_view(), name="contacts_source_new")]
)
