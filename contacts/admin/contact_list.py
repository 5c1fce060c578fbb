"""Lists: who is on them, by search; made, renamed and deleted by hand."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from import_export.fields import Field
from unfold.decorators import display

from contacts import lists
from contacts.admin.base import AdminPage, Crumb, ListAdmin
from contacts.admin.panels import list_pages
from contacts.admin.site import register_pages
from contacts.exports import CsvResource
from contacts.forms import ListForm
from contacts.models import Contact, ContactList
from contacts.templatetags.greenlight import number

MEMBERS_PER_PAGE = 25
CANDIDATES = 8


class ListResource(CsvResource):
    """Lists with their sizes."""

    size = Field(attribute="size", column_name="contacts")

    class Meta:
        model = ContactList
        fields = ("name", "description", "size", "created_at")
        export_order = fields


@admin.register(ContactList)
class ContactListAdmin(ListAdmin):
    """All lists, with their sizes."""

    shows_people = False
    list_display = ("name", "contacts", "description", "created_at", "created_by")
    list_select_related = ("created_by",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    export_resource = ListResource

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContactList]:
        """Add the sizes, in the same query."""
        return ContactList.objects.with_size()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none: each list is deleted on a page that says what follows."""
        return {}

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the form for a new list."""
        return ListAddPage.as_view()(request)

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Show the list's page."""
        return ListPage.as_view()(request, pk=object_id)

    def delete_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Show what deleting the list means."""
        return ListDeletePage.as_view()(request, pk=object_id)

    @display(description="Contacts", ordering="size")
    def contacts(self, contact_list: Any) -> str:
        """Show the size."""
        return number(contact_list.size)


class OneListPage(AdminPage):
    """The base of pages about one list, named by ``pk`` in the address."""

    permission_required: tuple[str, ...] = ("contacts.view_contactlist",)

    @cached_property
    def contact_list(self) -> Any:
        """Fetch the list with its size, or answer that there is none."""
        key = str(self.kwargs["pk"])
        found = (
            ContactList.objects.with_size().filter(pk=int(key)).first()
            if key.isdecimal() and len(key) < 19
            else None
        )
        if found is None:
            raise Http404("There is no such list.")
        return found

    def get_title(self) -> str:
        """Title the page with the list's name."""
        return self.contact_list.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the lists."""
        return [Crumb("Lists", reverse("admin:contacts_contactlist_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the list."""
        is_chosen = self.contact_list.kind == ContactList.Kind.CHOSEN
        return super().get_context_data(
            contact_list=self.contact_list, is_chosen=is_chosen, **kwargs
        )


class ListPage(OneListPage):
    """A list and who is on it; the results can be searched, and members taken off."""

    template_name = "contacts/list.html"
    results_template_name = "contacts/_list_members.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of members."""
        text = self.request.GET.get("q", "").replace("\0", "").strip()
        found = lists.members(self.contact_list).matching(text).order_by("-pk")
        paginator = Paginator(found, MEMBERS_PER_PAGE)
        if not text:
            # The size is known already.
            paginator.count = self.contact_list.size
        return super().get_context_data(
            page_obj=paginator.get_page(self.request.GET.get("page")),
            query=text,
            pages=list_pages(self.user),
            **kwargs,
        )


class ListChangePage(ListPage):
    """Put a contact on the list or take one off; answers with who is on it then."""

    http_method_names = ["post"]
    permission_required = ("contacts.view_contactlist", "contacts.change_contactlist")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Do what the button names."""
        ids = {
            name: int(request.POST.get(name, ""))
            for name in ("add", "remove")
            if request.POST.get(name, "").isdecimal()
        }
        try:
            if "add" in ids:
                lists.add_contacts(
                    contact_list=self.contact_list,
                    contact_ids=[ids["add"]],
                    now=timezone.now(),
                )
            if "remove" in ids:
                lists.remove_contacts(
                    contact_list=self.contact_list,
                    contact_ids=[ids["remove"]],
                    now=timezone.now(),
                )
        except lists.EveryoneIsFixed:
            raise Http404("Everybody is on this list.") from None
        # Its size is another one now.
        self.__dict__.pop("contact_list", None)
        response = self.render_to_response(self.get_context_data())
        response["HX-Trigger"] = "members-changed"
        return response


class CandidatesPage(OneListPage):
    """Contacts who are not on the list and match what is typed."""

    results_template_name = "contacts/_list_candidates.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the first few."""
        text = self.request.GET.get("who", "").replace("\0", "").strip()
        on_it = lists.members(self.contact_list).values("pk")
        found = Contact.objects.matching(text).exclude(pk__in=on_it).order_by("-pk")
        return super().get_context_data(
            candidates=list(found[:CANDIDATES]) if text else [], who=text, **kwargs
        )


class ListAddPage(AdminPage):
    """The form for a new list."""

    title = "Create a list"
    permission_required = ("contacts.add_contactlist",)
    shows_people = False
    template_name = "contacts/list_form.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the lists."""
        return [Crumb("Lists", reverse("admin:contacts_contactlist_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add an empty form, unless what was typed has to be corrected."""
        kwargs.setdefault("form", ListForm())
        kwargs["back"] = reverse("admin:contacts_contactlist_changelist")
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Create the list and show it, or the form with what is wrong."""
        form = ListForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        made = lists.create_list(
            name=form.cleaned_data["name"],
            description=form.cleaned_data["description"],
            user=self.user,
            now=timezone.now(),
        )
        return HttpResponseRedirect(
            reverse("admin:contacts_contactlist_change", args=[made.pk])
        )


class ListEditPage(OneListPage):
    """The form that renames a list."""

    permission_required = ("contacts.change_contactlist",)
    shows_people = False
    template_name = "contacts/list_form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, filled with what is known."""
        kwargs.setdefault("form", ListForm(instance=self.contact_list))
        kwargs["back"] = reverse(
            "admin:contacts_contactlist_change", args=[self.contact_list.pk]
        )
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Save and show the list, or the form with what is wrong."""
        form = ListForm(request.POST, instance=self.contact_list)
        if not form.is_valid():
            self.contact_list.refresh_from_db(fields=["name", "description"])
            return self.render_to_response(self.get_context_data(form=form))
        form.save()
        return HttpResponseRedirect(
            reverse("admin:contacts_contactlist_change", args=[pk])
        )


class ListDeletePage(OneListPage):
    """Say what deleting a list means, and do it."""

    permission_required = ("contacts.delete_contactlist",)
    shows_people = False
    template_name = "contacts/list_delete.html"

    def get_title(self) -> str:
        """Ask."""
        return f"Delete “{self.contact_list.name}”?"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what speaks of the list."""
        return super().get_context_data(uses=lists.uses(self.contact_list), **kwargs)

    def post(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Delete the list, unless something speaks of it."""
        name = self.contact_list.name
        try:
            lists.delete_list(contact_list=self.contact_list)
        except (lists.ListInUse, lists.EveryoneIsFixed):
            return self.render_to_response(self.get_context_data())
        messages.success(request, f"The list “{name}” is gone; its contacts stay.")
        return HttpResponseRedirect(reverse("admin:contacts_contactlist_changelist"))


register_pages(
    [
        path(
            "contacts/contactlist/<int:pk>/members/",
            ListPage.as_view(results_only=True),
            name="contacts_list_members",
        ),
        path(
            "contacts/contactlist/<int:pk>/change-members/",
            ListChangePage.as_view(results_only=True),
            name="contacts_list_change_members",
        ),
        path(
            "contacts/contactlist/<int:pk>/candidates/",
            CandidatesPage.as_view(results_only=True),
            name="contacts_list_candidates",
        ),
        path(
            "contacts/contactlist/<int:pk>/edit/",
            ListEditPage.as_view(),
            name="contacts_contactlist_edit",
        ),
    ]
)
