"""What can be changed on a source: its keys, its switches; and a test event."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from contacts import sources
from contacts.admin.site import register_pages
from contacts.admin.sources.page import OneSourcePage
from contacts.forms import RotateForm
from contacts.models import Source, WriteKey


class SourceChange(OneSourcePage):
    """The base of changes: takes POST, and leads back to the source."""

    permission_required = ("contacts.change_source", "contacts.view_source")
    http_method_names = ["post"]

    def back(self, sentence: str) -> HttpResponseRedirect:
        """Go back to the source's page, and say there what was done."""
        messages.success(self.request, sentence)
        return HttpResponseRedirect(
            reverse("admin:contacts_source", args=[self.source.pk])
        )


class RotatePage(SourceChange):
    """Makes a key; the ones before it work for as long as was chosen."""

    permission_required = ("contacts.add_writekey", "contacts.view_source")

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Make the key and show it, this once."""
        form = RotateForm(request.POST)
        if not form.is_valid():
            raise Http404("There is no such overlap.")
        _, secret = sources.rotate_key(
            source=self.source,
            overlap=form.cleaned_data["overlap"],
            user=self.user,
            now=timezone.now(),
        )
        return self.show_secret(self.source, secret)


class RevokePage(SourceChange):
    """Makes a key useless at once."""

    permission_required = ("contacts.change_writekey", "contacts.view_source")

    def post(self, request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
        """Revoke it."""
        row = get_object_or_404(WriteKey, pk=number, source=self.source)
        sources.revoke_key(key=row, user=self.user, now=timezone.now())
        return self.back(f"The key {row.prefix}… works no more.")


def trust(source: Source, user: User) -> str:
    """Let its events pay rewards."""
    sources.trust_source(source=source, user=user, now=timezone.now())
    return f"Events of “{source.name}” may pay rewards from now on."


def distrust(source: Source, user: User) -> str:
    """Let its events pay nothing."""
    sources.distrust_source(source=source)
    return f"Events of “{source.name}” pay no rewards from now on."


def disable(source: Source, user: User) -> str:
    """Refuse what it sends."""
    sources.disable_source(source=source, user=user, now=timezone.now())
    return f"“{source.name}” is off. What it sends is refused."


def enable(source: Source, user: User) -> str:
    """Take what it sends."""
    sources.enable_source(source=source)
    return f"“{source.name}” is on again."


def read_links(source: Source, user: User) -> str:
    """Let links to the site carry events."""
    sources.set_reads_links(source=source, reads_links=True)
    return f"Links to “{source.name}” may carry events and identities from now on."


def ignore_links(source: Source, user: User) -> str:
    """Let links to the site carry nothing."""
    sources.set_reads_links(source=source, reads_links=False)
    return f"What links to “{source.name}” carry is ignored from now on."


def recognize(source: Source, user: User) -> str:
    """Let it find people whom we know by address alone."""
    sources.set_recognizes(source=source, recognizes=True)
    return f"“{source.name}” recognizes people you imported from now on."


def ignore_known(source: Source, user: User) -> str:
    """Let it find nobody whose address was stated."""
    sources.set_recognizes(source=source, recognizes=False)
    return f"“{source.name}” recognizes nobody you imported from now on."


SWITCHES: dict[str, Callable[[Source, User], str]] = {
    "trust": trust,
    "distrust": distrust,
    "recognize": recognize,
    "ignore-known": ignore_known,
    "disable": disable,
    "enable": enable,
    "read-links": read_links,
    "ignore-links": ignore_links,
}


class SwitchPage(SourceChange):
    """Turns one of the switches."""

    def post(self, request: HttpRequest, pk: int, action: str) -> HttpResponseBase:
        """Turn it."""
        if action not in SWITCHES:
            raise Http404("There is no such switch.")
        return self.back(SWITCHES[action](self.source, self.user))


register_pages(
    [
        path(
            "data/sources/<int:pk>/rotate/",
            RotatePage.as_view(),
            name="contacts_source_rotate",
        ),
        path(
            "data/sources/<int:pk>/keys/<int:number>/revoke/",
            RevokePage.as_view(),
            name="contacts_source_revoke",
        ),
        path(
            "data/sources/<int:pk>/switch/<str:action>/",
            SwitchPage.as_view(),
            name="contacts_source_switch",
        ),
    ]
)
