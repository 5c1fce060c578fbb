"""
The builder's form fields to a tree.

A field is called ``<prefix>:<place>:<name>``, such as ``rule:0.2:operator``; the place of the
outermost group is empty, and a filter's fields begin with its number: ``rule:0.2:f1.name``.
What was typed is kept as it was typed; ``parse`` judges it later.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from audiences.builder.tree import LEAF_KINDS, MODES, Group, Place
from audiences.conditions.operands import NUMBER, dump_number
from audiences.conditions.operators import OPERATORS, Operand

OTHER = "__other__"
NEVER = "never"
FIELD = re.compile(r"(?P<place>[0-9]{1,3}([.][0-9]{1,3}){0,20}|):(?P<name>[a-z0-9_.]+)")
FILTER = re.compile(r"f(?P<index>[0-9]{1,3})[.](?P<name>[a-z_]+)")

Fields = dict[str, str]


def is_posted(form: Mapping[str, Any], prefix: str) -> bool:
    """Whether the form holds a builder of that name at all."""
    return f"{prefix}::mode" in form


def read_tree(form: Mapping[str, Any], prefix: str) -> Group:
    """Read the fields of one builder; fields that are not ours are skipped."""
    nodes: dict[Place, Fields] = {}
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
    mode = nodes.get(place, {}).get("mode", "all")
    inside = sorted(
        inner
        for inner in nodes
        if len(inner) == len(place) + 1 and inner[: len(place)] == place
    )
    children = [
        _read_group(inner, nodes)
        if "mode" in nodes[inner]
        else _read_leaf(nodes[inner])
        for inner in inside
    ]
    return Group(mode if mode in MODES else "all", children)


def _read_leaf(fields: Fields) -> dict[str, Any]:
    """Read a leaf by its kind."""
    kind = fields.get("kind", "")
    return READERS[kind](fields) if kind in LEAF_KINDS else {"kind": kind}


def _name(fields: Fields) -> str:
    """Read which attribute, event or property was chosen, or typed."""
    chosen = fields.get("name", "")
    return fields.get("other", "").strip() if chosen == OTHER else chosen


def _read_comparison(fields: Fields) -> dict[str, Any]:
    """Read a name, an operator and what that operator takes."""
    operator = fields.get("operator", "is")
    read = {"name": _name(fields), "operator": operator}
    operand = OPERATORS[operator].operand if operator in OPERATORS else Operand.NOTHING
    if operand == Operand.NOTHING:
        return read
    return {**read, "value": VALUES[operand](fields)}


def _read_attribute(fields: Fields) -> dict[str, Any]:
    """Read a comparison with an attribute."""
    return {"kind": "attribute", **_read_comparison(fields)}


def _read_reference(kind: str) -> Callable[[Fields], dict[str, Any]]:
    """Make the reader of a condition on lists or on audiences."""

    def read(fields: Fields) -> dict[str, Any]:
        raw = fields.get(kind, "")
        chosen = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else raw
        return {"kind": kind, kind: chosen, "operator": fields.get("operator", "")}

    return read


def _read_event(fields: Fields) -> dict[str, Any]:
    """Read an event, how often, when, and its filters."""
    operator = fields.get("operator", "at_least")
    count: int | str = _whole(fields.get("count", "1"))
    if operator == NEVER:
        operator, count = "at_most", 0
    return {
        "kind": "event",
        "name": _name(fields),
        "operator": operator,
        "count": count,
        "window": _read_window(fields),
        "filters": _read_filters(fields),
    }


def _read_filters(fields: Fields) -> list[dict[str, Any]]:
    """Read the filters in the order of their numbers."""
    found: dict[int, Fields] = {}
    for name, content in fields.items():
        match = FILTER.fullmatch(name)
        if match:
            found.setdefault(int(match["index"]), {})[match["name"]] = content
    return [_read_comparison(found[index]) for index in sorted(found)]


def _read_window(fields: Fields) -> dict[str, Any]:
    """Read a span of time."""
    kind = fields.get("window", "ever")
    if kind == "last":
        return {"kind": kind, **_read_duration(fields)}
    if kind == "between":
        return {
            "kind": kind,
            "from": fields.get("from", ""),
            "until": fields.get("until", ""),
        }
    return {"kind": kind}


def _read_duration(fields: Fields) -> dict[str, Any]:
    """Read how long."""
    return {
        "amount": _whole(fields.get("amount", "30")),
        "unit": fields.get("unit", "days"),
    }


def _whole(raw: str) -> int | str:
    """Make a number of digits, and leave anything else for the parser to refuse."""
    text = raw.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else raw


def _scalar(fields: Fields, raw: str) -> str | int | float:
    """Make a number where the attribute holds numbers; its own text where digits count."""
    text = raw.strip()
    if fields.get("type") == "number" and NUMBER.fullmatch(text):
        return dump_number(Decimal(text))
    return raw


def _read_scalar(fields: Fields) -> Any:
    """Read one value."""
    return _scalar(fields, fields.get("value", ""))


def _read_scalars(fields: Fields) -> list[Any]:
    """Read one value from each line that is not blank."""
    lines = fields.get("value", "").splitlines()
    return [_scalar(fields, line.strip()) for line in lines if line.strip()]


def _read_value(fields: Fields) -> str:
    """Read what was typed."""
    return fields.get("value", "")


def _read_range(fields: Fields) -> list[str]:
    """Read the two ends."""
    return [fields.get("value", ""), fields.get("high", "")]


VALUES: dict[Operand, Callable[[Fields], Any]] = {
    Operand.SCALAR: _read_scalar,
    Operand.SCALARS: _read_scalars,
    Operand.TEXT: _read_value,
    Operand.NUMBER: _read_value,
    Operand.RANGE: _read_range,
    Operand.DATE: _read_value,
    Operand.DURATION: _read_duration,
    Operand.DAYS: _read_duration,
}
READERS: dict[str, Callable[[Fields], dict[str, Any]]] = {
    "attribute": _read_attribute,
    "event": _read_event,
    "list": _read_reference("list"),
    "audience": _read_reference("audience"),
}
