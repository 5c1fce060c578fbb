"""What there is to know of a rule before it is asked: its conditions, and what it waits for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json import loads
from typing import Any

from audiences.conditions import nodes
from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.parse import parse_condition
from audiences.models import Audience


@dataclass(frozen=True)
class Everything:
    """What wakes every rule."""


# What may change the answer of a rule for a contact: the name of an event or of a change, a
# moment to which time has come, or that an audience itself is to be looked at.
Key = str | Flip | int | Everything
EVERYTHING = Everything()


@dataclass(frozen=True)
class Rule:
    """
    A rule that was read.

    ``wakes`` holds the names and moments that may change its answer for a contact, without
    those of the audiences that it names.
    """

    node: nodes.Node
    leaves: frozenset[Any]
    wakes: frozenset[str | Flip]
    lists: frozenset[int]
    audiences: frozenset[int]
    # Of the audiences, those of which it reads entries and exits.
    ledgers: frozenset[int]

    @property
    def is_polled(self) -> bool:
        """Whether the answer for one depends on everybody."""
        return any(
            isinstance(key, Flip) and key.clock == Clock.POLL for key in self.wakes
        )


def wakes_by_audience() -> dict[int, frozenset[Key]]:
    """Say what wakes each live audience, by itself or through those that it names; one query."""
    rows = Audience.objects.live().order_by("depth", "pk")
    wakes: dict[int, frozenset[Key]] = {}
    for pk, text in rows.with_text().values_list("pk", "text"):
        rule = read_rule(text)
        named = rule.audiences if rule else ()
        own = rule.wakes if rule else ()
        inner = [wakes[one] for one in named if one in wakes]
        wakes[pk] = frozenset({pk, *own}).union(*inner)
    return wakes


def is_woken(wakes: frozenset[Key], keys: frozenset[Key]) -> bool:
    """Say whether any of the keys wakes it."""
    return EVERYTHING in keys or not wakes.isdisjoint(keys)


def read_rule(text: str) -> Rule | None:
    """Read the text of a rule; None if it can't be understood any more."""
    try:
        return _read(text)
    except ConditionError:
        return None


def leaves_of(node: nodes.Node) -> Iterator[Any]:
    """List the conditions that are no groups, as often as they occur."""
    match node:
        case nodes.All(conditions) | nodes.Any(conditions):
            for child in conditions:
                yield from leaves_of(child)
        case nodes.Not(condition):
            yield from leaves_of(condition)
        case _:
            yield node


@lru_cache(maxsize=2_000)
def _read(text: str) -> Rule:
    """Read it once; conditions never change."""
    node = parse_condition(loads(text))
    inside = [inner for inner in nodes.walk(node) if type(inner) in KIND_OF]
    traits: Mapping[int, Any] = {}
    return Rule(
        node=node,
        leaves=frozenset(leaves_of(node)),
        wakes=frozenset(_wakes(inside, traits)),
        lists=_ids(inside, "list_id"),
        audiences=_ids(inside, "audience_id"),
        ledgers=_ids(
            [inner for inner in inside if not isinstance(inner, nodes.InAudience)],
            "audience_id",
        ),
    )


def _wakes(inside: Iterable[Any], traits: Mapping[int, Any]) -> Iterator[str | Flip]:
    """Gather what the conditions wait for."""
    for inner in inside:
        kind = KIND_OF[type(inner)]
        yield from kind.waits_for(inner, traits)
        yield from kind.flips(inner, traits)


def _ids(inside: Iterable[Any], field: str) -> frozenset[int]:
    """Gather the ids that conditions of some kinds hold in a field."""
    return frozenset(getattr(inner, field) for inner in inside if hasattr(inner, field))
