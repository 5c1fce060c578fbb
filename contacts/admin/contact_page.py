"""A contact's page: who it is, what happened, what we may send, and what other apps know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from contacts.admin.contact_base import OneContactPage
from contacts.admin.panels import build_panels
from contacts.admin.timeline import CAUSES, receipt_url, timeline_context
from contacts.attributes import Changed, history
from contacts.consents import suppression_of
from contacts.identities.story import identifiers_of, merges_of
from contacts.models import (
    Account,
    AccountMember,
    Consent,
    ConsentChange,
    Contact,
    ContactList,
    Erasure,
    ListMembership,
    Source,
    Suppression,
)
from contacts.sentences import event_title, show_value

ACCOUNTS_SHOWN = 20
CHANGES_OF_ATTRIBUTES = 500
CHANGES_SHOWN = 20
SOURCES = {
    "import": "Import",
    "checkout": "Checkout",
    "one_click": "The unsubscribe button of the mail program",
    "unsubscribe_page": "The unsubscribe page",
    "by_hand": "By hand",
    "lifted_by_hand": "Suppression lifted by hand",
}


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


@dataclass(frozen=True)
class ValueChange:
    """A value that an attribute or a field got, and how it came to that."""

    change: Changed
    old: str
    new: str
    cause: str
    link: str
    by: str


def changes_of(contact: Contact) -> dict[str, list[ValueChange]]:
    """List what each attribute was, newest first."""
    found: dict[str, list[ValueChange]] = {}
    changes = history(contact)[-CHANGES_OF_ATTRIBUTES:]
    users = User.objects.in_bulk({one.user_id for one in changes if one.user_id})
    sources = Source.objects.in_bulk(
        {one.source_id for one in changes if one.source_id}
    )
    for one in reversed(changes):
        who = users.get(one.user_id or 0) or sources.get(one.source_id or 0)
        found.setdefault(one.name, []).append(
            ValueChange(
                change=one,
                old=show_value(one.old),
                new=show_value(one.new),
                cause=CAUSES.get(one.cause, one.cause),
                link=receipt_url(one.receipt_id),
                by=str(who) if who else "",
            )
        )
    return dict(sorted(found.items()))


def accounts_of(contact: Contact) -> list[Account]:
    """List the companies and teams a contact belongs to."""
    members = AccountMember.objects.filter(contact=contact)
    return list(
        Account.objects.filter(pk__in=members.values("account_id")).order_by(
            "name", "pk"
        )[:ACCOUNTS_SHOWN]
    )


class ContactPage(OneContactPage):
    """Everything about one contact."""

    template_name = "contacts/contact.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the page; of who was forgotten, only that he was."""
        if self.contact.erased_at:
            self.template_name = "contacts/forgotten.html"
            proof = Erasure.objects.filter(person=self.contact.pk)
            context = super().get_context_data(proof=proof.order_by("-pk").first())
            return self.render_to_response(context)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the parts of the page that the user may see."""
        contact = self.contact
        if self.request.user.has_perm("contacts.view_event"):
            kwargs.update(timeline_context(contact))
            kwargs["attribute_changes"] = changes_of(contact)
        return super().get_context_data(
            **kwargs,
            **self.collect_permission(),
            **self.collect_lists(),
            identifiers=identifiers_of(contact),
            merges=merges_of(contact),
            accounts=accounts_of(contact),
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
