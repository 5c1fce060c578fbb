"""
The builder's form fields to a tree.

A field is called ``<prefix>:<place>:<name>``, such as ``rule:0.2:operator``; the place of the
outermost group is empty, and what is inside a condition has points in its name:
``rule:0.2:filters.1.name``. Which names a condition has, its parts know (``parts.py``).
"""

import re
from collections.abc import Mapping
from typing import Any

from audiences.builder.fields import Fields, unkept
from audiences.builder.parts import FORMS
from audiences.builder.tree import MODES, QUANTIFIERS, Group, Place

FIELD = re.compile(r"(?P<place>[0-9]{1,3}([.][0-9]{1,3}){0,20}|):(?P<name>[a-z0-9_.]+)")


def is_posted(form: Mapping[str, Any], prefix: str) -> bool:
    """Whether the form holds a builder of that name at all."""
    return f"{prefix}::mode" in form


def read_tree(form: Mapping[str, Any], prefix: str) -> Group:
    """Read the fields of one builder; fields that are not ours are skipped."""
    nodes: dict[Place, dict[str, str]] = {}
    for key in form:
        if not key.startswith(f"{prefix}:"):
            continue
        match = FIELD.fullmatch(key[len(prefix) + 1 :])
        if match:
            place = tuple(int(step) for step in match["place"].split(".") if step)
            nodes.setdefault(place, {})[match["name"]] = str(form[key])
    return _read_group((), nodes)


def _read_group(place: Place, nodes: Mapping[Place, Fields]) -> Group:
    """Read a group and what is in it, in the order of the places."""
    fields = nodes.get(place, {})
    mode, quantifier = fields.get("mode", "all"), fields.get("quantifier", "")
    inside = sorted(
        inner
        for inner in nodes
        if len(inner) == len(place) + 1 and inner[: len(place)] == place
    )
    children = [
        _read_group(inner, nodes) if "mode" in nodes[inner] else read_leaf(nodes[inner])
        for inner in inside
    ]
    return Group(
        mode if mode in MODES else "all",
        children,
        quantifier if place and quantifier in QUANTIFIERS else "",
    )


def read_leaf(fields: Fields) -> dict[str, Any]:
    """Read a condition by the parts of its kind; one of another kind stays as it was."""
    kind = fields.get("kind", "")
    if kind not in FORMS:
        stored = unkept(fields.get("kept", ""))
        return stored if isinstance(stored, dict) else {"kind": kind}
    read: dict[str, Any] = {"kind": kind}
    for part in FORMS[kind].parts:
        read |= part.read(fields)
    return read
