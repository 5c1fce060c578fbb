"""The graph of an audience, a trait or a list: of what it is made and what needs it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from audiences.admin.audience_base import OneAudiencePage
from audiences.explain.graph import (
    Graph,
    Thing,
    graph_of,
    graph_of_list,
    graph_of_trait,
)
from audiences.models import Trait
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.models import ContactList

# In the units of the drawing.
BOX_WIDTH = 190
BOX_HEIGHT = 44
ACROSS = 70
DOWN = 14
TOP = 30
LONGEST_NAME = 25
LONGEST_KIND = 30


@dataclass(frozen=True)
class Box:
    """A thing at its place in the drawing."""

    thing: Thing
    short: str
    kind: str
    x: int
    y: int
    middle: int
    is_focus: bool


class GraphPage(OneAudiencePage):
    """What an audience is made of, and what needs it."""

    tab = "audiences_graph"
    title = "Connections"
    shows_people = False
    template_name = "audiences/graph.html"

    def get_title(self) -> str:
        """Name the audience."""
        return f"Connections of “{self.audience.name}”"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Lay the graph out."""
        return super().get_context_data(**layout(graph_of(self.audience)), **kwargs)


class TraitGraphPage(AdminPage):
    """Of what a trait is computed, and what needs it."""

    title = "Connections"
    permission_required = ("audiences.view_trait",)
    shows_people = False
    template_name = "audiences/graph.html"

    def find_row(self) -> None:
        """Find the trait."""
        self.trait = get_object_or_404(Trait, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name the trait."""
        return f"Connections of “{self.trait.name}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list and to the trait."""
        url = reverse("admin:audiences_trait_change", args=[self.trait.pk])
        return [
            Crumb("Traits", reverse("admin:audiences_trait_changelist")),
            Crumb(self.trait.name, url),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Lay the graph out."""
        return super().get_context_data(**layout(graph_of_trait(self.trait)), **kwargs)


class ListGraphPage(AdminPage):
    """What needs a list."""

    title = "Connections"
    permission_required = ("contacts.view_contactlist", "audiences.view_audience")
    shows_people = False
    template_name = "audiences/graph.html"

    def find_row(self) -> None:
        """Find the list."""
        self.contact_list = get_object_or_404(ContactList, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        """Name the list."""
        return f"Connections of “{self.contact_list.name}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the lists and to the list."""
        url = reverse("admin:contacts_contactlist_change", args=[self.contact_list.pk])
        return [
            Crumb("Lists", reverse("admin:contacts_contactlist_changelist")),
            Crumb(self.contact_list.name, url),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Lay the graph out."""
        graph = graph_of_list(self.contact_list)
        return super().get_context_data(**layout(graph), **kwargs)


def layout(graph: Graph) -> dict[str, Any]:
    """Put each layer that has something into a column, its things below each other."""
    filled = graph.titled
    tallest = max(len(layer) for _, layer in filled)
    height = TOP + tallest * (BOX_HEIGHT + DOWN)
    boxes: dict[str, Box] = {}
    for column, (_, layer) in enumerate(filled):
        # Shorter columns stand in the middle of the tallest.
        start = TOP + (tallest - len(layer)) * (BOX_HEIGHT + DOWN) // 2
        for row, thing in enumerate(layer):
            y = start + row * (BOX_HEIGHT + DOWN)
            boxes[thing.key] = Box(
                thing=thing,
                short=shortened(thing.name),
                kind=shortened(f"{thing.kind}: {thing.details}", LONGEST_KIND)
                if thing.details
                else thing.kind,
                x=column * (BOX_WIDTH + ACROSS),
                y=y,
                middle=y + BOX_HEIGHT // 2,
                is_focus=thing == graph.focus,
            )
    return {
        "columns": [
            {"title": title, "x": column * (BOX_WIDTH + ACROSS), "things": layer}
            for column, (title, layer) in enumerate(filled)
        ],
        "boxes": list(boxes.values()),
        "paths": [
            curve(boxes[start], boxes[end])
            for start, end in graph.edges
            if start in boxes and end in boxes
        ],
        "box_width": BOX_WIDTH,
        "box_height": BOX_HEIGHT,
        "width": len(filled) * (BOX_WIDTH + ACROSS) - ACROSS,
        "height": height,
        "is_alone": len(boxes) == 1,
    }


def curve(start: Box, end: Box) -> str:
    """Draw from the right of one box to the left of another."""
    x1, x2 = start.x + BOX_WIDTH, end.x
    if start.x == end.x:
        # Within a column, around the right side.
        out = x1 + ACROSS // 2
        return f"M{x1} {start.middle} C{out} {start.middle} {out} {end.middle} {x1} {end.middle}"
    bend = (x2 - x1) // 2
    return f"M{x1} {start.middle} C{x1 + bend} {start.middle} {x2 - bend} {end.middle} {x2} {end.middle}"


def shortened(text: str, longest: int = LONGEST_NAME) -> str:
    """Cut a text to what a box holds."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


register_pages(
    [
        path(
            "audiences/audience/<int:pk>/connections/",
            admin.site.admin_view(GraphPage.as_view()),
            name="audiences_graph",
        ),
        path(
            "audiences/trait/<int:pk>/connections/",
            admin.site.admin_view(TraitGraphPage.as_view()),
            name="audiences_trait_graph",
        ),
        path(
            "audiences/list/<int:pk>/connections/",
            admin.site.admin_view(ListGraphPage.as_view()),
            name="audiences_list_graph",
        ),
    ]
)
