"""
Who is who, from the links alone: plain Python, the same for every order of arrival.

Links are taken in the order of what said so first. Each joins the people of its two
identifiers, unless a guard refuses it; what somebody did by hand comes before all. What a
source merely claims whose key anybody can read comes after all, at the time when it arrived,
whatever time it names; and an address that it claims goes to nobody whom somebody trusted had
named by then, nor does such an address come to whom it names. A source may *recognize* whom
we know by an address alone: such an address may be claimed, once, by somebody nobody named.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from contacts.identities.guards import (
    CUT,
    MOST,
    NOT_RECOGNIZED,
    SHARED_DEVICE,
    STATED,
    TOO_MANY,
    UNTRUSTED_CLAIM,
)

TOGETHER, ALIAS, EMAIL, BY_HAND = "together", "alias", "email", "by_hand"
# Said by a source that is not trusted.
CLAIMED_ALIAS, CLAIMED_EMAIL = "claimed_alias", "claimed_email"
CLAIMS = {ALIAS: CLAIMED_ALIAS, EMAIL: CLAIMED_EMAIL}
# Said by such a source while it recognized people by addresses that were stated.
RECOGNIZED_EMAIL = "recognized_email"
# Why a link joins no two users; the others do.
WEAK = {
    TOGETHER: SHARED_DEVICE,
    CLAIMED_ALIAS: UNTRUSTED_CLAIM,
    CLAIMED_EMAIL: UNTRUSTED_CLAIM,
    RECOGNIZED_EMAIL: UNTRUSTED_CLAIM,
}
# Of what one message says, the stronger counts first.
STRENGTH = {
    BY_HAND: 0,
    ALIAS: 1,
    EMAIL: 2,
    TOGETHER: 3,
    CLAIMED_ALIAS: 4,
    CLAIMED_EMAIL: 5,
    RECOGNIZED_EMAIL: 6,
}
# Claims come last, addresses after all: then it is known whom they would go to.
TURN = {BY_HAND: 0, CLAIMED_ALIAS: 2, CLAIMED_EMAIL: 3, RECOGNIZED_EMAIL: 3}


@dataclass(frozen=True)
class Node:
    """An identifier: its id, and the kind and value that it is everywhere."""

    id: int
    kind: str
    value: str
    # Since when somebody trusted calls a person so.
    stated_at: datetime | None = None


@dataclass(frozen=True)
class Link:
    """Two identifiers were said to name one person; ``id`` says which row says so."""

    id: int
    first_id: int
    second_id: int
    basis: str
    at: datetime
    order_key: str
    is_cut: bool = False


@dataclass(frozen=True)
class Partition:
    """Groups of identifiers, each one person, and the links that were refused, with why."""

    groups: list[frozenset[int]]
    refusals: dict[int, str]


def partition(nodes: Iterable[Node], links: Iterable[Link]) -> Partition:
    """
    Divide identifiers into people.

    A link may name an identifier that is gone; it still holds together what it joined.
    """
    known = {node.id: node for node in nodes}
    groups = _Groups(known)
    refusals: dict[int, str] = {}
    for link in sorted(links, key=lambda link: _place(link, known)):
        refusal = groups.join(link)
        if refusal:
            refusals[link.id] = refusal
    return Partition(groups.all(), refusals)


def _place(link: Link, known: Mapping[int, Node]) -> tuple:
    """
    Give a link its place in time.

    Ids say what arrived first, so they decide nothing but between identifiers that are gone.
    """
    ends = sorted(_name(node_id, known) for node_id in (link.first_id, link.second_id))
    return (
        TURN.get(link.basis, 1),
        link.at,
        link.order_key,
        STRENGTH[link.basis],
        ends,
    )


def _name(node_id: int, known: Mapping[int, Node]) -> tuple[str, str]:
    """Name an identifier by what does not depend on the order of arrival."""
    node = known.get(node_id)
    return (node.kind, node.value) if node else ("", f"{node_id:020}")


class _Groups:
    """Groups that grow; the smaller one moves into the larger."""

    def __init__(self, known: Mapping[int, Node]) -> None:
        self.known = known
        self.group_of: dict[int, set[int]] = {node_id: {node_id} for node_id in known}

    def join(self, link: Link) -> str:
        """Join the groups of both ends; say why not, or nothing."""
        if link.is_cut:
            return CUT
        first, second = self._group(link.first_id), self._group(link.second_id)
        if first is second:
            return ""
        refusal = "" if link.basis == BY_HAND else self._objection(link, first, second)
        if refusal:
            return refusal
        small, large = sorted((first, second), key=len)
        large |= small
        for node_id in small:
            self.group_of[node_id] = large
        return ""

    def all(self) -> list[frozenset[int]]:
        """All groups, without what is gone."""
        seen = {id(group): group for group in self.group_of.values()}
        kept = [frozenset(group & self.known.keys()) for group in seen.values()]
        return sorted((group for group in kept if group), key=min)

    def _group(self, node_id: int) -> set[int]:
        """Give the group of an identifier; at first it is alone."""
        return self.group_of.setdefault(node_id, {node_id})

    def _objection(
        self, link: Link, first: Collection[int], second: Collection[int]
    ) -> str:
        """Say why a link may not join two groups; empty if it may."""
        ours, theirs = self._count(first), self._count(second)
        if link.basis in WEAK and ours["user_id"] and theirs["user_id"]:
            return WEAK[link.basis]
        if link.basis in {CLAIMED_EMAIL, RECOGNIZED_EMAIL}:
            refusal = self._objection_to_claim(link, first, second)
            if refusal:
                return refusal
        for kind, most in MOST.items():
            # A side that brings none of a kind makes nothing worse.
            if ours[kind] and theirs[kind] and ours[kind] + theirs[kind] > most:
                return TOO_MANY[kind]
        return ""

    def _objection_to_claim(
        self, link: Link, first: Collection[int], second: Collection[int]
    ) -> str:
        """Say why an address that is claimed may not join two groups; empty if it may."""
        if not self._is_stated({*first, *second}, link.at):
            return ""
        if not self._may_recognize(link, first, second):
            return STATED
        return "" if link.basis == RECOGNIZED_EMAIL else NOT_RECOGNIZED

    def _may_recognize(
        self, link: Link, first: Collection[int], second: Collection[int]
    ) -> bool:
        """
        Whether one side is known by address alone, and the other by no name of that sort.

        Whom a claim brings has no address of his own, which would come along.
        """
        ends = ((link.first_id, first, second), (link.second_id, second, first))
        sides = [
            (known, comer)
            for end, known, comer in ends
            if end in self.known and self.known[end].kind == "email"
        ]
        if len(sides) != 1:
            return False
        [(known, comer)] = sides
        return not (
            self._count(comer)["email"]
            or self._is_stated(comer, link.at)
            or self._has_user(known, link.at)
        )

    def _has_user(self, group: Collection[int], by: datetime) -> bool:
        """Whether a user id is in a group, other than one that was first stated later."""
        nodes = (self.known[node_id] for node_id in group if node_id in self.known)
        return any(
            node.kind == "user_id" and (not node.stated_at or node.stated_at <= by)
            for node in nodes
        )

    def _is_stated(self, group: Collection[int], by: datetime) -> bool:
        """Whether somebody trusted had named anybody of a group by a time."""
        nodes = (self.known[node_id] for node_id in group if node_id in self.known)
        return any(node.stated_at and node.stated_at <= by for node in nodes)

    def _count(self, group: Collection[int]) -> Counter[str]:
        """Count the identifiers of a group by kind."""
        return Counter(
            self.known[node_id].kind for node_id in group if node_id in self.known
        )
