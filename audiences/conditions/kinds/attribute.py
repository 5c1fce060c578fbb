"""A field or an attribute of the contact compares with a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import (
    compare_inside,
    describe_comparison,
    describe_path,
    dump_comparison,
    is_relative,
    parse_comparison,
    parse_path,
)
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.journal import field_at, value_at
from audiences.conditions.kept import Kept, inside, kept_name, turns
from audiences.conditions.kind import (
    CONTACT_CHANGED,
    Flip,
    Kind,
    Names,
    Setting,
)
from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.sql import Fragment, combine, negate, value
from audiences.conditions.subjects import (
    DATE_FIELDS,
    TEXT_FIELDS,
    column_subject,
    contact_subject,
    step_into,
)
from audiences.conditions.words import readable

# Built-in fields that are called otherwise than they are stored.
FIELD_LABELS = {"locale": "language", "created_at": "date added"}
DATE_OPERANDS = {Operand.DATE, Operand.DURATION, Operand.DAYS}
WITHOUT_OPERAND = ("is_set", "is_not_set", "anniversary_today")


@dataclass(frozen=True)
class AttributeIs:
    """A built-in field or an attribute of the contact compares with a value."""

    name: str
    operator: str
    value: object = None
    path: tuple[str, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> AttributeIs:
    """Read a comparison with a field or an attribute; addresses are lower case."""
    name, operator, value = parse_comparison(document, path, "Choose an attribute.")
    if name in DATE_FIELDS and (
        OPERATORS[operator].operand not in DATE_OPERANDS
        and operator not in WITHOUT_OPERAND
    ):
        raise ConditionError(
            (*path, "operator"),
            f"“{name}” is a date. Compare it with “is before” or “is in the last”.",
        )
    if name == "email":
        value = _lower(value)
    steps = parse_path(document, path)
    if steps and name in (*TEXT_FIELDS, *DATE_FIELDS):
        raise ConditionError(
            (*path, "path"), f"“{name}” is one value, there is nothing inside it."
        )
    return AttributeIs(name, operator, value, steps)


def compile_node(node: AttributeIs, setting: Setting, holds: bool) -> Fragment:
    """Compare a value of the contact."""
    compared = (
        _compare_then(node, setting) if setting.is_past else _compare(node, setting)
    )
    return compared if holds else negate(compared)


def _compare(node: AttributeIs, setting: Setting) -> Fragment:
    """Compare what the contact shows."""
    if node.path:
        return compare_inside("contact.attributes", node, setting.as_of)
    operator = OPERATORS[node.operator]
    return operator.sql(contact_subject(node.name), node.value, setting.as_of)


def _compare_then(node: AttributeIs, setting: Setting) -> Fragment:
    """Compare what the contact was told to have at a moment; of addresses, those of today."""
    if node.name in DATE_FIELDS or node.name == "email":
        return _compare(node, setting)
    if node.name in TEXT_FIELDS:
        operator = OPERATORS[node.operator]
        return combine(
            "EXISTS (SELECT 1 FROM (SELECT {} AS content OFFSET 0) AS past WHERE {})",
            field_at(node.name, setting.as_of),
            operator.sql(column_subject("past.content"), node.value, setting.as_of),
        )
    # One key of an object, as if it were all attributes.
    return combine(
        "EXISTS (SELECT 1 FROM (SELECT jsonb_build_object({}, {}) AS attributes OFFSET 0)"
        " AS past WHERE {})",
        value(node.name, "text"),
        value_at(node.name, setting.as_of),
        compare_inside("past.attributes", node, setting.as_of),
    )


def say(node: AttributeIs, names: Names) -> str:
    """Say the name and the comparison."""
    label = FIELD_LABELS.get(node.name) or readable(node.name)
    if node.name.startswith(("is_", "has_", "was_")):
        # "whose is test is true" is no sentence.
        label = f"“{label}”"
    return f"whose {label}{describe_path(node)} {describe_comparison(node)}"


def found(node: AttributeIs, setting: Setting) -> Fragment:
    """Tell the value; of a path through every element, the list of them."""
    if node.name in (*TEXT_FIELDS, *DATE_FIELDS):
        content = Fragment(f"to_jsonb(contact.{node.name})")
        if setting.is_past and node.name in TEXT_FIELDS and node.name != "email":
            content = field_at(node.name, setting.as_of).format("to_jsonb({})")
    elif setting.is_past:
        content = value_at(node.name, setting.as_of)
    else:
        content = step_into(Fragment("contact.attributes"), (node.name,))
    steps = node.path[: node.path.index("*")] if "*" in node.path else node.path
    inside = step_into(content.format("({})"), steps)
    return inside.format("jsonb_build_object('value', {})")


def waits_for(node: AttributeIs, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for changes of the contact."""
    return (CONTACT_CHANGED,)


def flips(node: AttributeIs, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change as the moment that the attribute holds, or one inside it, comes and goes by."""
    name = kept_name("attribute", node.name, node.path) if node.path else node.name
    return turns(name, node.operator, node.value)


def moments(node: AttributeIs, traits: Mapping[int, Any]) -> Iterable[Kept]:
    """Keep the moments inside a value."""
    if node.path and is_relative(node.operator):
        yield Kept(
            kept_name("attribute", node.name, node.path),
            lambda setting: inside("contact.attributes", node.name, node.path),
        )


def _lower(value: Any) -> Any:
    """Bring texts to lower case, as email addresses are stored."""
    if isinstance(value, tuple):
        return tuple(_lower(part) for part in value)
    return value.lower() if isinstance(value, str) else value


KIND = Kind(
    name="attribute",
    node=AttributeIs,
    parse=parse,
    dump=dump_comparison,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments,
)
