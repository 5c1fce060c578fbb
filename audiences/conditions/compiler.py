"""
Nodes to SQL: a boolean over the table alias ``contact``, where NULL means no.

A negation is pushed down to the leaves, so that PostgreSQL sees what it can turn into a join:
EXISTS, and NOT EXISTS. Counts beyond one have two shapes that select the same contacts: for
everybody a set that is read once and hashed (``contact.id IN (SELECT … GROUP BY …)``), for
few contacts a count that looks each one up in an index.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audiences.conditions import nodes
from audiences.conditions.operators import OPERATORS
from audiences.conditions.sql import FALSE, TRUE, Fragment, combine, join, negate, value
from audiences.conditions.subjects import contact_subject, property_subject
from audiences.conditions.windows import Bounds


@dataclass(frozen=True)
class Setting:
    """
    Under what a tree is compiled.

    ``few`` says that the statement names the contacts; ``everyone`` holds the lists that
    have every contact on them and no rows. ``since`` is a column of the statement, such as
    ``enrollment.moment_at``: only events and entries into audiences after it count.
    """

    as_of: datetime
    few: bool = False
    everyone: frozenset[int] = frozenset()
    since: str = ""


def compile_condition(
    node: nodes.Node,
    *,
    as_of: datetime,
    few: bool = False,
    everyone: frozenset[int] = frozenset(),
    since: str = "",
) -> Fragment:
    """Turn a tree into SQL; the moment of the evaluation is a value like any other."""
    return compile_node(node, Setting(as_of, few, everyone, since))


def compile_node(node: nodes.Node, setting: Setting, *, holds: bool = True) -> Fragment:
    """Turn a node, or its opposite, into SQL by the function of its kind."""
    return COMPILERS[type(node)](node, setting, holds)


def compile_all(node: nodes.All, setting: Setting, holds: bool) -> Fragment:
    """Hold where each child holds; the opposite where one does not."""
    children = [compile_node(inner, setting, holds=holds) for inner in node.conditions]
    return join("AND" if holds else "OR", children)


def compile_any(node: nodes.Any, setting: Setting, holds: bool) -> Fragment:
    """Hold where a child holds; the opposite where none does."""
    children = [compile_node(inner, setting, holds=holds) for inner in node.conditions]
    return join("OR" if holds else "AND", children)


def compile_not(node: nodes.Not, setting: Setting, holds: bool) -> Fragment:
    """Hold where the child does not, or is unknown."""
    return compile_node(node.condition, setting, holds=not holds)


def compile_attribute(
    node: nodes.AttributeIs, setting: Setting, holds: bool
) -> Fragment:
    """Compare a value of the contact."""
    operator = OPERATORS[node.operator]
    compared = operator.sql(contact_subject(node.name), node.value, setting.as_of)
    return compared if holds else negate(compared)


def compile_list(node: nodes.OnList, setting: Setting, holds: bool) -> Fragment:
    """Look for the contact on a list."""
    if node.list_id in setting.everyone:
        return TRUE if node.holds == holds else FALSE
    rows = combine(
        "FROM contacts_listmembership AS listed WHERE listed.contact_list_id = {}"
        " AND listed.contact_id = contact.id",
        value(node.list_id),
    )
    return _exists(rows, holds=node.holds == holds)


def compile_audience(node: nodes.InAudience, setting: Setting, holds: bool) -> Fragment:
    """Look for the contact among the members of a saved audience."""
    rows = combine(
        "FROM audiences_membership AS member WHERE member.audience_id = {}"
        " AND member.contact_id = contact.id",
        value(node.audience_id),
    )
    if setting.since and node.holds:
        rows = rows.format(f"{{}} AND member.entered_at > {setting.since}")
    return _exists(rows, holds=node.holds == holds)


def compile_event(node: nodes.DidEvent, setting: Setting, holds: bool) -> Fragment:
    """
    Count the events of the contact within the window.

    Leans on event_by_name for everybody and on event_of_contact for few. "At most" is the
    opposite of "at least one more", and "exactly none" of "at least one".
    """
    rows = _events(node, setting)
    if node.comparison == "at_least":
        return _happened(rows, node.count, setting, holds=holds)
    if node.comparison == "at_most":
        return _happened(rows, node.count + 1, setting, holds=not holds)
    if node.count == 0:
        return _happened(rows, 1, setting, holds=not holds)
    return _counted(rows, "=", node.count, setting, holds=holds)


def _exists(rows: Fragment, *, holds: bool) -> Fragment:
    """Ask whether there is such a row, or none."""
    return rows.format(f"{'' if holds else 'NOT '}EXISTS (SELECT 1 {{}})")


def _happened(rows: Fragment, count: int, setting: Setting, *, holds: bool) -> Fragment:
    """Ask whether there are at least so many rows of the contact, or fewer."""
    if count == 1:
        return _exists(rows.format("{} AND event.contact_id = contact.id"), holds=holds)
    return _counted(rows, ">=", count, setting, holds=holds)


def _counted(
    rows: Fragment, sign: str, count: int, setting: Setting, *, holds: bool
) -> Fragment:
    """
    Compare the number of rows of the contact, which is not zero.

    A count for few contacts stops at one more than it must tell apart; contact_id is never
    NULL, so IN has no third answer.
    """
    bound = value(count, "bigint")
    if setting.few:
        found = combine(
            "(SELECT count(*) FROM (SELECT 1 {} AND event.contact_id = contact.id LIMIT {})"
            " AS counted) {} {}",
            rows,
            value(count + 1, "bigint"),
            Fragment(sign),
            bound,
        )
    else:
        found = combine(
            "contact.id IN (SELECT event.contact_id {} GROUP BY event.contact_id"
            " HAVING count(*) {} {})",
            rows,
            Fragment(sign),
            bound,
        )
    return found if holds else found.format("NOT ({})")


def _events(node: nodes.DidEvent, setting: Setting) -> Fragment:
    """Select the events that count."""
    tests = [
        combine("event.name = {}", value(node.name)),
        *_within(node.window.bounds(setting.as_of)),
        *([Fragment(f"event.occurred_at > {setting.since}")] if setting.since else []),
        *(_filter(inner, setting) for inner in node.filters),
    ]
    template = " AND ".join("{}" for _ in tests)
    return combine(f"FROM contacts_event AS event WHERE {template}", *tests)


def _within(bounds: Bounds) -> list[Fragment]:
    """Compare the time of the event with each end that there is."""
    ends = [
        (">", bounds.after),
        (">=", bounds.since),
        ("<", bounds.before),
        ("<=", bounds.until),
    ]
    return [
        combine(f"event.occurred_at {sign} {{}}", value(end, "timestamptz"))
        for sign, end in ends
        if end is not None
    ]


def _filter(node: nodes.PropertyIs, setting: Setting) -> Fragment:
    """Compare a property of the event."""
    operator = OPERATORS[node.operator]
    compared = operator.sql(property_subject(node.name), node.value, setting.as_of)
    return compared.format("({})")


COMPILERS: dict[type, Callable[[Any, Setting, bool], Fragment]] = {
    nodes.All: compile_all,
    nodes.Any: compile_any,
    nodes.Not: compile_not,
    nodes.AttributeIs: compile_attribute,
    nodes.OnList: compile_list,
    nodes.InAudience: compile_audience,
    nodes.DidEvent: compile_event,
}
