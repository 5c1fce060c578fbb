"""The contact is among the best, or the last, of all contacts by a number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from audiences.conditions.comparisons import (
    parse_choice,
    parse_name,
    parse_reference,
)
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.journal import field_at, value_at
from audiences.conditions.kind import (
    CONTACT_CHANGED,
    Clock,
    Flip,
    Kind,
    Names,
    Setting,
)
from audiences.conditions.operands import dump_number, parse_number
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import (
    DATE_FIELDS,
    TEXT_FIELDS,
    column_subject,
    contact_subject,
    content_subject,
)
from audiences.conditions.traits import aggregates_of
from audiences.conditions.values import (
    trait_of,
    value_of_one,
    value_subject,
    value_without_events,
    values_of_all,
)
from audiences.conditions.words import quoted, readable

OPERATORS = {
    "top_percent": ("top {} %", "DESC", True),
    "bottom_percent": ("bottom {} %", "ASC", True),
    "top_count": ("top {}", "DESC", False),
    "bottom_count": ("bottom {}", "ASC", False),
}


@dataclass(frozen=True)
class Ranks:
    """By a trait or, if that is 0, by an attribute."""

    trait_id: int
    attribute: str
    operator: str
    value: Decimal


def parse(document: Mapping[str, Any], path: Path) -> Ranks:
    """Read by what, from which end, and how many."""
    of = document.get("of")
    place = (*path, "of")
    if not isinstance(of, Mapping) or ("trait" in of) == ("attribute" in of):
        raise ConditionError(place, "Choose a trait or an attribute.")
    operator = parse_choice(document, path, "operator", OPERATORS)
    number = parse_number(document.get("value"), (*path, "value"))
    if number <= 0 or (number > 100 and OPERATORS[operator][2]):
        raise ConditionError((*path, "value"), "Enter a number above 0, like 10.")
    if "trait" in of:
        return Ranks(parse_reference(of, place, "trait"), "", operator, number)
    name = parse_name({"name": of["attribute"]}, place, "Choose an attribute.")
    if name in DATE_FIELDS:
        raise ConditionError(place, f"“{name}” is a date. Choose a number.")
    return Ranks(0, name, operator, number)


def dump(node: Ranks) -> dict[str, Any]:
    """Write by what, from which end, and how many."""
    of = {"trait": node.trait_id} if node.trait_id else {"attribute": node.attribute}
    return {"of": of, "operator": node.operator, "value": dump_number(node.value)}


def compile_node(node: Ranks, setting: Setting, holds: bool) -> Fragment:
    """Count for each number how many are better; everybody is looked at, once."""
    _, order, is_share = OPERATORS[node.operator]
    limit = combine("{} * ranked.total", value(node.value, "numeric"))
    found = combine(
        "contact.id IN (SELECT ranked.contact_id FROM (SELECT valued.contact_id,"
        " rank() OVER (ORDER BY valued.value {}) - 1 AS better,"
        " count(*) OVER () AS total FROM ({}) AS valued WHERE valued.value IS NOT NULL)"
        " AS ranked WHERE {} < {})",
        Fragment(order),
        _values(node, replace(setting, few=False, trait_columns={})),
        Fragment("ranked.better * 100" if is_share else "ranked.better"),
        limit if is_share else value(node.value, "numeric"),
    )
    return found if holds else found.format("NOT ({})")


def _values(node: Ranks, setting: Setting) -> Fragment:
    """Select the number of each contact."""
    if not node.trait_id:
        return combine(
            "SELECT contact.id AS contact_id, {} AS value"
            " FROM contacts_contact AS contact WHERE contact.erased_at IS NULL",
            _number(node.attribute, setting),
        )
    trait = trait_of(node.trait_id, setting)
    number = value_subject(trait, Fragment("counted.value")).number
    if value_without_events(trait, setting) == 0:
        number = number.format(
            "CASE WHEN counted.contact_id IS NULL THEN 0 ELSE {} END"
        )
    return combine(
        "SELECT contact.id AS contact_id, {} AS value FROM contacts_contact AS contact"
        " LEFT JOIN ({}) AS counted ON counted.contact_id = contact.id"
        " WHERE contact.erased_at IS NULL",
        number,
        values_of_all(node.trait_id, setting),
    )


def _number(name: str, setting: Setting) -> Fragment:
    """Read a number of the contact; of the past, the one that he was told to have then."""
    if not setting.is_past or name == "email":
        return contact_subject(name).number
    if name in TEXT_FIELDS:
        number = column_subject("past.content").number
        content = field_at(name, setting.as_of)
    else:
        number = content_subject(Fragment("past.content")).number
        content = value_at(name, setting.as_of)
    return combine(
        "(SELECT {} FROM (SELECT {} AS content OFFSET 0) AS past)", number, content
    )


def say(node: Ranks, names: Names) -> str:
    """Say from which end, how many, and by what."""
    label = OPERATORS[node.operator][0].format(f"{node.value:,f}")
    by = readable(node.attribute)
    if node.trait_id:
        by = quoted(names.traits.get(node.trait_id, "a deleted trait"))
    return f"who are in the {label} by {by}"


def waits_for(node: Ranks, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for what changes the own number; those of others are polled."""
    if not node.trait_id:
        yield CONTACT_CHANGED
    for aggregate in aggregates_of(node.trait_id, traits):
        yield aggregate.event


def flips(node: Ranks, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Depend on everybody."""
    yield Flip(Clock.POLL)


def found(node: Ranks, setting: Setting) -> Fragment:
    """Tell the own number."""
    number = _number(node.attribute, setting)
    if node.trait_id:
        number = value_subject(
            trait_of(node.trait_id, setting), value_of_one(node.trait_id, setting)
        ).number
    return number.format("jsonb_build_object('value', {})")


KIND = Kind(
    name="rank",
    node=Ranks,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
)
