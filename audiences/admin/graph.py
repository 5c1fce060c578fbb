"""The graph of an audience: what it is made of and what needs it, drawn and written."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import path

from audiences.admin.audience_base import OneAudiencePage
from audiences.explain.graph import LAYERS, Graph, Thing, graph_of
from contacts.admin.site import register_pages

# In the units of the drawing.
BOX_WIDTH = 190
BOX_HEIGHT = 44
ACROSS = 70
DOWN = 14
TOP = 30
LONGEST_NAME = 25


@dataclass(frozen=True)
class Box:
    """A thing at its place in the drawing."""

    thing: Thing
    short: str
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


def layout(graph: Graph) -> dict[str, Any]:
    """Put each layer that has something into a column, its things below each other."""
    filled = [
        (title, layer)
        for title, layer in zip(LAYERS, graph.layers, strict=True)
        if layer
    ]
    tallest = max(len(layer) for _, layer in filled)
    height = TOP + tallest * (BOX_HEIGHT + DOWN)
    boxes: dict[str, Box] = {}
    for column, (title, layer) in enumerate(filled):
        # Shorter columns stand in the middle of the tallest.
        start = TOP + (tallest - len(layer)) * (BOX_HEIGHT + DOWN) // 2
        for row, thing in enumerate(layer):
            y = start + row * (BOX_HEIGHT + DOWN)
            boxes[thing.key] = Box(
                thing=thing,
                short=shortened(thing.name),
                x=column * (BOX_WIDTH + ACROSS),
                y=y,
                middle=y + BOX_HEIGHT // 2,
                is_focus=title == "This audience",
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


def shortened(name: str) -> str:
    """Cut a name to what a box holds."""
    return (
        name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
    )


register_pages(
    [
        path(
            "audiences/audience/<int:pk>/connections/",
            admin.site.admin_view(GraphPage.as_view()),
            name="audiences_graph",
        ),
    ]
)
