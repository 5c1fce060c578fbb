"""
Who is nearly in an audience: all conditions of the rule hold but one.

Where the one that is missing compares a number, or counts events, people are in the order of
how much is missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from audiences import selection
from audiences.conditions import nodes
from audiences.conditions.compiler import compile_node
from audiences.conditions.describe import describe_node
from audiences.conditions.happenings import events
from audiences.conditions.kind import Setting
from audiences.conditions.kinds.event import DidEvent
from audiences.conditions.sql import TRUE, Fragment, combine, join, value
from audiences.conditions.subjects import contact_subject
from audiences.conditions.traits import value_type
from audiences.conditions.values import (
    trait_of,
    value_without_events,
    values_of_all,
)
from audiences.explain.card import GROUPS, singular
from audiences.explain.distance import missing, missing_times
from audiences.explain.findings import say_value
from contacts.models import Contact

# Which end of a comparison with a number is missed: what to take from what.
SHORT = {
    "at_least": "{bound} - {number}",
    "greater_than": "{bound} - {number}",
    "at_most": "{number} - {bound}",
    "less_than": "{number} - {bound}",
    "exactly": "abs({bound} - {number})",
}


@dataclass(frozen=True)
class Measure:
    """A number of everybody: an expression, and what must be joined for it."""

    number: Fragment
    joined: Fragment = Fragment("")


@dataclass(frozen=True)
class Part:
    """
    A condition of the rule, and how many people miss only this one.

    ``is_measured`` says that it can be told how much they miss.
    """

    place: int
    sentence: str
    people: int
    is_measured: bool


@dataclass(frozen=True)
class Near:
    """Somebody who misses one condition: what he has, and how far that is from it."""

    contact: Contact
    found: str
    distance: str


def parts_of(
    document: object, *, as_of: datetime, counts_from: datetime | None = None
) -> list[Part]:
    """
    List the conditions that must all hold, with the people who miss only the one.

    One statement, which asks each condition of everybody once.
    """
    node, setting = selection.prepare(
        document, as_of=as_of, few=False, counts_from=counts_from
    )
    children = conditions_of(node)
    names = selection.names_of(node)
    columns = [
        compile_node(child, setting).format(f"({{}}) IS TRUE AS part_{place}")
        for place, child in enumerate(children)
    ]
    counts = [
        f"count(*) FILTER (WHERE {_only_misses(place, len(children))})"
        for place in range(len(children))
    ]
    # Counts for each condition who fits all the others.
    statement = combine(
        f"SELECT {', '.join(counts)} FROM (SELECT "  # noqa: S608 - of our constants
        + ", ".join(["{}"] * len(columns))
        + " FROM contacts_contact AS contact WHERE contact.erased_at IS NULL OFFSET 0) AS asked",
        *columns,
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        counted = cursor.fetchone()
    return [
        Part(
            place=place,
            sentence=_sentence(child, names),
            people=counted[place],
            is_measured=measure_of(child, setting) is not None,
        )
        for place, child in enumerate(children)
    ]


def people_near(
    document: object,
    place: int,
    *,
    as_of: datetime,
    offset: int,
    size: int,
    counts_from: datetime | None = None,
) -> list[Near]:
    """List some of those who miss only the condition at the place, the nearest first."""
    node, setting = selection.prepare(
        document, as_of=as_of, few=False, counts_from=counts_from
    )
    children = conditions_of(node)
    missed = children[place]
    others = [child for at, child in enumerate(children) if at != place]
    measure = measure_of(missed, setting)
    # Selects who fits all but one condition, whose number is known if it takes one.
    statement = combine(
        "SELECT contact.id, {} AS number FROM contacts_contact AS contact {} WHERE {}"
        " AND {} AND contact.erased_at IS NULL ORDER BY {}, contact.id LIMIT {} OFFSET {}",
        measure.number if measure else Fragment("NULL::numeric"),
        measure.joined if measure else Fragment(""),
        join("AND", [compile_node(other, setting) for other in others])
        if others
        else TRUE,
        compile_node(missed, setting, holds=False).format("({})"),
        _distance(missed, measure) if measure else Fragment("NULL::numeric"),
        value(size),
        value(offset),
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        rows = cursor.fetchall()
    contacts = Contact.objects.in_bulk([pk for pk, _ in rows])
    return [
        Near(
            contact=contacts[pk],
            found="" if measure is None or number is None else _found(missed, number),
            distance=_missing(missed, number, as_of) if measure else "",
        )
        for pk, number in rows
        if pk in contacts
    ]


def conditions_of(node: nodes.Node) -> list[nodes.Node]:
    """List what must all hold: the conditions of the outermost group, or the only one."""
    if isinstance(node, nodes.All):
        return [inner for child in node.conditions for inner in conditions_of(child)]
    return [node]


def measure_of(node: nodes.Node, setting: Setting) -> Measure | None:
    """Find the number that a condition compares; None where it compares none."""
    measure = MEASURES.get(type(node))
    if measure is None or (
        _operator(node) not in SHORT and _operator(node) != "between"
    ):
        return None
    return measure(node, setting)


def _operator(node: Any) -> str:
    """Name the comparison of a condition."""
    return str(getattr(node, "comparison", getattr(node, "operator", "")))


def _count_events(node: DidEvent, setting: Setting) -> Measure:
    """Count the events of everybody. Leans on event_by_name."""
    rows = events(node, setting, bounds=node.window.bounds(setting.as_of))
    return Measure(
        number=Fragment("coalesce(measured.value, 0)"),
        joined=rows.format(
            "LEFT JOIN (SELECT event.contact_id, count(*)::numeric AS value {}"
            " GROUP BY event.contact_id) AS measured ON measured.contact_id = contact.id"
        ),
    )


def _read_attribute(node: nodes.AttributeIs, setting: Setting) -> Measure | None:
    """Read an attribute as a number."""
    return None if node.path else Measure(contact_subject(node.name).number)


def _value_of_trait(node: nodes.TraitIs, setting: Setting) -> Measure | None:
    """Compute a trait of everybody."""
    trait = trait_of(node.trait_id, setting)
    if value_type(trait) != "number":
        return None
    is_zero = value_without_events(trait, setting) == 0
    return Measure(
        number=Fragment("coalesce(measured.value, 0)" if is_zero else "measured.value"),
        joined=values_of_all(node.trait_id, setting).format(
            "LEFT JOIN ({}) AS measured ON measured.contact_id = contact.id"
        ),
    )


MEASURES: dict[type, Callable[[Any, Setting], Measure | None]] = {
    DidEvent: _count_events,
    nodes.AttributeIs: _read_attribute,
    nodes.TraitIs: _value_of_trait,
}


def _found(node: Any, number: Decimal) -> str:
    """Say a number that a condition compares."""
    if isinstance(node, DidEvent):
        return {0: "never", 1: "once"}.get(int(number), f"{number:,.0f} times")
    return say_value(number)


def _missing(node: Any, number: Decimal | None, as_of: datetime) -> str:
    """Say what is missing."""
    if isinstance(node, DidEvent):
        return missing_times(node.comparison, node.count, int(number or 0))
    return missing(node, number, as_of)


def _distance(node: Any, measure: Measure) -> Fragment:
    """Say in SQL how much is missing; NULL, which comes last, where there is no number."""
    bound: Any = getattr(node, "count", getattr(node, "value", None))
    if _operator(node) == "between":
        low, high = (value(end, "numeric") for end in bound)
        return combine(
            "greatest({} - {}, {} - {})", low, measure.number, measure.number, high
        )
    pieces = {"bound": value(Decimal(bound), "numeric"), "number": measure.number}
    template = SHORT[_operator(node)]
    order = sorted(pieces, key=lambda name: template.index(f"{{{name}}}"))
    return combine(
        template.format(bound="{}", number="{}"), *(pieces[name] for name in order)
    )


def _only_misses(place: int, length: int) -> str:
    """Say in SQL that one column is false and all others are true."""
    return " AND ".join(
        f"{'NOT ' if at == place else ''}part_{at}" for at in range(length)
    )


def _sentence(node: nodes.Node, names: Any) -> str:
    """Say a condition about one contact; of a group, all that is in it."""
    clause = describe_node(node, names)
    if isinstance(node, nodes.Any):
        return f"{GROUPS['any']}: {clause}"
    return singular(clause)


def choose_part(parts: Sequence[Part], place: int | None) -> Part:
    """Choose a condition: the one that is asked for, else a measured one that some miss."""
    if place is not None and 0 <= place < len(parts):
        return parts[place]
    missed = [part for part in parts if part.people]
    measured = [part for part in missed if part.is_measured]
    return (measured or missed or list(parts))[0]
