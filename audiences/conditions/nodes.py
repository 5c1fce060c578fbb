"""The tree: groups, negations, and conditions of many kinds at the leaves."""

from dataclasses import dataclass

from audiences.conditions.kinds.account_attribute import AccountIs
from audiences.conditions.kinds.attribute import AttributeIs
from audiences.conditions.kinds.audience import InAudience
from audiences.conditions.kinds.entered import EnteredAudience
from audiences.conditions.kinds.event import DidEvent
from audiences.conditions.kinds.first_time import FirstTime
from audiences.conditions.kinds.held import HeldFor
from audiences.conditions.kinds.latest import LatestIs
from audiences.conditions.kinds.listed import OnList
from audiences.conditions.kinds.local_time import LocalTime
from audiences.conditions.kinds.rank import Ranks
from audiences.conditions.kinds.regular import Regular
from audiences.conditions.kinds.resumed import Resumed
from audiences.conditions.kinds.sequence import Sequence
from audiences.conditions.kinds.share import RandomShare
from audiences.conditions.kinds.state import StateIs
from audiences.conditions.kinds.stopped import Stopped
from audiences.conditions.kinds.trait import TraitIs

__all__ = [
    "AccountIs",
    "All",
    "Any",
    "AttributeIs",
    "DidEvent",
    "FirstTime",
    "Happening",
    "EnteredAudience",
    "HeldFor",
    "InAudience",
    "LatestIs",
    "Leaf",
    "LocalTime",
    "Node",
    "Not",
    "OfAccount",
    "OnList",
    "Regular",
    "Resumed",
    "Sequence",
    "Stopped",
    "RandomShare",
    "Ranks",
    "StateIs",
    "TraitIs",
    "audience_ids",
    "trait_ids",
    "walk",
]


@dataclass(frozen=True)
class All:
    """Each of the conditions holds."""

    conditions: tuple["Node", ...]


@dataclass(frozen=True)
class Any:
    """At least one of the conditions holds."""

    conditions: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """The condition does not hold, or nothing is known about it."""

    condition: "Node"


@dataclass(frozen=True)
class OfAccount:
    """The condition holds for any, all or none of the contacts of an account."""

    quantifier: str
    condition: "Node"


Happening = DidEvent | FirstTime | LatestIs | Sequence | Regular | Stopped | Resumed
Leaf = (
    AttributeIs
    | OnList
    | InAudience
    | Happening
    | TraitIs
    | HeldFor
    | EnteredAudience
    | StateIs
    | RandomShare
    | LocalTime
    | Ranks
    | AccountIs
)
Node = All | Any | Not | OfAccount | Leaf


def walk(node: Node) -> list[Node]:
    """List the node and all below it, parents first."""
    match node:
        case All(conditions) | Any(conditions):
            return [node, *(inner for child in conditions for inner in walk(child))]
        case Not(condition) | OfAccount(condition=condition):
            return [node, *walk(condition)]
    return [node]


def trait_ids(node: Node) -> set[int]:
    """Gather the ids of the traits that a tree names."""
    found = {
        inner.trait_id for inner in walk(node) if isinstance(inner, TraitIs | Ranks)
    }
    return found - {0}


def audience_ids(node: Node) -> set[int]:
    """Gather the ids of the audiences that a tree names."""
    return {
        inner.audience_id
        for inner in walk(node)
        if isinstance(inner, InAudience | EnteredAudience)
    }
