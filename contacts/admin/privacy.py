"""Hand over everything about a person, forget a person, and prove that it was done."""

from tempfile import TemporaryFile
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import AdminPage, Crumb, WorkProgressPage, progress_context
from contacts.admin.contact_base import OneContactPage
from contacts.admin.site import register_pages
from contacts.erasure.asking import (
    AlreadyForgotten,
    NotFailed,
    erasures_of,
    request_erasure,
    retry_erasure,
)
from contacts.erasure.handover import write_everything
from contacts.identities.tables import table_named
from contacts.models import Erasure
from contacts.models.work import WorkState

PER_PAGE = 25
LIST = "admin:contacts_erasures"
MAY_FORGET = "contacts.delete_contact"
PROGRESS = "admin:contacts_erasure_progress"
# What has no table of its own, or one with another name.
LABELS = {
    "inbox": "messages waiting to be understood",
    "files": "uploaded files",
    "admin.logentry": "lines of the activity log",
}


def words_for(label: str, count: int) -> str:
    """Name the rows of a table for people."""
    if label in LABELS:
        return LABELS[label]
    meta = table_named(label)._meta
    return str(meta.verbose_name if count == 1 else meta.verbose_name_plural)


class HandoverPage(OneContactPage):
    """Everything about one person as a ZIP file."""

    permission_required = ("contacts.view_contact", "contacts.view_event")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Write the file and send it."""
        file = TemporaryFile()  # noqa: SIM115 - the response closes it
        write_everything(file, self.contact, now=timezone.now())
        file.seek(0)
        return FileResponse(
            file, as_attachment=True, filename=f"contact-{self.contact.pk}.zip"
        )


class ForgetForm(forms.Form):
    """Why somebody is forgotten, and whether we may ever write to him again."""

    never_again = forms.BooleanField(
        required=False,
        label="Never write to this person again",
        help_text="The address stays silent, even if somebody imports it again."
        " Only a hash of it is kept.",
    )
    statement = forms.CharField(
        required=False,
        max_length=500,
        label="Note for the proof",
        help_text="For example the number of the request. Leave names out.",
    )


class ForgetPage(OneContactPage):
    """What forgetting a person means, and the button."""

    permission_required = (MAY_FORGET,)
    template_name = "contacts/forget.html"

    def get_title(self) -> str:
        """Say what the page is for."""
        return f"Forget {self.contact.name}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the contact."""
        link = reverse("admin:contacts_contact_change", args=[self.contact.pk])
        return [*super().get_breadcrumbs(), Crumb(self.contact.name, link)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        if self.contact.erased_at:
            raise Http404("This person was forgotten.")
        kwargs.setdefault("form", ForgetForm())
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Ask for it, and show how it goes."""
        form = ForgetForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        try:
            erasure = request_erasure(
                contact=self.contact,
                never_again=form.cleaned_data["never_again"],
                statement=form.cleaned_data["statement"],
                user=self.user,
                now=timezone.now(),
            )
        except AlreadyForgotten:
            messages.info(request, "Somebody has asked for this already.")
            return HttpResponseRedirect(reverse(LIST))
        return HttpResponseRedirect(
            reverse("admin:contacts_erasure", args=[erasure.pk])
        )


class ErasuresPage(AdminPage):
    """Who was forgotten, without names; and the search by what somebody went by."""

    title = "Forgotten people"
    permission_required = ("contacts.view_erasure",)
    template_name = "contacts/erasures.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the answer, or the list."""
        words = self.request.GET.get("q", "").replace("\0", "").strip()[:254]
        found = erasures_of(words) if words else []
        rows = Erasure.objects.select_related("created_by").order_by("-pk")
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            words=words, found=found, page_obj=page, **kwargs
        )


class ErasurePage(AdminPage):
    """The proof: when, by whom, what was deleted and emptied."""

    permission_required = ("contacts.view_erasure",)
    template_name = "contacts/erasure.html"

    def find_row(self) -> None:
        """Find the erasure before anything else is done."""
        self.erasure = get_object_or_404(
            Erasure.objects.select_related("created_by"), pk=self.kwargs["pk"]
        )

    def get_title(self) -> str:
        """Name it by its number, for there is no name."""
        return f"Erasure {self.erasure.pk}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Forgotten people", reverse(LIST))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how it goes, and what was done."""
        counts = sorted(
            self.erasure.counts.items(), key=lambda pair: (-pair[1], pair[0])
        )
        return super().get_context_data(
            **progress_context(
                self.erasure, url_name=PROGRESS, may_stop=False, now=timezone.now()
            ),
            erasure=self.erasure,
            counts=[(words_for(label, count), count) for label, count in counts],
            may_retry=self.erasure.state == WorkState.FAILED
            and self.user.has_perm(MAY_FORGET),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Try again what failed."""
        if not self.user.has_perm(MAY_FORGET):
            raise PermissionDenied
        try:
            retry_erasure(self.erasure)
        except NotFailed:
            messages.info(request, "It is under way, or done already.")
        return HttpResponseRedirect(request.path)


class ErasureProgress(WorkProgressPage):
    """How far an erasure is; once asked for, nobody stops it."""

    model = Erasure
    url_name = PROGRESS
    permission_required = ("contacts.view_erasure",)
    http_method_names = ["get"]
    # Nobody holds it, so no button shows.
    stop_permission = "contacts.stop_erasure"


register_pages(
    [
        path(
            "contacts/contact/<int:pk>/everything.zip",
            HandoverPage.as_view(),
            name="contacts_contact_handover",
        ),
        path(
            "contacts/contact/<int:pk>/forget/",
            ForgetPage.as_view(),
            name="contacts_contact_forget",
        ),
        path("contacts/forgotten/", ErasuresPage.as_view(), name="contacts_erasures"),
        path(
            "contacts/forgotten/<int:pk>/",
            ErasurePage.as_view(),
            name="contacts_erasure",
        ),
        path(
            "contacts/forgotten/<int:pk>/progress/",
            ErasureProgress.as_view(),
            name="contacts_erasure_progress",
        ),
    ]
)
