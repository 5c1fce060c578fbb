"""
A condition document as the builder shows it: groups of leaves, and the edits on them.

A group has a mode: "all", "any", "none" (not any) or "not_all". A leaf is the document of a
leaf as it was typed, complete or not.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from audiences.conditions.errors import Path

Place = tuple[int, ...]
MODES = ("all", "any", "none", "not_all")
LEAF_KINDS = ("attribute", "event", "list", "audience")
NEW_LEAVES: dict[str, dict[str, Any]] = {
    "attribute": {"kind": "attribute", "name": "", "operator": "is", "value": ""},
    "event": {
        "kind": "event",
        "name": "",
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "last", "amount": 90, "unit": "days"},
        "filters": [],
    },
    "list": {"kind": "list", "list": "", "operator": "on"},
    "audience": {"kind": "audience", "audience": "", "operator": "in"},
}
NEW_FILTER = {"name": "", "operator": "is", "value": ""}


@dataclass
class Group:
    """Some leaves and groups, and how they are joined."""

    mode: str = "all"
    children: list["Group | dict[str, Any]"] = field(default_factory=list)


class WrongEdit(ValueError):
    """The edit names a place that is not there, or can't be done to it."""


def from_document(document: Any) -> Group:
    """Turn a document into a group, wrapping it if it is a leaf; None gives an empty one."""
    if not isinstance(document, dict):
        return Group()
    tree = _child(document)
    return tree if isinstance(tree, Group) else Group(children=[tree])


def _child(document: dict[str, Any]) -> Group | dict[str, Any]:
    """Turn a document into a group or a leaf."""
    kind = document.get("kind")
    if kind == "not":
        inside = from_document(document.get("condition"))
        opposite = {"any": "none", "all": "not_all", "none": "any", "not_all": "all"}
        if len(inside.children) == 1 and inside.mode == "all":
            return Group("none", inside.children)
        return Group(opposite[inside.mode], inside.children)
    if kind in ("all", "any"):
        children = document.get("conditions")
        inner = children if isinstance(children, list) else []
        return Group(
            kind, [_child(child) for child in inner if isinstance(child, dict)]
        )
    return document


def to_document(tree: Group | dict[str, Any]) -> dict[str, Any]:
    """Turn the tree into a document; incomplete leaves stay as they are."""
    if isinstance(tree, dict):
        return tree
    inner = {
        "kind": "any" if tree.mode in ("any", "none") else "all",
        "conditions": [to_document(child) for child in tree.children],
    }
    if tree.mode in ("none", "not_all"):
        return {"kind": "not", "condition": inner}
    return inner


def place_of(path: Path) -> tuple[Place, Path]:
    """Split the path of an error into the place of the node and the rest inside it."""
    steps = list(path)
    place: list[int] = []
    while steps:
        if steps[0] == "condition":
            steps.pop(0)
        elif steps[0] == "conditions" and len(steps) > 1:
            place.append(int(steps[1]))
            del steps[:2]
        else:
            break
    return tuple(place), tuple(steps)


def node_at(tree: Group, place: Place) -> Group | dict[str, Any]:
    """Find the node at a place."""
    node: Group | dict[str, Any] = tree
    for index in place:
        if not isinstance(node, Group) or index >= len(node.children):
            raise WrongEdit(f"No condition at {place}")
        node = node.children[index]
    return node


def group_at(tree: Group, place: Place) -> Group:
    """Find the group at a place."""
    node = node_at(tree, place)
    if not isinstance(node, Group):
        raise WrongEdit(f"No group at {place}")
    return node


def edit(tree: Group, action: str, place: Place, detail: str = "") -> Place:
    """
    Do what a button says; ``detail`` is the kind to add, or the number of a filter.

    :returns: the place that should have the focus
    :raises WrongEdit: if the button is not one of the builder's
    """
    if action not in EDITS:
        raise WrongEdit(f"No action {action!r}")
    return EDITS[action](tree, place, detail)


def add(tree: Group, place: Place, kind: str) -> Place:
    """Add a leaf or a group at the end of the group."""
    group = group_at(tree, place)
    if kind == "group":
        leaf = copy.deepcopy(NEW_LEAVES["attribute"])
        mode = "any" if group.mode == "all" else "all"
        group.children.append(Group(mode, [leaf]))
        return (*place, len(group.children) - 1, 0)
    if kind not in NEW_LEAVES:
        raise WrongEdit(f"No condition of kind {kind!r}")
    group.children.append(copy.deepcopy(NEW_LEAVES[kind]))
    return (*place, len(group.children) - 1)


def _parent(tree: Group, place: Place) -> tuple[Group, int]:
    """Find the group that holds the node, and its position there."""
    if not place:
        raise WrongEdit("The outermost group stays where it is")
    node_at(tree, place)
    return group_at(tree, place[:-1]), place[-1]


def remove(tree: Group, place: Place, detail: str) -> Place:
    """Take the node out; a group that is left empty goes too, but the outermost."""
    parent, index = _parent(tree, place)
    del parent.children[index]
    if not parent.children and place[:-1]:
        return remove(tree, place[:-1], detail)
    return (*place[:-1], max(0, index - 1)) if parent.children else place[:-1]


def duplicate(tree: Group, place: Place, detail: str) -> Place:
    """Put a copy behind the node."""
    parent, index = _parent(tree, place)
    parent.children.insert(index + 1, copy.deepcopy(parent.children[index]))
    return (*place[:-1], index + 1)


def move_up(tree: Group, place: Place, detail: str) -> Place:
    """Change places with the one before."""
    parent, index = _parent(tree, place)
    target = max(0, index - 1)
    parent.children.insert(target, parent.children.pop(index))
    return (*place[:-1], target)


def move_down(tree: Group, place: Place, detail: str) -> Place:
    """Change places with the one behind."""
    parent, index = _parent(tree, place)
    target = min(len(parent.children) - 1, index + 1)
    parent.children.insert(target, parent.children.pop(index))
    return (*place[:-1], target)


def move_in(tree: Group, place: Place, detail: str) -> Place:
    """Move to the end of the group before it, or to the start of the one behind it."""
    parent, index = _parent(tree, place)
    before = parent.children[index - 1] if index else None
    behind = parent.children[index + 1] if index + 1 < len(parent.children) else None
    if isinstance(before, Group):
        before.children.append(parent.children.pop(index))
        return (*place[:-1], index - 1, len(before.children) - 1)
    if isinstance(behind, Group):
        behind.children.insert(0, parent.children.pop(index))
        return (*place[:-1], index, 0)
    raise WrongEdit("There is no group beside it")


def move_out(tree: Group, place: Place, detail: str) -> Place:
    """Move behind the group that holds it; a group that is left empty goes."""
    parent, index = _parent(tree, place)
    outer, position = _parent(tree, place[:-1])
    node = parent.children.pop(index)
    outer.children.insert(position + 1, node)
    if not parent.children:
        del outer.children[position]
        return (*place[:-2], position)
    return (*place[:-2], position + 1)


def wrap(tree: Group, place: Place, detail: str) -> Place:
    """Put the node alone into a new group."""
    parent, index = _parent(tree, place)
    mode = "any" if parent.mode == "all" else "all"
    parent.children[index] = Group(mode, [parent.children[index]])
    return (*place, 0)


def _filters(tree: Group, place: Place) -> list[dict[str, Any]]:
    """Find the filters of an event."""
    leaf = node_at(tree, place)
    if isinstance(leaf, Group) or leaf.get("kind") != "event":
        raise WrongEdit(f"No event at {place}")
    filters: list[dict[str, Any]] = leaf.setdefault("filters", [])
    return filters


def add_filter(tree: Group, place: Place, detail: str) -> Place:
    """Add a filter on a property of the event."""
    _filters(tree, place).append(dict(NEW_FILTER))
    return place


def remove_filter(tree: Group, place: Place, detail: str) -> Place:
    """Take a filter out."""
    filters = _filters(tree, place)
    if not detail.isdigit() or int(detail) >= len(filters):
        raise WrongEdit(f"No filter {detail!r}")
    del filters[int(detail)]
    return place


def refresh(tree: Group, place: Place, detail: str) -> Place:
    """Change nothing: a choice in the form decides which fields follow it."""
    return place


EDITS: dict[str, Callable[[Group, Place, str], Place]] = {
    "add": add,
    "remove": remove,
    "duplicate": duplicate,
    "up": move_up,
    "down": move_down,
    "in": move_in,
    "out": move_out,
    "wrap": wrap,
    "add_filter": add_filter,
    "remove_filter": remove_filter,
    "refresh": refresh,
}
