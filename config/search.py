"""What "Go to…" finds: pages, and records by name, of which the user may open each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from audiences.models import Audience, Trait
from campaigns.models import Campaign
from config.navigation import BEGINNINGS, GROUPS
from contacts.models import Contact, ContactList
from referrals.models import Program

MOST_OF_A_KIND = 6
# One letter fits too many people to be of help.
SHORTEST_NAME = 2


@dataclass(frozen=True)
class Kind:
    """A kind of records: how they are found, and what they are called."""

    model: type[Model]
    label: str
    icon: str
    find: Callable[[str], QuerySet[Any]]


def named(model: type[Model]) -> Callable[[str], QuerySet[Any]]:
    """Find rows by any part of their name, the latest first."""
    rows: QuerySet[Any] = model._default_manager.all()
    return lambda words: rows.filter(name__icontains=words).order_by("-pk")


def find_contacts(words: str) -> QuerySet[Contact]:
    """Find people by the beginning of a name, an address or an identifier."""
    if len(words) < SHORTEST_NAME:
        return Contact.objects.none()
    return Contact.objects.matching(words).order_by("-pk")


KINDS = (
    Kind(Campaign, "Campaign", "campaign", named(Campaign)),
    Kind(Audience, "Audience", "groups", named(Audience)),
    Kind(Trait, "Trait", "functions", named(Trait)),
    Kind(ContactList, "List", "list_alt", named(ContactList)),
    Kind(Program, "Program", "redeem", named(Program)),
    Kind(Contact, "Person", "person", find_contacts),
)


def find_places(request: HttpRequest, words: str) -> list[SearchResult]:
    """List pages, then records of each kind; one query per kind the user may see."""
    return [*find_pages(request, words), *find_records(request, words)]


def find_pages(request: HttpRequest, words: str) -> Iterator[SearchResult]:
    """Find pages in whose name, or in that of their group, each word begins a word."""
    wanted = words.lower().split()
    groups = {**GROUPS, "Begin": BEGINNINGS}
    for group, entries in groups.items():
        for entry in entries:
            known = f"{entry['title']} {group}".lower().split()
            fits = all(any(one.startswith(word) for one in known) for word in wanted)
            if fits and entry.get("permission", bool)(request):
                yield SearchResult(
                    entry["title"], group or "Page", str(entry["link"]), entry["icon"]
                )


def find_records(request: HttpRequest, words: str) -> Iterator[SearchResult]:
    """Find the first few of each kind."""
    for kind in KINDS:
        if not admin.site.get_model_admin(kind.model).has_view_permission(request):
            continue
        name = f"admin:{kind.model._meta.app_label}_{kind.model._meta.model_name}"
        for row in kind.find(words)[:MOST_OF_A_KIND]:
            email = getattr(row, "email", "")
            yield SearchResult(
                title=row.name,
                description=email if email not in ("", row.name) else kind.label,
                link=reverse(f"{name}_change", args=[row.pk]),
                icon=kind.icon,
            )
