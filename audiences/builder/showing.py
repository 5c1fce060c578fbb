"""The tree to what the templates show: parts, buttons and errors of each node."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from audiences.builder.choices import Catalog, Choice, choices
from audiences.builder.controls import At
from audiences.builder.fields import kept
from audiences.builder.parts import FORMS, Form
from audiences.builder.tree import Group, Place, place_of
from audiences.conditions.errors import ConditionError
from audiences.models import Audience

MODES = {
    "all": "all of these hold",
    "any": "any of these holds",
    "none": "none of these holds",
    "not_all": "not all of these hold",
}
QUANTIFIERS = {
    "any": "someone in their account",
    "all": "everyone in their account",
    "none": "nobody in their account",
}
# What the buttons that add to a list inside a condition say.
INSERTS = {
    "filters": Choice("filters", "Where…"),
    "then": Choice("then", "Then…"),
}
MOST_INSIDE = {"filters": 20, "then": 4}


@dataclass(frozen=True)
class Focus:
    """Where the focus goes after an edit, and which button brought it there."""

    place: Place
    action: str = ""
    detail: str = ""


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
    quantifiers: list[Choice] = dataclasses.field(default_factory=list)
    children: list["NodeView"] = dataclasses.field(default_factory=list)
    joint: str = ""
    # Of a leaf; without a form it can't be shown, and stays as ``keeps`` has it.
    form: Form | None = None
    parts: list[Any] = dataclasses.field(default_factory=list)
    inserts: list[Choice] = dataclasses.field(default_factory=list)
    focus_detail: str = ""
    keeps: str = ""
    wrong: list[str] = dataclasses.field(default_factory=list)


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
        self.errors: dict[Place, list[ConditionError]] = {}
        for error in errors:
            self.errors.setdefault(place_of(error.path)[0], []).append(error)

    def show(self, tree: Group) -> NodeView:
        """Show the outermost group and all that is in it."""
        return self.group(tree, (), [])

    def frame(self, kind: str, place: Place, buttons: list[Choice]) -> NodeView:
        """Make what any node has."""
        dotted = ".".join(map(str, place))
        has_focus = self.focus is not None and self.focus.place == place
        errors = self.errors.get(place, [])
        element_id = "_".join([self.prefix, *map(str, place)])
        return NodeView(
            kind=kind,
            place=dotted,
            field=f"{self.prefix}:{dotted}:",
            id=element_id,
            errors=list(dict.fromkeys(error.message for error in errors)),
            buttons=buttons,
            is_outermost=not place,
            has_focus=has_focus,
            focus_action=self.focus.action if self.focus and has_focus else "",
            focus_detail=self.focus.detail if self.focus and has_focus else "",
            wrong=[control_id(element_id, error) for error in errors],
        )

    def group(self, group: Group, place: Place, buttons: list[Choice]) -> NodeView:
        """Show a group."""
        view = self.frame("group", place, buttons)
        view.modes = choices(MODES, group.mode)
        if group.quantifier:
            view.quantifiers = choices(QUANTIFIERS, group.quantifier)
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
        view.form = FORMS.get(kind)
        if view.form is None:
            view.keeps = kept(node)
            return view
        at = At(
            view.field,
            view.id,
            view.place,
            self.catalog,
            was_chosen=view.focus_action == "refresh",
        )
        view.parts = [part.show(node, at) for part in view.form.parts]
        view.inserts = [
            INSERTS[name]
            for name in view.form.lists
            if _has_room(node.get(name), MOST_INSIDE[name])
        ]
        return view


def _has_room(inner: Any, most: int) -> bool:
    """Whether one more may be added to a list inside a condition."""
    return not isinstance(inner, Sequence) or len(inner) < most


def control_id(element_id: str, error: ConditionError) -> str:
    """Name the control that an error is about, if it is about one."""
    rest = [str(step) for step in place_of(error.path)[1]]
    return "_".join([element_id, *rest])


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
