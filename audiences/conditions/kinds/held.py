"""An attribute compares so now, and has without a break for some time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import (
    PropertyIs,
    compare_inside,
    describe_comparison,
    dump_comparison,
    is_relative,
    parse_comparison,
)
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.journal import told_about, value_at
from audiences.conditions.kept import Kept, kept_name
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
    """
    Change so long after the attribute began to compare so.

    What compares with the present begins to do so with no clock of ours.
    """
    if is_relative(node.operator):
        yield Flip(Clock.POLL)
    yield Flip(Clock.DATE, _kept_name(node), node.duration.delta)


def moments(node: HeldFor, traits: Mapping[int, Any]) -> Iterable[Kept]:
    """Keep since when it compares so, of whom it does now."""
    yield Kept(_kept_name(node), lambda setting: _began(node, setting))


def _kept_name(node: HeldFor) -> str:
    """Name since when it compares so, however long it must."""
    return kept_name("held", node.name, node.operator, node.value)


def _began(node: HeldFor, setting: Setting) -> Fragment:
    """Select since when it compares so; nothing of whom it does not now."""
    shown = PropertyIs(node.name, node.operator, node.value)
    now = compare_inside("contact.attributes", shown, setting.as_of)
    return combine(
        "SELECT run.at FROM (SELECT min(run.at) FILTER (WHERE run.breaks = 0) AS at"
        " FROM {} AS run WHERE {}) AS run",
        _runs(node, setting),
        now,
    )


def _runs(node: HeldFor, setting: Setting) -> Fragment:
    """
    Select what was told up to now: when, whether it compared so (``fits``), and how many times
    since it has not (``breaks``).
    """
    return combine(
        "(SELECT told.at, told.fits, count(*) FILTER (WHERE NOT told.fits)"
        ' OVER (ORDER BY told.at DESC, told.order_key COLLATE "C" DESC) AS breaks'
        " FROM (SELECT told.at, told.order_key, ({}) IS TRUE AS fits FROM ({}) AS told"
        " WHERE told.at <= {}) AS told)",
        _compare(Fragment("told.value"), node, setting),
        told_about(node.name),
        value(setting.as_of, "timestamptz"),
    )


def found(node: HeldFor, setting: Setting) -> Fragment:
    """
    Tell the value, whether it compares so, and since when: from what was told after the last
    that did not. Of one that does not compare so, since when it is the newest that was told.
    """
    content = value_at(node.name, setting.as_of)
    holds = combine(
        "EXISTS (SELECT 1 FROM (SELECT {} AS value OFFSET 0) AS told WHERE {})",
        content,
        _compare(Fragment("told.value"), node, setting),
    )
    # Selects the earliest moment after the last that broke it.
    since = _runs(node, setting).format(
        "(SELECT CASE WHEN bool_or(run.fits AND run.breaks = 0)"
        " THEN min(run.at) FILTER (WHERE run.breaks = 0) ELSE max(run.at) END"
        " FROM {} AS run)"
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
    moments=moments,
)
