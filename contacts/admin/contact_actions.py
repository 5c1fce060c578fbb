"""What a marketer does to one contact by a button: permission, suppression, lists."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from contacts import consents, lists
from contacts.admin.contact_base import OneContactPage
from contacts.admin.site import register_pages
from contacts.forms import ReasonForm
from contacts.models import ContactList, Suppression


class ContactActionPage(OneContactPage):
    """Do one thing to a contact, then show the contact again; only by POST."""

    http_method_names = ["post"]
    needs = {
        "unsubscribe": "contacts.change_contact",
        "suppress": "contacts.add_suppression",
        "lift": "contacts.delete_suppression",
        "add-to-list": "contacts.change_contactlist",
        "remove-from-list": "contacts.change_contactlist",
    }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Do what the address names."""
        action = kwargs["action"]
        if not request.user.has_perm(self.needs[action]):
            raise PermissionDenied
        acts: dict[str, Callable[[], None]] = {
            "unsubscribe": self.unsubscribe,
            "suppress": self.suppress,
            "lift": self.lift,
            "add-to-list": self.add_to_list,
            "remove-from-list": self.remove_from_list,
        }
        acts[action]()
        return HttpResponseRedirect(
            reverse("admin:contacts_contact_change", args=[self.contact.pk])
        )

    def read_reason(self) -> str:
        """Read why; blank, with a message, if it was left out."""
        form = ReasonForm(self.request.POST)
        if form.is_valid():
            return str(form.cleaned_data["reason"])
        messages.error(self.request, str(form.errors["reason"][0]))
        return ""

    def unsubscribe(self) -> None:
        """Take the permission back, because the person asked us to."""
        reason = self.read_reason()
        if not reason:
            return
        consents.withdraw(
            contact=self.contact,
            source="by_hand",
            statement=reason,
            user=self.user,
            now=timezone.now(),
        )
        messages.success(
            self.request, f"{self.contact.name} gets no more emails from now on."
        )

    def suppress(self) -> None:
        """Silence the address."""
        reason = self.read_reason()
        if not reason:
            return
        consents.suppress(
            address=self.contact.email,
            reason=Suppression.Reason.MANUAL,
            details=reason,
            user=self.user,
            now=timezone.now(),
        )
        messages.success(
            self.request, f"Nothing is sent to {self.contact.email} any more."
        )

    def lift(self) -> None:
        """Let us write to the address again."""
        reason = self.read_reason()
        suppression = consents.suppression_of(self.contact.email)
        if not reason or suppression is None:
            return
        consents.lift_suppression(
            suppression=suppression,
            reason=reason,
            user=self.user,
            now=timezone.now(),
        )
        messages.success(
            self.request, f"Emails to {self.contact.email} are possible again."
        )

    def chosen_list(self) -> ContactList:
        """Fetch the list that the form names."""
        key = self.request.POST.get("list", "")
        return get_object_or_404(
            ContactList,
            pk=int(key) if key.isdecimal() else 0,
            kind=ContactList.Kind.CHOSEN,
        )

    def add_to_list(self) -> None:
        """Put the contact on a list."""
        chosen = self.chosen_list()
        lists.add_contacts(
            contact_list=chosen, contact_ids=[self.contact.pk], now=timezone.now()
        )
        messages.success(self.request, f"{self.contact.name} is on “{chosen.name}”.")

    def remove_from_list(self) -> None:
        """Take the contact off a list."""
        chosen = self.chosen_list()
        lists.remove_contacts(
            contact_list=chosen, contact_ids=[self.contact.pk], now=timezone.now()
        )
        messages.success(
            self.request, f"{self.contact.name} is no longer on “{chosen.name}”."
        )


register_pages(
    [
        path(
            f"contacts/contact/<int:pk>/{action}/",
            ContactActionPage.as_view(),
            {"action": action},
            name=f"contacts_contact_{action.replace('-', '_')}",
        )
        for action in ContactActionPage.needs
    ]
)
