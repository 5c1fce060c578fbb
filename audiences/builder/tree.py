"""
A condition document as the builder shows it: groups of leaves, and the edits on them.

A group has a mode: "all", "any", "none" (not any) or "not_all". A leaf is the document of a
leaf as it was typed, complete or not.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from audiences.builder.fields import unkept
from audiences.builder.parts import FORMS, NEW_INNER
from audiences.conditions.errors import Path
from audiences.conditions.parse import find_errors

Place = tuple[int, ...]
MODES = ("all", "any", "none", "not_all")
QUANTIFIERS = ("any", "all", "none")
# The groups that can be added: their mode and, of those about an account, whom they ask.
NEW_GROUPS = {
    "group": ("any", ""),
    "none": ("none", ""),
    "account": ("all", "any"),
}
LONGEST_COPY = 200_000


@dataclass
class Group:
    """
    Some leaves and groups, and how they are joined.

    With a quantifier they are asked of the people of the contact's account.
    """

    mode: str = "all"
    children: list["Group | dict[str, Any]"] = field(default_factory=list)
    quantifier: str = ""


class WrongEdit(ValueError):
    """The edit names a place that is not there, or can't be done to it."""


class WrongPaste(ValueError):
    """What was copied can't be put here; the message is for who pastes."""


def from_document(document: Any) -> Group:
    """Turn a document into a group, wrapping it if it is a leaf; None gives an empty one."""
    if not isinstance(document, dict):
        return Group()
    tree = _child(document)
    if isinstance(tree, Group) and not tree.quantifier:
        return tree
    return Group(children=[tree])


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
    if kind == "account" and document.get("quantifier") in QUANTIFIERS:
        inside = from_document(document.get("condition"))
        inside.quantifier = document["quantifier"]
        return inside
    return document


def to_document(tree: Group | dict[str, Any]) -> dict[str, Any]:
    """Turn the tree into a document; incomplete leaves stay as they are."""
    if isinstance(tree, dict):
        return tree
    inner: dict[str, Any] = {
        "kind": "any" if tree.mode in ("any", "none") else "all",
        "conditions": [to_document(child) for child in tree.children],
    }
    if tree.mode in ("none", "not_all"):
        inner = {"kind": "not", "condition": inner}
    if tree.quantifier:
        return {
            "kind": "account",
            "quantifier": tree.quantifier,
            "condition": inner,
        }
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
    """Add a leaf or a group at the end of the group; "event:Signed Up" is one by name."""
    group = group_at(tree, place)
    kind, _, named = kind.partition(":")
    if kind in NEW_GROUPS:
        mode, quantifier = NEW_GROUPS[kind]
        if kind == "group" and group.mode != "all":
            mode = "all"
        leaf = FORMS["attribute"].make()
        group.children.append(Group(mode, [leaf], quantifier))
        return (*place, len(group.children) - 1, 0)
    if kind not in FORMS:
        raise WrongEdit(f"No condition of kind {kind!r}")
    group.children.append(FORMS[kind].make(named))
    return (*place, len(group.children) - 1)


def paste(tree: Group, place: Place, written: str) -> Place:
    """
    Put a copied condition or group at the end of the group, or behind the leaf.

    :raises WrongPaste: if it is nothing that can be understood
    """
    pasted = _child(read_copy(written))
    node = node_at(tree, place)
    if isinstance(node, Group):
        node.children.append(pasted)
        return (*place, len(node.children) - 1)
    parent, index = _parent(tree, place)
    parent.children.insert(index + 1, pasted)
    return (*place[:-1], index + 1)


def read_copy(written: str) -> dict[str, Any]:
    """Read what was copied, here or elsewhere; nothing that was not copied here is trusted."""
    document = unkept(written) if len(written) <= LONGEST_COPY else None
    if not isinstance(document, dict):
        raise WrongPaste("There is no condition in the clipboard. Copy one first.")
    errors = find_errors(document)
    if errors:
        raise WrongPaste(f"What was copied is not complete: {errors[0].message}")
    return document


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


def _inner(leaf: Any, path: list[str]) -> list[Any]:
    """Find a list inside a leaf, such as the filters of its second step."""
    for step in path:
        if isinstance(leaf, dict):
            leaf = leaf.setdefault(step, []) if step in NEW_INNER else None
        elif isinstance(leaf, list) and step.isdigit() and int(step) < len(leaf):
            leaf = leaf[int(step)]
        else:
            leaf = None
    if not isinstance(leaf, list):
        raise WrongEdit(f"No list at {path}")
    return leaf


def insert(tree: Group, place: Place, detail: str) -> Place:
    """Add a filter or a step, at the end of the list that the detail leads to."""
    path = detail.split(".")
    if path[-1] not in NEW_INNER:
        raise WrongEdit(f"No list {detail!r}")
    _inner(node_at(tree, place), path).append(copy.deepcopy(NEW_INNER[path[-1]]))
    return place


def _entry(tree: Group, place: Place, detail: str) -> tuple[list[Any], int]:
    """Find the list that holds a filter or a step, and its position there."""
    *path, last = detail.split(".")
    inner = _inner(node_at(tree, place), path) if path else []
    if not (last.isascii() and last.isdigit() and int(last) < len(inner)):
        raise WrongEdit(f"Nothing at {detail!r}")
    return inner, int(last)


def drop(tree: Group, place: Place, detail: str) -> Place:
    """Take a filter or a step out."""
    inner, index = _entry(tree, place, detail)
    del inner[index]
    return place


def earlier(tree: Group, place: Place, detail: str) -> Place:
    """Let a step change places with the one before."""
    inner, index = _entry(tree, place, detail)
    inner.insert(max(0, index - 1), inner.pop(index))
    return place


def later(tree: Group, place: Place, detail: str) -> Place:
    """Let a step change places with the one behind."""
    inner, index = _entry(tree, place, detail)
    inner.insert(index + 1, inner.pop(index))
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
    "paste": paste,
    "insert": insert,
    "drop": drop,
    "earlier": earlier,
    "later": later,
    "refresh": refresh,
    "restore": refresh,
}
