"""A trait of the contact compares with a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from math import floor
from typing import Any

from audiences.conditions.comparisons import (
    describe_comparison,
    dump_test,
    is_relative,
    parse_reference,
    parse_test,
)
from audiences.conditions.errors import Path
from audiences.conditions.evidence import MOST_EVENTS
from audiences.conditions.kept import (
    Kept,
    in_filters,
    in_text,
    kept_name,
    turns,
    turns_of_filters,
)
from audiences.conditions.kind import (
    CONTACT_CHANGED,
    Clock,
    Flip,
    Kind,
    Names,
    Setting,
)
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.traits import (
    Aggregate,
    Formula,
    aggregates_of,
    value_type,
)
from audiences.conditions.values import (
    compare_value,
    events_of,
    value_of_one,
    whose_events,
)
from audiences.conditions.windows import LONGEST
from audiences.conditions.words import quoted

AGES = ("days_since_first", "days_since_latest")


@dataclass(frozen=True)
class TraitIs:
    """A trait of the contact compares with a value."""

    trait_id: int
    operator: str
    value: object = None


def parse(document: Mapping[str, Any], path: Path) -> TraitIs:
    """Read a comparison with a trait."""
    return TraitIs(
        parse_reference(document, path, "trait"), *parse_test(document, path)
    )


def dump(node: TraitIs) -> dict[str, Any]:
    """Write the trait and the comparison."""
    return {"trait": node.trait_id, **dump_test(node)}


def compile_node(node: TraitIs, setting: Setting, holds: bool) -> Fragment:
    """Compute the value and compare it."""
    return compare_value(node.trait_id, node.operator, node.value, setting, holds=holds)


def say(node: TraitIs, names: Names) -> str:
    """Say the name of the trait and the comparison."""
    name = quoted(names.traits.get(node.trait_id, "a deleted trait"))
    return f"whose {name} {describe_comparison(node)}"


def waits_for(node: TraitIs, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the events of the trait."""
    for aggregate in aggregates_of(node.trait_id, traits):
        if not aggregate.is_of_account:
            yield aggregate.event


def waits_for_colleagues(node: TraitIs, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the events of everybody of the account, where those count, and who joins it."""
    for aggregate in aggregates_of(node.trait_id, traits):
        if aggregate.is_of_account:
            yield aggregate.event
            yield CONTACT_CHANGED


def flips(node: TraitIs, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """
    Change as an event that came early has happened, when it leaves the window, and as days
    go by since it.

    A text that is a moment turns as it comes and goes by. A formula of days since something is
    looked at again and again.
    """
    trait = traits.get(node.trait_id)
    is_formula = isinstance(trait, Formula)
    if _is_dated(node, trait):
        yield from turns(kept_name("trait", trait), node.operator, node.value)
    for aggregate in aggregates_of(node.trait_id, traits):
        flip = Flip(Clock.EVENT, aggregate.event, of_account=aggregate.is_of_account)
        yield flip
        for after in aggregate.window.edges():
            yield replace(flip, after=after)
        yield from turns_of_filters(
            aggregate.event, aggregate.filters, of_account=aggregate.is_of_account
        )
        if aggregate.kind in AGES:
            if is_formula or not _are_numbers(node):
                yield Flip(Clock.POLL)
            else:
                for days in _thresholds(node.value):
                    yield replace(flip, after=timedelta(days=days))


def moments(node: TraitIs, traits: Mapping[int, Any]) -> Iterable[Kept]:
    """Keep the moment that the value is, and those in properties that filters compare."""
    trait = traits.get(node.trait_id)
    if _is_dated(node, trait):
        own = {node.trait_id: trait}
        yield Kept(
            kept_name("trait", trait),
            lambda setting: in_text(
                value_of_one(node.trait_id, replace(setting, traits=own))
            ),
        )
    for aggregate in aggregates_of(node.trait_id, traits):
        yield from in_filters(aggregate.event, aggregate.filters)


def _is_dated(node: TraitIs, trait: Any) -> bool:
    """Whether the value may be a moment, and is compared with the present: only texts are."""
    return (
        isinstance(trait, Aggregate)
        and is_relative(node.operator)
        and value_type(trait) == "text"
    )


def _are_numbers(node: TraitIs) -> bool:
    """Whether a comparison is one with numbers only, or with nothing."""
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    return all(isinstance(one, Decimal) for one in values) or node.operator in (
        "is_set",
        "is_not_set",
    )


def _thresholds(expected: object) -> set[int]:
    """List the numbers of whole days at which a comparison with numbers may turn."""
    numbers = expected if isinstance(expected, tuple) else (expected,)
    return {
        days
        for number in numbers
        if isinstance(number, Decimal)
        for days in (floor(number), floor(number) + 1)
        if 0 < days <= LONGEST.days
    }


def found(node: TraitIs, setting: Setting) -> Fragment:
    """Tell the value, and the newest of the events that counted."""
    return found_of(node.trait_id, setting)


def found_of(trait_id: int, setting: Setting) -> Fragment:
    """Tell the value of a trait, and the newest of the events that counted."""
    lists = [
        events_found(aggregate, setting)
        for aggregate in aggregates_of(trait_id, setting.traits)
    ]
    return combine(
        "jsonb_build_object('value', {}, 'events', "
        + " || ".join("{}" for _ in lists)
        + ")",
        value_of_one(trait_id, setting),
        *lists,
    )


def events_found(aggregate: Aggregate, setting: Setting) -> Fragment:
    """List the ids of the newest events that count, as jsonb."""
    return combine(
        "(SELECT coalesce(jsonb_agg(counted.id ORDER BY counted.occurred_at DESC), '[]')"
        " FROM (SELECT event.id, event.occurred_at {} AND {}"
        " ORDER BY event.occurred_at DESC, event.id DESC LIMIT {}) AS counted)",
        events_of(aggregate, setting),
        whose_events(aggregate),
        value(MOST_EVENTS),
    )


KIND = Kind(
    name="trait",
    node=TraitIs,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    waits_for_colleagues=waits_for_colleagues,
    flips=flips,
    found=found,
    moments=moments,
)
