"""Merge two contacts by hand, with a preview, and undo a merge."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from contacts.admin.base import Crumb
from contacts.admin.contact_base import OneContactPage
from contacts.admin.site import register_pages
from contacts.identities.by_hand import (
    ContactBusy,
    PersonForgotten,
    Preview,
    SameContact,
    merge_by_hand,
    preview_merge,
)
from contacts.identities.merge import ContactGone
from contacts.identities.tables import table_named
from contacts.identities.undo import AlreadyUndone, JournalGone, undo_merge
from contacts.models import Contact, Identifier, Merge
from contacts.sentences import show_value

CANDIDATES = 20
FIELDS = {
    "email": "Email",
    "first_name": "First name",
    "last_name": "Last name",
    "locale": "Language",
    "time_zone": "Time zone",
}
REFUSED = {
    SameContact: "This is the same contact. Choose another one.",
    ContactGone: "This contact is not there any more. Choose another one.",
    PersonForgotten: "This person was forgotten. There is nothing left to merge.",
    ContactBusy: (
        "Something is being written about one of them right now, so what merging would do can't"
        " be shown. Try again in a moment."
    ),
}


@dataclass(frozen=True)
class Row:
    """A value of both sides, and the one that counts afterwards."""

    label: str
    ours: str
    theirs: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether both have a value, and not the same."""
        return bool(self.ours and self.theirs) and self.ours != self.theirs


def compare(preview: Preview, contact_id: int, other_id: int) -> list[Row]:
    """Put the values of both sides beside each other."""
    ours, theirs = preview.before[contact_id], preview.before[other_id]
    rows = [
        Row(label, ours[name], theirs[name], preview.after[name])
        for name, label in FIELDS.items()
    ]
    names = sorted({*ours["attributes"], *theirs["attributes"]})
    rows += [
        Row(
            name,
            show_value(ours["attributes"].get(name)),
            show_value(theirs["attributes"].get(name)),
            show_value(preview.after["attributes"].get(name)),
        )
        for name in names
    ]
    return [row for row in rows if row.ours or row.theirs]


def count_moved(preview: Preview) -> list[tuple[str, int]]:
    """Name what comes along, with how much of it."""
    found = []
    for label, count in preview.moved.items():
        meta = table_named(label)._meta
        name = meta.verbose_name if count == 1 else meta.verbose_name_plural
        if count:
            found.append((str(name), count))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


class MergePage(OneContactPage):
    """Choose the other contact, see what would happen, and do it."""

    permission_required = ("contacts.change_contact",)
    template_name = "contacts/merge.html"
    results_template_name = "contacts/_merge_candidates.html"

    def get_title(self) -> str:
        """Say what the page is for."""
        return f"Merge {self.contact.name} with another contact"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the contact."""
        link = reverse("admin:contacts_contact_change", args=[self.contact.pk])
        return [*super().get_breadcrumbs(), Crumb(self.contact.name, link)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add who matches the words, or the preview with the one that was chosen."""
        words = self.request.GET.get("q", "").replace("\0", "").strip()
        other = self.find_other(self.request.GET.get("other", ""))
        kwargs |= {"words": words, "other": other}
        if other:
            kwargs |= self.preview(other)
        elif words:
            found = Contact.objects.matching(words).filter(erased_at=None)
            kwargs["candidates"] = list(
                found.exclude(pk=self.contact.pk).order_by("-pk")[:CANDIDATES]
            )
        return super().get_context_data(**kwargs)

    def find_other(self, key: str) -> Contact | None:
        """Find the contact that was chosen."""
        is_number = key.isdecimal() and len(key) < 19
        return Contact.objects.filter(pk=int(key)).first() if is_number else None

    def preview(self, other: Contact) -> dict[str, Any]:
        """See what merging would do."""
        try:
            preview = preview_merge(
                contact_id=self.contact.pk, other_id=other.pk, now=timezone.now()
            )
        except tuple(REFUSED) as error:
            return {"refusal": REFUSED[type(error)]}
        identifiers = Identifier.objects.filter(
            contact_id__in=[self.contact.pk, other.pk]
        )
        return {
            "preview": preview,
            "survivor": self.contact
            if preview.survivor_id == self.contact.pk
            else other,
            "rows": compare(preview, self.contact.pk, other.pk),
            "moved": count_moved(preview),
            "identifiers": list(identifiers.order_by("kind", "value")),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Merge, and show who remains."""
        other = self.find_other(request.POST.get("other", ""))
        try:
            if other is None:
                raise ContactGone
            merge = merge_by_hand(
                contact_id=self.contact.pk,
                other_id=other.pk,
                user=self.user,
                now=timezone.now(),
            )
        except tuple(REFUSED) as error:
            messages.error(request, REFUSED[type(error)])
            return HttpResponseRedirect(request.path)
        messages.success(
            request, "The two contacts are one now. You can undo it on this page."
        )
        return HttpResponseRedirect(
            reverse("admin:contacts_contact_change", args=[merge.contact_id])
        )


class UndoMergePage(OneContactPage):
    """Take a merge back; only by POST."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Undo, and show who is there again."""
        if not request.user.has_perm("contacts.change_contact"):
            raise PermissionDenied
        merge = get_object_or_404(Merge, contact=self.contact, pk=kwargs["merge"])
        shown = self.contact.pk
        try:
            contact = undo_merge(merge=merge, user=self.user, now=timezone.now())
        except AlreadyUndone:
            messages.info(request, "Somebody has undone this merge already.")
        except JournalGone:
            messages.error(
                request, "What the merge did was forgotten. It can't be undone."
            )
        else:
            shown = contact.pk
            messages.success(
                request,
                f"{contact.name} is a contact again. The link that joined the two is cut.",
            )
        return HttpResponseRedirect(
            reverse("admin:contacts_contact_change", args=[shown])
        )


register_pages(
    [
        path(
            "contacts/contact/<int:pk>/merge/",
            MergePage.as_view(),
            name="contacts_contact_merge",
        ),
        path(
            "contacts/contact/<int:pk>/merge/results/",
            MergePage.as_view(results_only=True),
            name="contacts_contact_merge_results",
        ),
        path(
            "contacts/contact/<int:pk>/undo-merge/<int:merge>/",
            UndoMergePage.as_view(),
            name="contacts_contact_undo_merge",
        ),
    ]
)
