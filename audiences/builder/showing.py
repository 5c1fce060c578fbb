"""The tree to what the templates show: choices, values, buttons and errors of each node."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from audiences.builder.choices import Catalog, Choice, Choices, choices, grouped
from audiences.builder.comparisons import ComparisonView, comparison
from audiences.builder.reading import NEVER
from audiences.builder.tree import Group, Place, place_of
from audiences.conditions.errors import ConditionError
from audiences.conditions.windows import UNITS
from audiences.models import Audience

MODES = {
    "all": "all of these hold",
    "any": "any of these holds",
    "none": "none of these holds",
    "not_all": "not all of these hold",
}
COUNTS = {
    "at_least": "at least",
    "at_most": "at most",
    "exactly": "exactly",
    NEVER: "never",
}
WINDOWS = {"ever": "at any time", "last": "in the last", "between": "between"}


@dataclass(frozen=True)
class Focus:
    """Where the focus goes after an edit, and which button brought it there."""

    place: Place
    action: str = ""


@dataclass
class NodeView:
    """What the template needs of any node."""

    kind: str
    place: str
    field: str
    id: str
    errors: list[str]
    buttons: list[Choice]
    is_outermost: bool = False
    has_focus: bool = False
    focus_action: str = ""
    # Of a group.
    modes: list[Choice] = dataclasses.field(default_factory=list)
    children: list["NodeView"] = dataclasses.field(default_factory=list)
    joint: str = ""
    # Of a leaf.
    comparison: "ComparisonView | None" = None
    references: list[Choice] = dataclasses.field(default_factory=list)
    operators: list[Choice] = dataclasses.field(default_factory=list)
    event: "EventView | None" = None


@dataclass(frozen=True)
class EventView:
    """The controls of an event."""

    names: list[Choices]
    is_other: bool
    name: str
    counts: list[Choice]
    count: str
    is_never: bool
    windows: list[Choice]
    window: str
    amount: str
    units: list[Choice]
    start: str
    end: str
    filters: list[ComparisonView]


class Shower:
    """Turns a tree into views, for one builder on one page."""

    def __init__(
        self,
        prefix: str,
        *,
        errors: Iterable[ConditionError] = (),
        focus: Focus | None = None,
        audience: Audience | None = None,
    ) -> None:
        self.prefix = prefix
        self.focus = focus
        self.catalog = Catalog(audience)
        self.errors: dict[Place, list[str]] = {}
        for error in errors:
            place, _ = place_of(error.path)
            self.errors.setdefault(place, []).append(error.message)

    def show(self, tree: Group) -> NodeView:
        """Show the outermost group and all that is in it."""
        return self.group(tree, (), [])

    def frame(self, kind: str, place: Place, buttons: list[Choice]) -> NodeView:
        """Make what any node has."""
        dotted = ".".join(map(str, place))
        has_focus = self.focus is not None and self.focus.place == place
        return NodeView(
            kind=kind,
            place=dotted,
            field=f"{self.prefix}:{dotted}:",
            id="_".join([self.prefix, *map(str, place)]),
            errors=self.errors.get(place, []),
            buttons=buttons,
            is_outermost=not place,
            has_focus=has_focus,
            focus_action=self.focus.action if self.focus and has_focus else "",
        )

    def group(self, group: Group, place: Place, buttons: list[Choice]) -> NodeView:
        """Show a group."""
        view = self.frame("group", place, buttons)
        view.modes = choices(MODES, group.mode)
        view.joint = "and" if group.mode in ("all", "not_all") else "or"
        view.children = [
            self.node(child, (*place, index), moves(group, index, place))
            for index, child in enumerate(group.children)
        ]
        return view

    def node(
        self, node: Group | dict[str, Any], place: Place, buttons: list[Choice]
    ) -> NodeView:
        """Show a group or a leaf."""
        if isinstance(node, Group):
            return self.group(node, place, buttons)
        kind = str(node.get("kind", ""))
        view = self.frame(kind, place, buttons)
        if kind == "attribute":
            groups = [
                ("Contact", self.catalog.fields),
                ("Attributes", self.catalog.attributes),
            ]
            view.comparison = comparison(
                node,
                groups,
                view.field,
                view.id,
                "Attribute",
                was_chosen=view.focus_action == "refresh",
            )
        elif kind == "event":
            view.event = self.event(node, view)
        elif kind in ("list", "audience"):
            self.reference(node, view)
        return view

    def reference(self, node: dict[str, Any], view: NodeView) -> None:
        """Show a condition on lists or on audiences."""
        if view.kind == "list":
            known = self.catalog.lists
            words = {"on": "is on the list", "not_on": "is not on the list"}
        else:
            known = self.catalog.audiences
            words = {"in": "is in the audience", "not_in": "is not in the audience"}
        chosen = str(node.get(view.kind, ""))
        view.operators = choices(words, str(node.get("operator", "")))
        view.references = [
            Choice(str(key), name, str(key) == chosen) for key, name in known
        ]

    def event(self, node: dict[str, Any], view: NodeView) -> EventView:
        """Show an event."""
        name = str(node.get("name", ""))
        window = node.get("window") if isinstance(node.get("window"), dict) else {}
        window = window or {}
        kind = str(window.get("kind", "ever"))
        operator = str(node.get("operator", "at_least"))
        count = str(node.get("count", 1))
        is_never = count == "0" and operator in ("at_most", "exactly")
        names, is_other = grouped([("Events", self.catalog.events)], name)
        filters = node.get("filters", [])
        return EventView(
            names=names,
            is_other=is_other,
            name=name,
            counts=choices(COUNTS, NEVER if is_never else operator),
            count="1" if is_never else count,
            is_never=is_never,
            windows=choices(WINDOWS, kind),
            window=kind,
            amount=str(window.get("amount", 90)),
            units=choices(
                {unit: unit for unit in UNITS}, str(window.get("unit", "days"))
            ),
            start=str(window.get("from", "")),
            end=str(window.get("until", "")),
            filters=[
                comparison(
                    inner,
                    [("Properties", self.catalog.properties(name))],
                    f"{view.field}f{index}.",
                    f"{view.id}_f{index}",
                    "Property",
                    was_chosen=view.focus_action == "refresh",
                )
                for index, inner in enumerate(filters)
            ],
        )


def moves(parent: Group, index: int, place: Place) -> list[Choice]:
    """List the buttons in the menu of the node at an index of a group."""
    around = [
        parent.children[beside]
        for beside in (index - 1, index + 1)
        if 0 <= beside < len(parent.children)
    ]
    offered = {
        "up": ("Move up", index > 0),
        "down": ("Move down", index + 1 < len(parent.children)),
        "in": (
            "Move into the group beside it",
            any(isinstance(b, Group) for b in around),
        ),
        "out": ("Move out of this group", bool(place)),
        "wrap": ("Put into a new group", True),
        "duplicate": ("Duplicate", True),
    }
    return [Choice(key, label) for key, (label, can) in offered.items() if can]
