"""A field or an attribute of the contact compares with a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import (
    describe_comparison,
    dump_comparison,
    parse_comparison,
)
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.kind import CONTACT_CHANGED, Kind, Names, Setting
from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.sql import Fragment, negate
from audiences.conditions.subjects import DATE_FIELDS, contact_subject
from audiences.conditions.words import readable

# Built-in fields that are called otherwise than they are stored.
FIELD_LABELS = {"locale": "language", "created_at": "date added"}
DATE_OPERANDS = {Operand.DATE, Operand.DURATION}


@dataclass(frozen=True)
class AttributeIs:
    """A built-in field or an attribute of the contact compares with a value."""

    name: str
    operator: str
    value: object = None


def parse(document: Mapping[str, Any], path: Path) -> AttributeIs:
    """Read a comparison with a field or an attribute; addresses are lower case."""
    name, operator, value = parse_comparison(document, path, "Choose an attribute.")
    if name in DATE_FIELDS and (
        OPERATORS[operator].operand not in DATE_OPERANDS
        and operator not in ("is_set", "is_not_set")
    ):
        raise ConditionError(
            (*path, "operator"),
            f"“{name}” is a date. Compare it with “is before” or “is in the last”.",
        )
    if name == "email":
        value = _lower(value)
    return AttributeIs(name, operator, value)


def compile_node(node: AttributeIs, setting: Setting, holds: bool) -> Fragment:
    """Compare a value of the contact."""
    operator = OPERATORS[node.operator]
    compared = operator.sql(contact_subject(node.name), node.value, setting.as_of)
    return compared if holds else negate(compared)


def say(node: AttributeIs, names: Names) -> str:
    """Say the name and the comparison."""
    label = FIELD_LABELS.get(node.name) or readable(node.name)
    return f"whose {label} {describe_comparison(node)}"


def waits_for(node: AttributeIs, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for changes of the contact."""
    return (CONTACT_CHANGED,)


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
)
