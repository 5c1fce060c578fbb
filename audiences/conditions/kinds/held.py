"""An attribute compares so now, and has without a break for some time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import (
    PropertyIs,
    compare_inside,
    describe_comparison,
    dump_comparison,
    parse_comparison,
)
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.journal import told_about, value_at
from audiences.conditions.kind import (
    CONTACT_CHANGED,
    Clock,
    Flip,
    Kind,
    Names,
    Setting,
)
from audiences.conditions.operands import dump_value, parse_duration
from audiences.conditions.operators import OPERATORS
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import DATE_FIELDS, TEXT_FIELDS, content_subject
from audiences.conditions.windows import Duration
from audiences.conditions.words import describe_duration, readable


@dataclass(frozen=True)
class HeldFor:
    """An attribute compares with a value, and has for so long."""

    name: str
    operator: str
    value: object
    duration: Duration


def parse(document: Mapping[str, Any], path: Path) -> HeldFor:
    """Read a comparison with an attribute, and for how long."""
    name, operator, expected = parse_comparison(document, path, "Choose an attribute.")
    if name in (*TEXT_FIELDS, *DATE_FIELDS):
        raise ConditionError(
            (*path, "name"), f"“{name}” can't be followed over time. Choose another."
        )
    duration = parse_duration(document.get("for"), (*path, "for"))
    return HeldFor(name, operator, expected, duration)


def dump(node: HeldFor) -> dict[str, Any]:
    """Write the comparison and the time."""
    return {**dump_comparison(node), "for": dump_value(node.duration)}


def compile_node(node: HeldFor, setting: Setting, holds: bool) -> Fragment:
    """
    Compare now, at the moment it began, and each value that was told since.

    Who does not compare so now is not looked for in the journal.
    """
    start = setting.as_of - node.duration.delta
    if setting.is_past:
        now = _compare(value_at(node.name, setting.as_of), node, setting)
    else:
        shown = PropertyIs(node.name, node.operator, node.value)
        now = compare_inside("contact.attributes", shown, setting.as_of)
    told = combine(
        "NOT EXISTS (SELECT 1 FROM ({}) AS told WHERE told.at > {} AND told.at <= {}"
        " AND ({}) IS NOT TRUE)",
        told_about(node.name),
        value(start, "timestamptz"),
        value(setting.as_of, "timestamptz"),
        _compare(Fragment("told.value"), node, setting),
    )
    before = combine(
        "EXISTS (SELECT 1 FROM (SELECT {} AS value OFFSET 0) AS told WHERE {})",
        value_at(node.name, start),
        _compare(Fragment("told.value"), node, setting),
    )
    found = combine(
        "CASE WHEN {} THEN {} AND {} ELSE false END",
        now,
        before,
        told,
    )
    return found if holds else found.format("NOT ({})")


def _compare(content: Fragment, node: HeldFor, setting: Setting) -> Fragment:
    """Compare a jsonb value."""
    operator = OPERATORS[node.operator]
    return operator.sql(content_subject(content), node.value, setting.as_of)


def say(node: HeldFor, names: Names) -> str:
    """Say the name, the comparison and the time."""
    since = describe_duration(node.duration)
    return (
        f"whose {readable(node.name)} {describe_comparison(node)} and has for {since}"
    )


def waits_for(node: HeldFor, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for changes of the contact."""
    return (CONTACT_CHANGED,)


def flips(node: HeldFor, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Look again and again: the times of what was told are read of one contact only."""
    yield Flip(Clock.POLL)


def found(node: HeldFor, setting: Setting) -> Fragment:
    """
    Tell the value, whether it compares so, and since when: from what was told after the last
    that did not. Of one that does not compare so, since when it is the newest that was told.
    """
    as_of = value(setting.as_of, "timestamptz")
    told = combine(
        "(SELECT told.at, told.order_key, ({}) IS TRUE AS fits FROM ({}) AS told"
        " WHERE told.at <= {})",
        _compare(Fragment("told.value"), node, setting),
        told_about(node.name),
        as_of,
    )
    content = value_at(node.name, setting.as_of)
    holds = combine(
        "EXISTS (SELECT 1 FROM (SELECT {} AS value OFFSET 0) AS told WHERE {})",
        content,
        _compare(Fragment("told.value"), node, setting),
    )
    # Selects the earliest moment after the last that broke it.
    since = combine(
        "(SELECT CASE WHEN bool_or(run.fits AND run.breaks = 0)"
        " THEN min(run.at) FILTER (WHERE run.breaks = 0) ELSE max(run.at) END"
        " FROM (SELECT told.at, told.fits, count(*) FILTER (WHERE NOT told.fits)"
        ' OVER (ORDER BY told.at DESC, told.order_key COLLATE "C" DESC) AS breaks'
        " FROM {} AS told) AS run)",
        told,
    )
    return combine(
        "jsonb_build_object('value', {}, 'holds', {}, 'since', {})",
        content,
        holds,
        since,
    )


KIND = Kind(
    name="held",
    node=HeldFor,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
)
