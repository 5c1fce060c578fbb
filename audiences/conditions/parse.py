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

from collections.abc import Mapping
from typing import Any

from audiences.conditions import nodes
from audiences.conditions.accounts import QUANTIFIERS
from audiences.conditions.comparisons import parse_choice
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.kind import Kind
from audiences.conditions.kinds import KIND_OF, KINDS

DEEPEST = 8
MOST_NODES = 200
BRANCHES = ("all", "any", "not", "account")


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
        if kind in BRANCHES:
            if (
                sum(isinstance(step, int) or step == "condition" for step in path)
                >= DEEPEST
            ):
                raise ConditionError(path, f"Groups go at most {DEEPEST} levels deep.")
            return _parse_branch(document, path, errors)
        return _kind_of(kind, path).parse(document, path)
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
    if document["kind"] == "account":
        return _parse_account(document, path, errors)
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


def _parse_account(
    document: Mapping[str, Any], path: Path, errors: list[ConditionError]
) -> nodes.Node | None:
    """Read a condition about the contacts of an account, which holds no other such."""
    quantifier = parse_choice(document, path, "quantifier", QUANTIFIERS)
    place = (*path, "condition")
    before = len(errors)
    inside = _parse_node(document.get("condition"), place, errors)
    if inside is None:
        return None
    if any(isinstance(one, nodes.OfAccount) for one in nodes.walk(inside)):
        errors.insert(
            before,
            ConditionError(place, "Inside “of their account” there can't be another."),
        )
        return None
    return nodes.OfAccount(quantifier, inside)


def _kind_of(kind: object, path: Path) -> Kind:
    """Find the kind of a leaf."""
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join([*BRANCHES, *KINDS])
        raise ConditionError(
            (*path, "kind"), f"Kind must be one of {known}; got {kind!r}."
        )
    return KINDS[kind]


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
        case nodes.OfAccount(quantifier, condition):
            return {
                "kind": "account",
                "quantifier": quantifier,
                "condition": dump_condition(condition),
            }
    kind = KIND_OF[type(node)]
    return {"kind": kind.name, **kind.dump(node)}
