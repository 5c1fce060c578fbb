"""The base of the pages about one contact."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property

from contacts.admin.base import AdminPage, Crumb
from contacts.identities.whereabouts import present_id
from contacts.models import Contact


class OneContactPage(AdminPage):
    """The base of pages about one contact, named by ``pk`` in the address."""

    permission_required: tuple[str, ...] = ()

    @cached_property
    def contact(self) -> Contact:
        """Fetch the contact, or who he is by now, or answer that there is none."""
        key = str(self.kwargs["pk"])
        found = (
            Contact.objects.filter(pk=present_id(int(key))).first()
            if key.isdecimal() and len(key) < 19
            else None
        )
        if found is None:
            raise Http404("There is no such contact.")
        return found

    def get_title(self) -> str:
        """Title the page with the name."""
        return self.contact.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("People", reverse("admin:contacts_contact_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the contact."""
        return super().get_context_data(contact=self.contact, **kwargs)
