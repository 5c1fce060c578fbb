"""Filters of the list of people."""

from datetime import datetime, time
from typing import Any

from babel import Locale
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from contacts.models import Contact, ContactList, ListMembership
from contacts.models.consent import ConsentState

# The languages offered, by their tag; each includes its regions.
LANGUAGES = [
    "ar",
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "fi",
    "fr",
    "he",
    "hi",
    "hr",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "ms",
    "nb",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sr",
    "sv",
    "th",
    "tr",
    "uk",
    "vi",
    "zh",
]


class KnownFilter(DropdownFilter):
    """
    People whom we know by an address or a user id; visitors without a name on demand.

    Who visits a website once and never says who he is would else crowd out everybody.
    """

    title = "who"
    parameter_name = "who"
    words = (("known", "Known people"), ("anonymous", "Anonymous"), ("all", "All"))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer all three; known people are meant if nothing is chosen."""
        return list(self.words)

    def value(self) -> str:
        """Read what is chosen; known people without a choice."""
        return str(super().value() or "known")

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep who is meant; leans on the two indexes of the newest."""
        chosen = self.value()
        if chosen == "all":
            return queryset
        return queryset.filter(is_anonymous=chosen == "anonymous")


class ListFilter(DropdownFilter):
    """Who is on a list."""

    title = "list"
    parameter_name = "list"

    def has_output(self) -> bool:
        """Stand even without lists, so that an address that names one is not ignored."""
        return True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the lists that are chosen; everybody is on the other."""
        chosen = ContactList.objects.filter(kind=ContactList.Kind.CHOSEN)
        rows = chosen.order_by("name", "pk").values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep who is on it; a list that does not exist has nobody."""
        value = self.value()
        if not value:
            return queryset
        if not value.isdecimal():
            return queryset.none()
        on_it = ListMembership.objects.filter(contact_list=int(value))
        return queryset.filter(pk__in=on_it.values("contact_id"))


class PermissionFilter(DropdownFilter):
    """Whom we may write to."""

    title = "email permission"
    parameter_name = "permission"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each state, as on the badge."""
        return [
            ("granted", "Granted"),
            ("withdrawn", "Withdrawn"),
            ("unknown", "Never asked"),
            ("suppressed", "Suppressed"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep who stands there; a suppressed address comes before any consent."""
        value = self.value()
        if value == "suppressed":
            return queryset.filter(is_suppressed=True)
        if value == "unknown":
            return queryset.filter(consent_state=None, is_suppressed=False)
        if value in ConsentState.values:
            return queryset.filter(consent_state=value, is_suppressed=False)
        return queryset


class LanguageFilter(DropdownFilter):
    """Who speaks a language."""

    title = "language"
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer languages by their English names."""
        names = [(tag, Locale(tag).english_name or tag) for tag in LANGUAGES]
        return [*sorted(names, key=lambda row: row[1]), ("none", "Not known")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the language with all its regions."""
        value = self.value()
        if not value:
            return queryset
        if value == "none":
            return queryset.filter(locale="")
        return queryset.filter(
            Q(locale=value)
            | Q(locale__startswith=f"{value}-")
            | Q(locale__startswith=f"{value}_")
        )


class CreatedFilter(RangeDateFilter):
    """Who came between two days, both included, in the site's time zone."""

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Contact]
    ) -> QuerySet[Contact]:
        """Keep who came within; what is no day is left out."""
        bounds = {
            f"{self.field_path}__gte": (self.read("from"), time.min),
            f"{self.field_path}__lte": (self.read("to"), time.max),
        }
        for lookup, (day, clock) in bounds.items():
            if day is not None:
                moment = timezone.make_aware(datetime.combine(day, clock))
                queryset = queryset.filter(**{lookup: moment})
        return queryset

    def read(self, bound: str) -> Any:
        """Read a day from the address; None if it is none."""
        text = self.used_parameters.get(f"{self.field_path}_{bound}") or ""
        try:
            return parse_date(str(text))
        except ValueError:
            return None
