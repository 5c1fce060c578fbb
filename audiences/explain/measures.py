"""
Who is nearest to a condition, in SQL: an order of everybody who misses it.

Of what is cheap to compute of everybody: numbers, counts of events, moments. The nearest come
first, and last of whom nothing can be measured (NULL).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from audiences.conditions import nodes
from audiences.conditions.happenings import events
from audiences.conditions.kind import Setting
from audiences.conditions.kinds.event import DidEvent
from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import Subject, contact_subject, json_subject
from audiences.conditions.traits import value_type
from audiences.conditions.values import (
    trait_of,
    value_subject,
    value_without_events,
    values_of_all,
)
from audiences.conditions.windows import Duration, Last, end_of, first_moment

DATES = (Operand.DATE, Operand.DURATION, Operand.DAYS)
# How much is missing of a number: what to take from what.
SHORT = {
    "at_least": "{bound} - {number}",
    "greater_than": "{bound} - {number}",
    "at_most": "{number} - {bound}",
    "less_than": "{number} - {bound}",
}
# How far a moment is off, and before that what time will never mend.
SPANS = {
    "in_the_last": "CASE WHEN {moment} > {now} THEN {moment} - {now}"
    " ELSE {now} - {length} - {moment} END",
    "in_the_next": "{moment} <= {now}, abs(extract(epoch FROM {moment} - {now}))",
    "longer_ago": "{moment} - {now}",
    "later_than": "{now} - {moment}",
}
# The next anniversary of a day: in this year or the next, and not before its own.
ANNIVERSARY = """(
    SELECT min(coming.day)
    FROM (SELECT ({moment} AT TIME ZONE 'UTC')::date AS day OFFSET 0) AS own
    CROSS JOIN LATERAL (
        SELECT (own.day + make_interval(years => year::int - extract(year FROM own.day)::int))::date
        FROM unnest(ARRAY[
            greatest(extract(year FROM {today}), extract(year FROM own.day)),
            greatest(extract(year FROM {today}), extract(year FROM own.day)) + 1
        ]) AS year
    ) AS coming (day)
    WHERE coming.day >= {today}
)"""


@dataclass(frozen=True)
class Measure:
    """What to order by, and what must be joined for it."""

    order: Fragment
    joined: Fragment = Fragment("")


def measure_of(node: nodes.Node, setting: Setting) -> Measure | None:
    """Find by what to order who misses a condition; None where nothing is measured."""
    measure = MEASURES.get(type(node))
    return measure(node, setting) if measure else None


def _count_events(node: DidEvent, setting: Setting) -> Measure:
    """
    Count the events of everybody. Leans on event_by_name.

    Of too many in a sliding window, that comes first which leaves it first.
    """
    rows = events(node, setting, bounds=node.window.bounds(setting.as_of))
    grouped = combine(
        "LEFT JOIN (SELECT event.contact_id, count(*)::numeric AS times, (array_agg("
        "event.occurred_at ORDER BY event.occurred_at DESC))[{}] AS blocks {}"
        " GROUP BY event.contact_id) AS measured ON measured.contact_id = contact.id",
        value(node.count + 1),
        rows,
    )
    off = value(Decimal(node.count), "numeric").format(
        "abs({} - coalesce(measured.times, 0))"
    )
    is_sliding = isinstance(node.window, Last)
    if is_sliding and (node.comparison == "at_most" or node.count == 0):
        return Measure(off.format("measured.blocks, {}"), grouped)
    return Measure(off, grouped)


def _read_attribute(node: nodes.AttributeIs, setting: Setting) -> Measure | None:
    """Read an attribute as a number or as a moment; not each element of a list."""
    if "*" in node.path:
        return None
    subject = (
        json_subject("contact.attributes", node.name, node.path)
        if node.path
        else contact_subject(node.name)
    )
    order = _order(node, subject, setting.as_of)
    return Measure(order) if order else None


def _value_of_trait(node: nodes.TraitIs, setting: Setting) -> Measure | None:
    """Compute a trait of everybody."""
    trait = trait_of(node.trait_id, setting)
    if value_type(trait) == "list":
        return None
    is_zero = value_without_events(trait, setting) == 0
    content = "coalesce(measured.value, 0)" if is_zero else "measured.value"
    subject = value_subject(trait, Fragment(content))
    order = _order(node, subject, setting.as_of)
    if order is None:
        return None
    return Measure(
        order,
        values_of_all(node.trait_id, setting).format(
            "LEFT JOIN ({}) AS measured ON measured.contact_id = contact.id"
        ),
    )


MEASURES: dict[type, Callable[[Any, Setting], Measure | None]] = {
    DidEvent: _count_events,
    nodes.AttributeIs: _read_attribute,
    nodes.TraitIs: _value_of_trait,
}


def _order(node: Any, subject: Subject, as_of: datetime) -> Fragment | None:
    """Say by what a comparison puts people into an order."""
    operator = OPERATORS[node.operator]
    if operator.name in SHORT:
        bound = value(Decimal(node.value), "numeric")
        return _fill(SHORT[operator.name], bound=bound, number=subject.number)
    if operator.name == "between":
        low, high = (value(end, "numeric") for end in node.value)
        number = subject.number
        return combine("greatest({} - {}, {} - {})", low, number, number, high)
    if operator.name.startswith("anniversary"):
        today = value(as_of.astimezone(UTC).date(), "date")
        return _fill(ANNIVERSARY, moment=subject.moment, today=today)
    if operator.operand in DATES:
        return _order_by_time(operator.name, node.value, subject.moment, as_of)
    return None


def _order_by_time(
    operator: str, bound: Any, moment: Fragment, as_of: datetime
) -> Fragment:
    """Say how far a moment is off."""
    if isinstance(bound, Duration):
        return _fill(
            SPANS[operator],
            moment=moment,
            now=value(as_of, "timestamptz"),
            length=value(bound.delta, "interval"),
        )
    if operator == "before":
        return combine("{} - {}", moment, value(first_moment(bound), "timestamptz"))
    return combine("{} - {}", value(end_of(bound), "timestamptz"), moment)


def _fill(template: str, **pieces: Fragment) -> Fragment:
    """Put pieces into a template by their names, values in the same order."""
    used = [part.split("}")[0] for part in template.split("{")[1:]]
    plain = template
    for name in pieces:
        plain = plain.replace(f"{{{name}}}", "{}")
    return combine(plain, *(pieces[name] for name in used))
