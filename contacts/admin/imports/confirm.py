"""The fifth step: consent, and the consequences in numbers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from contacts import lists
from contacts.admin.imports.forms import ConsentForm
from contacts.admin.imports.review import importable, kinds_of
from contacts.admin.imports.wizard import Stage, WizardPage, page_of
from contacts.imports import batches, runs
from contacts.imports.consequences import consequences_of
from contacts.models import ImportRun


class ImportConfirmPage(WizardPage):
    """Say what will happen; one button starts it, once."""

    template_name = "contacts/import/confirm.html"
    http_method_names = ["get", "post"]
    stages = frozenset([Stage.CHECKED])
    step = 5

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers and what other parts of the product will do."""
        run = self.get_run()
        people = importable(run.counts)
        earlier = {
            past.pk: past
            for batch in run.batches.order_by("pk")
            for past in batches.earlier_imports(batch)
        }
        kwargs.setdefault("form", ConsentForm())
        return super().get_context_data(
            run=run,
            kinds=kinds_of(run.counts),
            importable=people,
            set_aside=run.row_count - people,
            consequences=consequences_of(run.contact_list, people)
            if run.contact_list
            else [],
            earlier=list(earlier.values()),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Start the import; a second click finds it started."""
        form = ConsentForm(request.POST)
        run = self.get_run()
        if run.stage == Stage.CHECKED:
            if not form.is_valid():
                return self.show(form=form)
            self.confirm(run, form)
        return self.go(page_of(self.get_run()))

    def confirm(self, run: ImportRun, form: ConsentForm) -> None:
        """Import the rows; the list may be one of customers from now on."""
        now = timezone.now()
        if form.cleaned_data["are_customers"] and run.contact_list:
            lists.mark_customers(contact_list=run.contact_list, now=now)
        runs.confirm_import(
            run=run,
            statement=form.cleaned_data["statement"],
            user=self.user,
            now=now,
        )
