"""A contact's page: who it is, what happened, what we may send, and what other apps know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.panels import build_panels
from contacts.admin.site import register_pages
from contacts.consents import suppression_of
from contacts.models import (
    Consent,
    ConsentChange,
    Contact,
    ContactList,
    Event,
    ListMembership,
    Suppression,
)
from contacts.sentences import event_icon, event_sentence, event_title, show_value

EVENTS_PER_PAGE = 25
CHANGES_SHOWN = 20
SOURCES = {
    "import": "Import",
    "checkout": "Checkout",
    "one_click": "The unsubscribe button of the mail program",
    "unsubscribe_page": "The unsubscribe page",
    "by_hand": "By hand",
    "lifted_by_hand": "Suppression lifted by hand",
}


@dataclass(frozen=True)
class Happening:
    """An event as the timeline tells it."""

    at: datetime
    sentence: str
    icon: str
    details: list[tuple[str, str]]


def tell(event: Event) -> Happening:
    """Turn an event into a line of the timeline."""
    details = [(name, show_value(value)) for name, value in event.properties.items()]
    return Happening(
        at=event.occurred_at,
        sentence=event_sentence(event.name, event.properties),
        icon=event_icon(event.name),
        details=[(event_title(name), value) for name, value in details if value],
    )


def language_name(locale: str) -> str:
    """Write a locale for people: "de-AT" → "German (Austria)"."""
    try:
        return Locale.parse(locale, sep="-").get_display_name("en") or locale
    except (UnknownLocaleError, ValueError, TypeError):
        return locale


def local_time(time_zone: str, now: datetime) -> datetime | None:
    """Tell what a contact's clock says; None where the zone is not known."""
    try:
        zone = ZoneInfo(time_zone) if time_zone else None
        # Without a zone, so that the template does not bring it back to the site's.
        return now.astimezone(zone).replace(tzinfo=None) if zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


class OneContactPage(AdminPage):
    """The base of pages about one contact, named by ``pk`` in the address."""

    permission_required: tuple[str, ...] = ()

    @cached_property
    def contact(self) -> Contact:
        """Fetch the contact, or answer that there is none."""
        key = str(self.kwargs["pk"])
        found = (
            Contact.objects.filter(pk=int(key)).first()
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


class TimelinePage(OneContactPage):
    """What happened to a contact, newest first; ``?event=`` keeps one kind."""

    permission_required = ("contacts.view_event",)
    results_template_name = "contacts/_timeline.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the page of events that is asked for."""
        chosen = self.request.GET.get("event", "").replace("\0", "")
        return super().get_context_data(
            **timeline_context(self.contact, chosen, self.request.GET.get("page")),
            **kwargs,
        )


def timeline_context(
    contact: Contact, chosen: str = "", number: str | None = None
) -> dict[str, Any]:
    """Collect what ``contacts/_timeline.html`` shows; two queries."""
    kinds = list(
        Event.objects.filter(contact=contact)
        .values("name")
        .annotate(count=Count("pk"))
        .order_by("-count", "name")
        .values_list("name", "count")
    )
    events = Event.objects.filter(contact=contact).order_by("-occurred_at", "-pk")
    if chosen:
        events = events.filter(name=chosen)
    paginator = Paginator(events, EVENTS_PER_PAGE)
    # The counts are known already.
    paginator.count = sum(count for name, count in kinds if chosen in ("", name))
    page: Page[Event] = paginator.get_page(number)
    return {
        "kinds": [(name, event_title(name), count) for name, count in kinds],
        "chosen": chosen,
        "page_obj": page,
        "happenings": [tell(event) for event in page],
    }


class ContactPage(OneContactPage):
    """Everything about one contact."""

    template_name = "contacts/contact.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the parts of the page that the user may see."""
        contact = self.contact
        if self.request.user.has_perm("contacts.view_event"):
            kwargs.update(timeline_context(contact))
        return super().get_context_data(
            **kwargs,
            **self.collect_permission(),
            **self.collect_lists(),
            identifiers=list(contact.identifiers.exclude(kind="email").order_by("pk")),
            language=language_name(contact.locale),
            clock=local_time(contact.time_zone, timezone.now()),
            attributes=[
                (name, show_value(value))
                for name, value in sorted(contact.attributes.items())
            ],
            panels=build_panels(contact, self.request.user),
        )

    def collect_permission(self) -> dict[str, Any]:
        """Collect where the contact stands, and how it came to that."""
        changes = ConsentChange.objects.filter(contact=self.contact)
        newest = changes.select_related("changed_by").order_by("-changed_at", "-pk")
        suppression: Suppression | None = suppression_of(self.contact.email)
        return {
            "consents": list(
                Consent.objects.filter(contact=self.contact).order_by("channel")
            ),
            "consent_changes": [
                (change, SOURCES.get(change.source, event_title(change.source)))
                for change in newest[:CHANGES_SHOWN]
            ],
            "suppression": suppression,
        }

    def collect_lists(self) -> dict[str, Any]:
        """Collect the lists the contact is on, and those left to choose."""
        chosen = ContactList.objects.filter(kind=ContactList.Kind.CHOSEN)
        on_it = set(
            ListMembership.objects.filter(contact=self.contact).values_list(
                "contact_list_id", flat=True
            )
        )
        rows = list(chosen.order_by("name", "pk"))
        return {
            "lists": [row for row in rows if row.pk in on_it],
            "other_lists": [row for row in rows if row.pk not in on_it],
        }


register_pages(
    [
        path(
            "contacts/contact/<int:pk>/timeline/",
            TimelinePage.as_view(results_only=True),
            name="contacts_timeline_results",
        ),
    ]
)
