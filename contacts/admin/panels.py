"""What other apps add to the pages of contacts and lists, so that nothing here imports upward."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from contacts.models import Contact


@dataclass(frozen=True)
class PanelRow:
    """A line of a panel: what, its value, and the page behind it."""

    label: str
    value: Any
    link: str = ""
    # A state, which makes the value a badge in its color.
    state: str = ""


@dataclass(frozen=True)
class PanelTemplate:
    """A panel that is drawn by a template of its own, which reads ``panel.<name>``."""

    name: str
    context: dict[str, Any] = field(default_factory=dict)


PanelContent = Sequence[PanelRow] | PanelTemplate


@dataclass(frozen=True)
class Panel:
    """A section of a contact's page."""

    title: str
    build: Callable[[Contact], PanelContent]
    permission: str


@dataclass(frozen=True)
class BuiltPanel:
    """A panel with its content for one contact."""

    title: str
    rows: Sequence[PanelRow] = ()
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)


PANELS: dict[str, Panel] = {}


def register_panel(
    title: str, build: Callable[[Contact], PanelContent], *, permission: str
) -> None:
    """
    Add a section to the page of every contact; called in ``AppConfig.ready``.

    ``build`` returns rows or a template; no rows leave the section out. Users without the
    permission don't see it. Keep it to one or two queries.
    """
    PANELS[title] = Panel(title, build, permission)


def build_panels(contact: Contact, user: User | AnonymousUser) -> list[BuiltPanel]:
    """Build the sections that the user may see and that have something to say."""
    built = []
    for panel in PANELS.values():
        if not user.has_perm(panel.permission):
            continue
        content = panel.build(contact)
        if isinstance(content, PanelTemplate):
            built.append(
                BuiltPanel(panel.title, template=content.name, context=content.context)
            )
        elif content:
            built.append(BuiltPanel(panel.title, rows=content))
    return built


@dataclass(frozen=True)
class ListPageLink:
    """A page about a list that another app has: its title, and the name of its address."""

    title: str
    url_name: str
    permission: str


LIST_PAGES: dict[str, ListPageLink] = {}


def register_list_page(title: str, url_name: str, *, permission: str) -> None:
    """
    Add a link to the page of every list; called in ``AppConfig.ready``.

    The address takes the id of the list; users without the permission don't see the link.
    """
    LIST_PAGES[title] = ListPageLink(title, url_name, permission)


def list_pages(user: User | AnonymousUser) -> list[ListPageLink]:
    """List the links that the user may follow."""
    return [page for page in LIST_PAGES.values() if user.has_perm(page.permission)]
