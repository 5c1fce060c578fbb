"""
Condition documents (JSON) to nodes, and back.

::

    {"kind": "all" | "any", "conditions": […]}
    {"kind": "not", "condition": {…}}
    {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    {"kind": "list", "list": 3, "operator": "on" | "not_on"}
    {"kind": "audience", "audience": 4, "operator": "in" | "not_in"}
    {"kind": "event", "name": "order_completed", "operator": "at_least", "count": 2,
     "window": {"kind": "last", "amount": 90, "unit": "days"},
     "filters": [{"name": "total", "operator": "greater_than", "value": 500}]}

A window is {"kind": "ever"}, {"kind": "last", …} or {"kind": "between", "from": "2026-01-01",
"until": "2026-03-31"}. What is unknown or missing is refused, with the path of the place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from audiences.conditions import nodes
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.operands import (
    PARSERS,
    dump_value,
    parse_count,
    parse_date,
    parse_duration,
    parse_text,
)
from audiences.conditions.operators import OPERATORS, Operand, Operator
from audiences.conditions.windows import (
    Between,
    Ever,
    Last,
    Window,
    end_of,
    first_moment,
)

DEEPEST = 8
MOST_NODES = 200
MOST_FILTERS = 20
COUNTS = ("at_least", "at_most", "exactly")
DATE_OPERANDS = {Operand.DATE, Operand.DURATION}


def parse_condition(document: object) -> nodes.Node:
    """
    Read a document.

    :raises ConditionError: for the first thing that can't be understood
    """
    errors: list[ConditionError] = []
    node = _parse_node(document, (), errors)
    if errors:
        raise errors[0]
    if node is None or len(nodes.walk(node)) > MOST_NODES:
        raise ConditionError((), f"Use at most {MOST_NODES} conditions in one rule.")
    return node


def find_errors(document: object) -> list[ConditionError]:
    """List everything that can't be understood, in the order of the document."""
    errors: list[ConditionError] = []
    _parse_node(document, (), errors)
    return errors


def _parse_node(
    document: object, path: Path, errors: list[ConditionError]
) -> nodes.Node | None:
    """Read a node and all below it, gathering the errors."""
    try:
        if not isinstance(document, Mapping):
            raise ConditionError(path, "Choose a condition.")
        kind = document.get("kind")
        if kind in ("all", "any", "not"):
            if (
                sum(isinstance(step, int) or step == "condition" for step in path)
                >= DEEPEST
            ):
                raise ConditionError(path, f"Groups go at most {DEEPEST} levels deep.")
            return _parse_branch(document, path, errors)
        return _parser_of(kind, path)(document, path)
    except ConditionError as error:
        errors.append(error)
        return None


def _parse_branch(
    document: Mapping[str, Any], path: Path, errors: list[ConditionError]
) -> nodes.Node | None:
    """Read a group or a negation."""
    if document["kind"] == "not":
        inside = _parse_node(document.get("condition"), (*path, "condition"), errors)
        return nodes.Not(inside) if inside else None
    children = document.get("conditions")
    if not isinstance(children, list) or not children:
        raise ConditionError(path, "This group is empty. Add a condition or remove it.")
    if len(children) > MOST_NODES:
        raise ConditionError(path, f"Use at most {MOST_NODES} conditions in one rule.")
    parsed = [
        _parse_node(child, (*path, "conditions", index), errors)
        for index, child in enumerate(children)
    ]
    inner = tuple(child for child in parsed if child is not None)
    if len(inner) < len(parsed):
        return None
    return nodes.All(inner) if document["kind"] == "all" else nodes.Any(inner)


def _parser_of(
    kind: object, path: Path
) -> Callable[[Mapping[str, Any], Path], nodes.Node]:
    """Find the reader of a kind of leaf."""
    if not isinstance(kind, str) or kind not in LEAVES:
        known = ", ".join(["all", "any", "not", *LEAVES])
        raise ConditionError(
            (*path, "kind"), f"Kind must be one of {known}; got {kind!r}."
        )
    return LEAVES[kind]


def _parse_name(document: Mapping[str, Any], path: Path, message: str) -> str:
    """Read the name of an attribute, an event or a property."""
    name = document.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ConditionError((*path, "name"), message)
    return parse_text(name, (*path, "name"))


def _parse_operator(document: Mapping[str, Any], path: Path) -> Operator:
    """Look up the comparison."""
    name = document.get("operator")
    if not isinstance(name, str) or name not in OPERATORS:
        raise ConditionError(
            (*path, "operator"),
            f"Operator must be one of {', '.join(OPERATORS)}; got {name!r}.",
        )
    return OPERATORS[name]


def _parse_comparison(
    document: Mapping[str, Any], path: Path, missing: str
) -> tuple[str, str, Any]:
    """Read a name, an operator and the value that the operator takes."""
    name = _parse_name(document, path, missing)
    operator = _parse_operator(document, path)
    value = PARSERS[operator.operand](document.get("value"), (*path, "value"))
    return name, operator.name, value


def _parse_attribute(document: Mapping[str, Any], path: Path) -> nodes.AttributeIs:
    """Read a comparison with a field or an attribute; addresses are lower case."""
    name, operator, value = _parse_comparison(document, path, "Choose an attribute.")
    if name in nodes.DATE_FIELDS and (
        OPERATORS[operator].operand not in DATE_OPERANDS
        and operator not in ("is_set", "is_not_set")
    ):
        raise ConditionError(
            (*path, "operator"),
            f"“{name}” is a date. Compare it with “is before” or “is in the last”.",
        )
    if name == "email":
        value = _lower(value)
    return nodes.AttributeIs(name, operator, value)


def _lower(value: Any) -> Any:
    """Bring texts to lower case, as email addresses are stored."""
    if isinstance(value, tuple):
        return tuple(_lower(part) for part in value)
    return value.lower() if isinstance(value, str) else value


def _parse_reference(document: Mapping[str, Any], path: Path, kind: str) -> int:
    """Read the number of a list or an audience."""
    raw = document.get(kind)
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 18:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw < 2**63:
        article = "an" if kind == "audience" else "a"
        raise ConditionError((*path, kind), f"Choose {article} {kind}.")
    return raw


def _parse_holds(
    document: Mapping[str, Any], path: Path, positive: str, negative: str
) -> bool:
    """Read "on" or "not_on"."""
    word = document.get("operator", positive)
    if word not in (positive, negative):
        raise ConditionError(
            (*path, "operator"),
            f"Operator must be one of {positive}, {negative}; got {word!r}.",
        )
    return bool(word == positive)


def _parse_list(document: Mapping[str, Any], path: Path) -> nodes.OnList:
    """Read "is on a list"."""
    holds = _parse_holds(document, path, "on", "not_on")
    return nodes.OnList(_parse_reference(document, path, "list"), holds)


def _parse_audience(document: Mapping[str, Any], path: Path) -> nodes.InAudience:
    """Read "is in an audience"."""
    holds = _parse_holds(document, path, "in", "not_in")
    return nodes.InAudience(_parse_reference(document, path, "audience"), holds)


def _parse_event(document: Mapping[str, Any], path: Path) -> nodes.DidEvent:
    """Read "did something so often within a window"."""
    name = _parse_name(document, path, "Choose an event.")
    comparison = document.get("operator", "at_least")
    if comparison not in COUNTS:
        raise ConditionError(
            (*path, "operator"),
            f"Operator must be one of {', '.join(COUNTS)}; got {comparison!r}.",
        )
    least = 1 if comparison == "at_least" else 0
    filters = document.get("filters", [])
    if not isinstance(filters, list) or len(filters) > MOST_FILTERS:
        raise ConditionError(
            (*path, "filters"), f"Use at most {MOST_FILTERS} filters on one event."
        )
    return nodes.DidEvent(
        name=name,
        comparison=comparison,
        count=parse_count(document.get("count", 1), (*path, "count"), least=least),
        window=_parse_window(document.get("window", {"kind": "ever"}), path),
        filters=tuple(
            _parse_filter(inner, (*path, "filters", index))
            for index, inner in enumerate(filters)
        ),
    )


def _parse_filter(document: object, path: Path) -> nodes.PropertyIs:
    """Read a comparison with a property of the event."""
    if not isinstance(document, Mapping):
        raise ConditionError(path, "Choose a property.")
    return nodes.PropertyIs(*_parse_comparison(document, path, "Choose a property."))


def _parse_window(document: object, parent: Path) -> Window:
    """Read a span of time."""
    path = (*parent, "window")
    kind = document.get("kind") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or kind not in ("ever", "last", "between"):
        raise ConditionError(
            path, f"Window must be one of ever, last, between; got {kind!r}."
        )
    if kind == "last":
        return Last(parse_duration(document, path))
    if kind == "ever":
        return Ever()
    start = parse_date(document.get("from"), (*path, "from"))
    end = parse_date(document.get("until"), (*path, "until"))
    if first_moment(start) >= end_of(end):
        raise ConditionError((*path, "until"), "The end must come after the beginning.")
    return Between(start, end)


LEAVES: dict[str, Callable[[Mapping[str, Any], Path], nodes.Node]] = {
    "attribute": _parse_attribute,
    "list": _parse_list,
    "audience": _parse_audience,
    "event": _parse_event,
}


def dump_condition(node: nodes.Node) -> dict[str, Any]:
    """Write a node as a document that parses to the same node."""
    match node:
        case nodes.All(conditions):
            return {
                "kind": "all",
                "conditions": [dump_condition(c) for c in conditions],
            }
        case nodes.Any(conditions):
            return {
                "kind": "any",
                "conditions": [dump_condition(c) for c in conditions],
            }
        case nodes.Not(condition):
            return {"kind": "not", "condition": dump_condition(condition)}
        case nodes.AttributeIs():
            return {"kind": "attribute", **_dump_comparison(node)}
        case nodes.OnList(list_id, holds):
            return {
                "kind": "list",
                "list": list_id,
                "operator": "on" if holds else "not_on",
            }
        case nodes.InAudience(audience_id, holds):
            word = "in" if holds else "not_in"
            return {"kind": "audience", "audience": audience_id, "operator": word}
        case nodes.DidEvent():
            return {
                "kind": "event",
                "name": node.name,
                "operator": node.comparison,
                "count": node.count,
                "window": _dump_window(node.window),
                "filters": [_dump_comparison(inner) for inner in node.filters],
            }


def _dump_comparison(node: nodes.AttributeIs | nodes.PropertyIs) -> dict[str, Any]:
    """Write a name, an operator and, where there is one, a value."""
    written = {"name": node.name, "operator": node.operator}
    if node.value is None:
        return written
    return {**written, "value": dump_value(node.value)}


def _dump_window(window: Window) -> dict[str, Any]:
    """Write a span of time."""
    match window:
        case Ever():
            return {"kind": "ever"}
        case Last(duration):
            return {"kind": "last", "amount": duration.amount, "unit": duration.unit}
        case Between(start, end):
            return {
                "kind": "between",
                "from": start.isoformat(),
                "until": end.isoformat(),
            }
