"""What there is to know of a rule before it is asked: its conditions, and what wakes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from json import loads
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from audiences.conditions import nodes
from audiences.conditions.errors import ConditionError
from audiences.conditions.kept import Kept
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.parse import parse_condition
from audiences.conditions.traits import Trait
from audiences.conditions.traits import sides as sides_of
from audiences.conditions.waiting import flips_of, kept_of, waiting_of
from audiences.models import Audience
from audiences.models.trait import definitions_of


@dataclass(frozen=True)
class Everything:
    """What wakes every rule."""


@dataclass(frozen=True)
class OfColleague:
    """What happened to somebody who is in an account with the contact."""

    name: str


# What may change the answer of a rule for a contact: the name of an event or of a change, a
# moment to which time has come, or that an audience itself is to be looked at.
Key = str | OfColleague | Flip | int | Everything
EVERYTHING = Everything()


@dataclass(frozen=True)
class Rule:
    """
    A rule that was read.

    ``wakes`` holds what may change its answer for a contact, without what wakes the audiences
    that it names. ``traits`` has the definitions of the traits that it names, where they are.
    """

    node: nodes.Node
    leaves: frozenset[Any]
    wakes: frozenset[Key]
    lists: frozenset[int]
    audiences: frozenset[int]
    # Of the audiences, those that it looks up in tables: entries, members among colleagues.
    read: frozenset[int]
    trait_ids: frozenset[int]
    traits: Mapping[int, Trait]
    # The moments of contacts that it has kept, by name.
    kept: Mapping[str, Kept]

    @property
    def is_polled(self) -> bool:
        """Whether the answer for one depends on everybody."""
        return any(
            isinstance(key, Flip) and key.clock == Clock.POLL for key in self.wakes
        )

    @property
    def has_traits(self) -> bool:
        """Whether all traits that it names are there."""
        sides = {side for one in self.traits.values() for side in sides_of(one)}
        return self.trait_ids | sides <= self.traits.keys()


def colleague_key(key: Key) -> Key | None:
    """Say what something that happens to a contact is to his colleagues."""
    if isinstance(key, str):
        return OfColleague(key)
    if isinstance(key, Flip):
        return replace(key, of_account=True)
    return None


def is_of_colleague(key: Key) -> bool:
    """Say whether it is something that happens to a colleague, and not by time."""
    return isinstance(key, OfColleague)


def read_rules(texts: Mapping[int, str]) -> dict[int, Rule]:
    """
    Read the texts of rules by audience; those that can't be understood any more are left out.

    At most two queries, none if no rule names a trait.
    """
    parsed = {pk: node for pk, text in texts.items() if (node := _parse(text))}
    named = {pk: nodes.trait_ids(node) for pk, node in parsed.items()}
    traits = definitions_of({one for ids in named.values() for one in ids})
    rules = {}
    for pk, node in parsed.items():
        wanted = {one: traits[one] for one in named[pk] if one in traits}
        inner = {side for one in wanted.values() for side in sides_of(one)}
        wanted |= {side: traits[side] for side in inner if side in traits}
        rules[pk] = _read(node, frozenset(wanted.items()))
    return rules


def live_rules() -> dict[int, Rule | None]:
    """Read the rules of all live audiences, those that others name first."""
    rows = Audience.objects.live().order_by("depth", "pk")
    # As a text, by which what was read of it before is found.
    texts = dict(rows.values_list("pk", Cast("rule", TextField())))
    rules = read_rules(texts)
    return {pk: rules.get(pk) for pk in texts}


def wakes_by_audience(
    rules: Mapping[int, Rule | None] | None = None,
) -> dict[int, frozenset[Key]]:
    """Say what wakes each live audience, by itself or through those that it names."""
    wakes: dict[int, frozenset[Key]] = {}
    for pk, rule in (live_rules() if rules is None else rules).items():
        named = rule.audiences if rule else ()
        own = rule.wakes if rule else ()
        inner = [wakes[one] for one in named if one in wakes]
        wakes[pk] = frozenset({pk, *own}).union(*inner)
    return wakes


def is_woken(wakes: frozenset[Key], keys: frozenset[Key]) -> bool:
    """Say whether any of the keys wakes it."""
    return EVERYTHING in keys or not wakes.isdisjoint(keys)


def leaves_of(node: nodes.Node) -> Iterator[Any]:
    """List the conditions that are computed, as often as they occur."""
    match node:
        case nodes.All(conditions) | nodes.Any(conditions):
            for child in conditions:
                yield from leaves_of(child)
        case nodes.Not(condition):
            yield from leaves_of(condition)
        case _:
            yield node


@lru_cache(maxsize=2_000)
def _parse(text: str) -> nodes.Node | None:
    """Parse the text of a rule once; None if it can't be understood any more."""
    try:
        return parse_condition(loads(text))
    except ConditionError:
        return None


@lru_cache(maxsize=2_000)
def _read(node: nodes.Node, definitions: frozenset[tuple[int, Trait]]) -> Rule:
    """Read it once for the same definitions; neither ever changes."""
    traits = dict(definitions)
    leaves = frozenset(leaves_of(node))
    waiting = waiting_of(node, traits)
    lists = {
        inner.list_id for inner in nodes.walk(node) if isinstance(inner, nodes.OnList)
    }
    members = {
        leaf.audience_id for leaf in leaves if isinstance(leaf, nodes.InAudience)
    }
    looked_up = {
        found
        for leaf in leaves
        if not isinstance(leaf, nodes.InAudience)
        for found in nodes.audience_ids(leaf)
    }
    return Rule(
        node=node,
        leaves=leaves,
        wakes=frozenset(
            {
                *waiting.own,
                *(OfColleague(name) for name in waiting.of_colleagues),
                *flips_of(node, traits),
            }
        ),
        lists=frozenset(lists),
        audiences=frozenset(members | looked_up),
        read=frozenset(looked_up),
        trait_ids=frozenset(nodes.trait_ids(node)),
        traits=traits,
        kept=kept_of(node, traits),
    )
