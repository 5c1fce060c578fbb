"""Add a contact by hand, or correct one."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from contacts import consents, lists
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.contact_base import OneContactPage
from contacts.admin.site import register_pages
from contacts.forms import (
    AttributeFormSet,
    ContactForm,
    NewContactForm,
    attribute_text,
    attribute_value,
)
from contacts.identities import find as identities
from contacts.models import Contact

PREFIX = "attributes"


def link_to(contact_id: int) -> str:
    """Write the address of a contact's page."""
    return reverse("admin:contacts_contact_change", args=[contact_id])


def typed_attributes(formset: Any) -> dict[str, Any]:
    """Read the attributes from the rows that are filled in."""
    rows = [form.cleaned_data for form in formset if form.cleaned_data]
    return {
        row["name"]: attribute_value(row["value"])
        for row in rows
        if row["name"] and row["value"].strip()
    }


class ContactAddPage(AdminPage):
    """The form for a new contact; somebody whom we know already is brought up to date."""

    title = "Add a contact"
    permission_required = ("contacts.add_contact",)
    template_name = "contacts/contact_form.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("People", reverse("admin:contacts_contact_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add empty forms, unless what was typed has to be corrected."""
        chosen = self.request.GET.get("list")
        kwargs.setdefault("form", NewContactForm(initial={"contact_list": chosen}))
        kwargs.setdefault("formset", AttributeFormSet(prefix=PREFIX))
        kwargs["back"] = reverse("admin:contacts_contact_changelist")
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Save and show the contact, or the form with what is wrong."""
        form = NewContactForm(request.POST)
        formset = AttributeFormSet(request.POST, prefix=PREFIX)
        if form.is_valid() and formset.is_valid():
            try:
                contact, is_new = self.save(
                    form.cleaned_data, typed_attributes(formset)
                )
            except identities.IdentifiersDisagree:
                form.add_error(
                    "user_id",
                    "The email address belongs to one contact and this user ID to"
                    " another. Leave one of them out.",
                )
            else:
                said = "is a contact now" if is_new else "was known already; updated"
                messages.success(request, f"{contact.name} {said}.")
                return HttpResponseRedirect(link_to(contact.pk))
        return self.render_to_response(
            self.get_context_data(form=form, formset=formset)
        )

    @transaction.atomic
    def save(
        self, values: dict[str, Any], attributes: dict[str, Any]
    ) -> tuple[Contact, bool]:
        """Create or update the contact with the permission and the list that go with it."""
        now = timezone.now()
        contact, is_new = identities.create_or_update_contact(
            email=values["email"],
            user_id=values["user_id"],
            fields={name: values[name] for name in identities.FIELDS},
            attributes=attributes,
            user=self.user,
            now=now,
        )
        if values["permission"]:
            consents.grant(
                [contact.pk],
                source="by_hand",
                statement=values["statement"],
                user=self.user,
                now=now,
            )
        if values["contact_list"]:
            lists.add_contacts(
                contact_list=values["contact_list"], contact_ids=[contact.pk], now=now
            )
        return contact, is_new


class ContactEditPage(OneContactPage):
    """The form that corrects a contact; what is cleared is forgotten."""

    permission_required = ("contacts.change_contact",)
    template_name = "contacts/contact_form.html"

    def get_title(self) -> str:
        """Title the page with the name."""
        return f"Edit {self.contact.name}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the contact."""
        return [
            *super().get_breadcrumbs(),
            Crumb(self.contact.name, link_to(self.contact.pk)),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the forms, filled with what is known."""
        contact = self.contact
        kwargs.setdefault("form", self.bind(initial=self.known()))
        rows = [
            {"name": name, "value": attribute_text(value)}
            for name, value in sorted(contact.attributes.items())
        ]
        kwargs.setdefault("formset", AttributeFormSet(initial=rows, prefix=PREFIX))
        kwargs["back"] = link_to(contact.pk)
        return super().get_context_data(**kwargs)

    def known(self) -> dict[str, Any]:
        """Collect what the form begins with."""
        fields = {name: getattr(self.contact, name) for name in identities.FIELDS}
        return {"email": self.contact.email, **fields}

    def bind(self, **kwargs: Any) -> ContactForm:
        """Make the form; a user ID is given once and never edited away."""
        form = ContactForm(**kwargs)
        user_ids = self.contact.identifiers.filter(kind="user_id").order_by("pk")
        if known := ", ".join(user_ids.values_list("value", flat=True)):
            form.fields["user_id"].disabled = True
            form.initial["user_id"] = known
        return form

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Save and show the contact, or the form with what is wrong."""
        form = self.bind(data=request.POST, initial=self.known())
        formset = AttributeFormSet(request.POST, prefix=PREFIX)
        if form.is_valid() and formset.is_valid():
            try:
                self.save(form, typed_attributes(formset))
            except identities.AddressTaken as taken:
                form.add_error(
                    "email",
                    format_html(
                        'This address belongs to <a href="{}">another contact</a>.',
                        link_to(taken.owner_id),
                    ),
                )
            except identities.IdentifiersDisagree:
                form.add_error("user_id", "This user ID belongs to another contact.")
            else:
                return HttpResponseRedirect(link_to(self.contact.pk))
        return self.render_to_response(
            self.get_context_data(form=form, formset=formset)
        )

    def save(self, form: ContactForm, attributes: dict[str, Any]) -> None:
        """Write what was typed."""
        values = form.cleaned_data
        identities.edit_contact(
            contact=self.contact,
            email=values["email"],
            user_id="" if form.fields["user_id"].disabled else values["user_id"],
            fields={name: values[name] for name in identities.FIELDS},
            attributes=attributes,
            user=self.user,
            now=timezone.now(),
        )


register_pages(
    [
        path(
            "contacts/contact/<int:pk>/edit/",
            ContactEditPage.as_view(),
            name="contacts_contact_edit",
        ),
    ]
)
