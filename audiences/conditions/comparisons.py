"""A name, an operator and a value: what attributes, properties and traits share."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.operands import PARSERS, dump_value, parse_text
from audiences.conditions.operators import OPERATORS, Operand, Operator
from audiences.conditions.sql import Fragment, combine, exists
from audiences.conditions.subjects import (
    ELEMENT,
    Subject,
    content_subject,
    elements,
    json_subject,
    step_into,
)
from audiences.conditions.words import describe_value

MOST_STEPS = 5
# Comparisons with the present, whose answer changes as time passes.
RELATIVE = {Operand.DURATION, Operand.DAYS}


@dataclass(frozen=True)
class PropertyIs:
    """A property of an event, or what the path leads to inside it, compares with a value."""

    name: str
    operator: str
    value: object = None
    path: tuple[str, ...] = ()


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
    return name, *parse_test(document, path)


def parse_test(document: Mapping[str, Any], path: Path) -> tuple[str, Any]:
    """Read an operator and the value that it takes."""
    operator = parse_operator(document, path)
    value = PARSERS[operator.operand](document.get("value"), (*path, "value"))
    return operator.name, value


def parse_path(document: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """Read the keys that lead into a value; "*" is every element of a list."""
    raw = document.get("path", [])
    if not isinstance(raw, list) or len(raw) > MOST_STEPS:
        raise ConditionError((*path, "path"), f"Use at most {MOST_STEPS} steps.")
    return tuple(
        parse_text(step, (*path, "path", index)) for index, step in enumerate(raw)
    )


def parse_choice(
    document: Mapping[str, Any], path: Path, key: str, choices: Collection[str]
) -> str:
    """Read one of some words."""
    word = document.get(key)
    if not isinstance(word, str) or word not in choices:
        label = key.replace("_", " ").capitalize()
        raise ConditionError(
            (*path, key), f"{label} must be one of {', '.join(choices)}; got {word!r}."
        )
    return word


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
    inside = {"path": list(node.path)} if getattr(node, "path", ()) else {}
    return {"name": node.name, **inside, **dump_test(node)}


def dump_test(node: Any) -> dict[str, Any]:
    """Write an operator and, where there is one, a value."""
    if node.value is None:
        return {"operator": node.operator}
    return {"operator": node.operator, "value": dump_value(node.value)}


def compare_inside(source: str, node: Any, as_of: datetime) -> Fragment:
    """
    Compare a key of a jsonb column of ours, or what the path leads to inside it.

    Of every element of a list, one must satisfy the comparison; for its opposite none may
    satisfy what it is the opposite of.
    """
    operator = OPERATORS[node.operator]
    if "*" not in node.path:
        return operator.sql(
            json_subject(source, node.name, node.path), node.value, as_of
        )
    content = step_into(Fragment(source), (node.name,))
    rows: list[Fragment] = []
    rest = node.path
    while "*" in rest:
        at = rest.index("*")
        alias = f"{ELEMENT}_{len(rows)}"
        rows.append(elements(step_into(content, rest[:at]), alias))
        content, rest = Fragment(f"{alias}.content"), rest[at + 1 :]
    subject: Subject = content_subject(step_into(content, rest))
    positive = OPERATORS[operator.opposite_of or operator.name]
    found = combine(
        f"FROM {', LATERAL '.join('{}' for _ in rows)} WHERE {{}}",
        *rows,
        positive.sql(subject, node.value, as_of),
    )
    return exists(found, holds=not operator.opposite_of)


def is_relative(operator: str) -> bool:
    """Whether a comparison is one with the present."""
    return OPERATORS[operator].operand in RELATIVE or operator == "anniversary_today"


def describe_path(node: Any) -> str:
    """Say which place inside a value is compared, after its name."""
    return "".join(f" › {'any' if step == '*' else step}" for step in node.path)


def describe_comparison(node: Any) -> str:
    """Say the operator and the value."""
    operator = OPERATORS[node.operator]
    if node.value is None:
        return operator.label
    if operator.operand == "range" and isinstance(node.value, tuple):
        low, high = node.value
        return f"{operator.label} {describe_value(low)} and {describe_value(high)}"
    return f"{operator.label} {describe_value(node.value)}"
