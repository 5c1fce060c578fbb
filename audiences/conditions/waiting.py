"""What may change the answer of a tree: what happens, and the passing of time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from audiences.conditions import nodes
from audiences.conditions.kept import Kept
from audiences.conditions.kind import CONTACT_CHANGED, Flip
from audiences.conditions.kinds import KIND_OF


@dataclass(frozen=True)
class Waiting:
    """
    Names of events, or ``CONTACT_CHANGED``.

    Those in ``own`` may change the answer for the contact to whom they happen, those in
    ``of_colleagues`` for everybody who is in an account with him, himself included.
    """

    own: frozenset[str] = frozenset()
    of_colleagues: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """All names."""
        return self.own | self.of_colleagues


def waiting_of(node: nodes.Node, traits: Mapping[int, Any]) -> Waiting:
    """Gather what a tree waits for."""
    own: set[str] = set()
    of_colleagues: set[str] = set()
    for inner in _apart(node):
        if isinstance(inner, nodes.OfAccount):
            within = waiting_of(inner.condition, traits)
            # Who joins an account is told as changed, and matters to his colleagues.
            of_colleagues |= within.names | {CONTACT_CHANGED}
        else:
            kind = KIND_OF[type(inner)]
            own.update(kind.waits_for(inner, traits))
            of_colleagues.update(kind.waits_for_colleagues(inner, traits))
    return Waiting(frozenset(own), frozenset(of_colleagues))


def flips_of(node: nodes.Node, traits: Mapping[int, Any]) -> frozenset[Flip]:
    """Gather the moments at which time alone may change the answer of a tree."""
    found: set[Flip] = set()
    for inner in _apart(node):
        if isinstance(inner, nodes.OfAccount):
            found |= {
                replace(flip, of_account=True)
                for flip in flips_of(inner.condition, traits)
            }
        else:
            found.update(KIND_OF[type(inner)].flips(inner, traits))
    return frozenset(found)


def kept_of(node: nodes.Node, traits: Mapping[int, Any]) -> dict[str, Kept]:
    """Gather by name what a tree has kept of each contact, colleagues among them."""
    found: dict[str, Kept] = {}
    for inner in _apart(node):
        if isinstance(inner, nodes.OfAccount):
            found |= kept_of(inner.condition, traits)
        else:
            kept = KIND_OF[type(inner)].moments(inner, traits)
            found |= {one.name: one for one in kept}
    return found


def _apart(node: nodes.Node) -> Iterator[nodes.Node]:
    """List what a tree asks of the contact himself, conditions about his account as a whole."""
    match node:
        case nodes.All(conditions) | nodes.Any(conditions):
            for child in conditions:
                yield from _apart(child)
        case nodes.Not(condition):
            yield from _apart(condition)
        case _:
            yield node
