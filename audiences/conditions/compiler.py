"""
Nodes to SQL: a boolean over the table alias ``contact``, where NULL means no.

A leaf about other tables has two shapes that select the same contacts. For everybody it is a
set that PostgreSQL reads once and hashes (``contact.id IN (SELECT …)``); for few contacts it
looks each one up in an index (``EXISTS (… = contact.id …)``).
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


def compile_node(node: nodes.Node, setting: Setting) -> Fragment:
    """Turn a node into SQL by the function of its kind."""
    return COMPILERS[type(node)](node, setting)


def compile_all(node: nodes.All, setting: Setting) -> Fragment:
    """Hold where each child holds."""
    return join("AND", [compile_node(child, setting) for child in node.conditions])


def compile_any(node: nodes.Any, setting: Setting) -> Fragment:
    """Hold where a child holds."""
    return join("OR", [compile_node(child, setting) for child in node.conditions])


def compile_not(node: nodes.Not, setting: Setting) -> Fragment:
    """Hold where the child does not, or is unknown."""
    return negate(compile_node(node.condition, setting))


def compile_attribute(node: nodes.AttributeIs, setting: Setting) -> Fragment:
    """Compare a value of the contact."""
    operator = OPERATORS[node.operator]
    return operator.sql(contact_subject(node.name), node.value, setting.as_of)


def compile_list(node: nodes.OnList, setting: Setting) -> Fragment:
    """Look for the contact on a list."""
    if node.list_id in setting.everyone:
        return TRUE if node.holds else FALSE
    rows = combine(
        "FROM contacts_listmembership AS listed WHERE listed.contact_list_id = {}",
        value(node.list_id),
    )
    return _among("listed", rows, setting, holds=node.holds)


def compile_audience(node: nodes.InAudience, setting: Setting) -> Fragment:
    """Look for the contact among the members of a saved audience."""
    rows = combine(
        "FROM audiences_membership AS member WHERE member.audience_id = {}",
        value(node.audience_id),
    )
    if setting.since and node.holds:
        rows = rows.format(f"{{}} AND member.entered_at > {setting.since}")
    return _among("member", rows, setting, holds=node.holds)


def compile_event(node: nodes.DidEvent, setting: Setting) -> Fragment:
    """
    Count the events of the contact within the window.

    Leans on event_by_name for everybody and on event_of_contact for few. "At most" is the
    opposite of "at least one more".
    """
    rows = _events(node, setting)
    if node.comparison == "at_least":
        return _happened(rows, node.count, setting, holds=True)
    if node.comparison == "at_most":
        return _happened(rows, node.count + 1, setting, holds=False)
    if node.count == 0:
        return _happened(rows, 1, setting, holds=False)
    return _count(rows, "=", node.count, setting)


def _among(alias: str, rows: Fragment, setting: Setting, *, holds: bool) -> Fragment:
    """Ask whether there is a row of the contact; contact_id is never NULL."""
    if setting.few:
        found = rows.format(
            f"EXISTS (SELECT 1 {{}} AND {alias}.contact_id = contact.id)"
        )
    else:
        found = rows.format(f"contact.id IN (SELECT {alias}.contact_id {{}})")
    return found if holds else found.format("NOT ({})")


def _happened(rows: Fragment, count: int, setting: Setting, *, holds: bool) -> Fragment:
    """Ask whether there are at least so many rows of the contact."""
    if count == 1:
        return _among("event", rows, setting, holds=holds)
    found = _count(rows, ">=", count, setting)
    return found if holds else found.format("NOT ({})")


def _count(rows: Fragment, sign: str, count: int, setting: Setting) -> Fragment:
    """Compare the number of rows of the contact, which is not zero; stop when it is known."""
    bound = value(count, "bigint")
    if setting.few:
        most = value(count + 1, "bigint")
        return combine(
            "(SELECT count(*) FROM (SELECT 1 {} AND event.contact_id = contact.id LIMIT {})"
            " AS counted) {} {}",
            rows,
            most,
            Fragment(sign),
            bound,
        )
    return combine(
        "contact.id IN (SELECT event.contact_id {} GROUP BY event.contact_id"
        " HAVING count(*) {} {})",
        rows,
        Fragment(sign),
        bound,
    )


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


COMPILERS: dict[type, Callable[[Any, Setting], Fragment]] = {
    nodes.All: compile_all,
    nodes.Any: compile_any,
    nodes.Not: compile_not,
    nodes.AttributeIs: compile_attribute,
    nodes.OnList: compile_list,
    nodes.InAudience: compile_audience,
    nodes.DidEvent: compile_event,
}
