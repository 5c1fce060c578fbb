"""
Who is nearly in an audience: all conditions of the rule hold but one.

People are in the order of how much is missing, wherever that can be measured: what everybody
has is put in order by SQL, and otherwise by what the explanation of each finds, of some.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from audiences import selection
from audiences.conditions import nodes
from audiences.conditions.compiler import compile_node
from audiences.conditions.describe import describe_node
from audiences.conditions.kind import Setting
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.kinds.entered import EnteredAudience
from audiences.conditions.kinds.first_time import FirstTime
from audiences.conditions.kinds.held import HeldFor
from audiences.conditions.kinds.regular import Regular
from audiences.conditions.kinds.resumed import Resumed
from audiences.conditions.kinds.sequence import Sequence as InSequence
from audiences.conditions.kinds.stopped import Stopped
from audiences.conditions.sql import TRUE, Fragment, combine, join, value
from audiences.explain.card import GROUPS, singular
from audiences.explain.evidence import load_events
from audiences.explain.findings import Told, tell
from audiences.explain.measures import measure_of
from contacts.models import Contact

# Of these each contact is looked at, as long as no more miss the condition.
LOOKED_AT = (
    EnteredAudience,
    FirstTime,
    HeldFor,
    InSequence,
    Regular,
    Resumed,
    Stopped,
)
MOST_LOOKED_AT = 1_000
UNKNOWN = Decimal("Infinity")


@dataclass(frozen=True)
class Part:
    """
    A condition of the rule, and how many people miss only this one.

    ``is_measured`` says that those who miss the least come first, ``is_told`` that it can be
    said what each has.
    """

    place: int
    sentence: str
    people: int
    is_measured: bool
    is_told: bool = False


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
            is_measured=measure_of(child, setting) is not None
            or _is_looked_at(child, counted[place]),
            is_told=_is_told(child),
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
    measure = measure_of(missed, setting)
    who = _who_misses(children, place, setting)
    if measure or not isinstance(missed, LOOKED_AT):
        ids = _ordered(who, measure, offset, size)
        told = _look_up(missed, ids, setting)
    else:
        ids = _ordered(who, None, 0, MOST_LOOKED_AT + 1)
        if len(ids) > MOST_LOOKED_AT:
            ids = _ordered(who, None, offset, size)
            told = _look_up(missed, ids, setting)
        else:
            told = _look_up(missed, ids, setting)
            ids = sorted(ids, key=lambda pk: (_size(told[pk]), pk))
            ids = ids[offset : offset + size]
    contacts = Contact.objects.in_bulk(ids)
    return [
        Near(contacts[pk], told[pk].found, told[pk].missing.text)
        for pk in ids
        if pk in contacts
    ]


def _who_misses(
    children: Sequence[nodes.Node], place: int, setting: Setting
) -> Fragment:
    """Say who fits all conditions but the one at the place."""
    others = [child for at, child in enumerate(children) if at != place]
    fits = [compile_node(other, setting) for other in others]
    return combine(
        "{} AND {} AND contact.erased_at IS NULL",
        join("AND", fits) if fits else TRUE,
        compile_node(children[place], setting, holds=False).format("({})"),
    )


def _ordered(who: Fragment, measure: Any, offset: int, size: int) -> list[int]:
    """Select some of those who fit, the nearest first."""
    statement = combine(
        "SELECT contact.id FROM contacts_contact AS contact {} WHERE {}"
        " ORDER BY {} contact.id LIMIT {} OFFSET {}",
        measure.joined if measure else Fragment(""),
        who,
        measure.order.format("{},") if measure else Fragment(""),
        value(size),
        value(offset),
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return [pk for (pk,) in cursor.fetchall()]


def _look_up(
    node: nodes.Node, contact_ids: Sequence[int], setting: Setting
) -> dict[int, Told]:
    """Say of some contacts what the condition finds, as their explanations do."""
    kind = KIND_OF.get(type(node))
    if kind is None or kind.found is None:
        return dict.fromkeys(contact_ids, Told())
    few = replace(setting, few=True)
    # Selects what the condition looks at, of each of the contacts.
    statement = combine(
        "SELECT contact.id, {}::text FROM contacts_contact AS contact"
        " WHERE contact.id = ANY ({})",
        kind.found(node, few).format("({})"),
        value(list(contact_ids), "bigint[]"),
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        found = {
            pk: json.loads(text, parse_float=Decimal) if text else {}
            for pk, text in cursor.fetchall()
        }
    events = load_events(
        [pk for one in found.values() for pk in one.get("events") or ()]
    )
    told = {}
    for pk in contact_ids:
        one = found.get(pk, {})
        counted = [events[at] for at in one.get("events") or () if at in events]
        told[pk] = tell(node, one, counted, few)
    return told


def _size(told: Told) -> Decimal:
    """Give how much is missing; what is not known comes last."""
    return UNKNOWN if told.missing.size is None else told.missing.size


def _is_looked_at(node: nodes.Node, people: int) -> bool:
    """Whether each who misses a condition is looked at, to put them in order."""
    return isinstance(node, LOOKED_AT) and people <= MOST_LOOKED_AT


def _is_told(node: nodes.Node) -> bool:
    """Whether it can be said what somebody has for a condition."""
    kind = KIND_OF.get(type(node))
    return kind is not None and kind.found is not None


def conditions_of(node: nodes.Node) -> list[nodes.Node]:
    """List what must all hold: the conditions of the outermost group, or the only one."""
    if isinstance(node, nodes.All):
        return [inner for child in node.conditions for inner in conditions_of(child)]
    return [node]


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
