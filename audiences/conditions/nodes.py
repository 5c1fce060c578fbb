"""The tree: groups, negations, and conditions of many kinds at the leaves."""

from dataclasses import dataclass

from audiences.conditions.kinds.attribute import AttributeIs
from audiences.conditions.kinds.audience import InAudience
from audiences.conditions.kinds.event import DidEvent
from audiences.conditions.kinds.first_time import FirstTime
from audiences.conditions.kinds.latest import LatestIs
from audiences.conditions.kinds.listed import OnList
from audiences.conditions.kinds.regular import Regular
from audiences.conditions.kinds.resumed import Resumed
from audiences.conditions.kinds.sequence import Sequence
from audiences.conditions.kinds.stopped import Stopped

__all__ = [
    "All",
    "Any",
    "AttributeIs",
    "DidEvent",
    "FirstTime",
    "Happening",
    "InAudience",
    "LatestIs",
    "Leaf",
    "Node",
    "Not",
    "OnList",
    "Regular",
    "Resumed",
    "Sequence",
    "Stopped",
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


Happening = DidEvent | FirstTime | LatestIs | Sequence | Regular | Stopped | Resumed
Leaf = AttributeIs | OnList | InAudience | Happening
Node = All | Any | Not | Leaf


def walk(node: Node) -> list[Node]:
    """List the node and all below it, parents first."""
    match node:
        case All(conditions) | Any(conditions):
            return [node, *(inner for child in conditions for inner in walk(child))]
        case Not(condition):
            return [node, *walk(condition)]
    return [node]
