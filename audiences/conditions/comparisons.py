"""A name, an operator and a value: what attributes, properties and traits share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.operands import PARSERS, dump_value, parse_text
from audiences.conditions.operators import OPERATORS, Operator
from audiences.conditions.words import describe_value


@dataclass(frozen=True)
class PropertyIs:
    """A property of an event compares with a value."""

    name: str
    operator: str
    value: object = None


def parse_name(document: Mapping[str, Any], path: Path, message: str) -> str:
    """Read the name of an attribute, an event or a property."""
    name = document.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ConditionError((*path, "name"), message)
    return parse_text(name, (*path, "name"))


def parse_operator(document: Mapping[str, Any], path: Path) -> Operator:
    """Look up the comparison."""
    name = document.get("operator")
    if not isinstance(name, str) or name not in OPERATORS:
        raise ConditionError(
            (*path, "operator"),
            f"Operator must be one of {', '.join(OPERATORS)}; got {name!r}.",
        )
    return OPERATORS[name]


def parse_comparison(
    document: Mapping[str, Any], path: Path, missing: str
) -> tuple[str, str, Any]:
    """Read a name, an operator and the value that the operator takes."""
    name = parse_name(document, path, missing)
    operator = parse_operator(document, path)
    value = PARSERS[operator.operand](document.get("value"), (*path, "value"))
    return name, operator.name, value


def parse_word(
    document: Mapping[str, Any], path: Path, positive: str, negative: str
) -> bool:
    """Read whether an operator says yes or no, such as "on" or "not_on"."""
    word = document.get("operator", positive)
    if word not in (positive, negative):
        raise ConditionError(
            (*path, "operator"),
            f"Operator must be one of {positive}, {negative}; got {word!r}.",
        )
    return bool(word == positive)


def parse_reference(document: Mapping[str, Any], path: Path, kind: str) -> int:
    """Read the number of a list, an audience or a trait."""
    raw = document.get(kind)
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 18:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw < 2**63:
        article = "an" if kind == "audience" else "a"
        raise ConditionError((*path, kind), f"Choose {article} {kind}.")
    return raw


def dump_comparison(node: Any) -> dict[str, Any]:
    """Write a name, an operator and, where there is one, a value."""
    written = {"name": node.name, "operator": node.operator}
    if node.value is None:
        return written
    return {**written, "value": dump_value(node.value)}


def describe_comparison(node: Any) -> str:
    """Say the operator and the value."""
    operator = OPERATORS[node.operator]
    if node.value is None:
        return operator.label
    if operator.operand == "range" and isinstance(node.value, tuple):
        low, high = node.value
        return f"{operator.label} {describe_value(low)} and {describe_value(high)}"
    return f"{operator.label} {describe_value(node.value)}"
