"""A field or an attribute of the contact compares with a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
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
from audiences.conditions.kind import (
    CONTACT_CHANGED,
    Clock,
    Flip,
    Kind,
    Names,
    Setting,
)
from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.sql import Fragment, combine, negate, value
from audiences.conditions.subjects import DATE_FIELDS, TEXT_FIELDS, contact_subject
from audiences.conditions.words import readable

# Built-in fields that are called otherwise than they are stored.
FIELD_LABELS = {"locale": "language", "created_at": "date added"}
DATE_OPERANDS = {Operand.DATE, Operand.DURATION, Operand.DAYS}
WITHOUT_OPERAND = ("is_set", "is_not_set", "anniversary_today")

# When a comparison with the present turns: counted from the moment or its anniversary, so
# many times its duration later, and so much more.
ONE_DAY = timedelta(days=1)
TURNS: dict[str, list[tuple[Clock, int, timedelta]]] = {
    "in_the_last": [(Clock.DATE, 0, timedelta()), (Clock.DATE, 1, timedelta())],
    "in_the_next": [(Clock.DATE, -1, timedelta()), (Clock.DATE, 0, timedelta())],
    "longer_ago": [(Clock.DATE, 1, timedelta())],
    "later_than": [(Clock.DATE, -1, timedelta())],
    "anniversary_today": [
        (Clock.ANNIVERSARY, 0, timedelta()),
        (Clock.ANNIVERSARY, 0, ONE_DAY),
    ],
    "anniversary_in_the_next": [
        (Clock.ANNIVERSARY, -1, timedelta()),
        (Clock.ANNIVERSARY, 0, ONE_DAY),
    ],
}


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
    compared = compare(node, setting.as_of)
    return compared if holds else negate(compared)


def compare(node: AttributeIs, as_of: datetime) -> Fragment:
    """Compare what the contact shows."""
    if node.path:
        return compare_inside("contact.attributes", node, as_of)
    operator = OPERATORS[node.operator]
    return operator.sql(contact_subject(node.name), node.value, as_of)


def say(node: AttributeIs, names: Names) -> str:
    """Say the name and the comparison."""
    label = FIELD_LABELS.get(node.name) or readable(node.name)
    return f"whose {label}{describe_path(node)} {describe_comparison(node)}"


def waits_for(node: AttributeIs, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for changes of the contact."""
    return (CONTACT_CHANGED,)


def flips(node: AttributeIs, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """
    Change as the moment that the attribute holds comes and goes by.

    A moment inside a value is read again and again, for its time is kept nowhere.
    """
    if is_relative(node.operator) and node.path:
        yield Flip(Clock.POLL)
    elif node.operator in TURNS:
        span = getattr(node.value, "delta", timedelta())
        for clock, times, extra in TURNS[node.operator]:
            yield Flip(clock, node.name, times * span + extra)


def found(node: AttributeIs, setting: Setting) -> Fragment:
    """Tell the value; of a path through every element, the list of them."""
    if node.name in (*TEXT_FIELDS, *DATE_FIELDS):
        return Fragment(f"jsonb_build_object('value', contact.{node.name})")
    steps = [node.name, *takewhile(lambda step: step != "*", node.path)]
    return combine(
        "jsonb_build_object('value', contact.attributes #> {})", value(steps, "text[]")
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
)
