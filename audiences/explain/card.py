"""Explain a rule for one contact: each condition, its answer, and what it would need."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from audiences import selection
from audiences.conditions import nodes
from audiences.conditions.comparisons import describe_comparison
from audiences.conditions.describe import describe_node
from audiences.conditions.kind import Names, Setting
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.operators import OPERATORS
from audiences.conditions.parse import parse_condition
from audiences.explain.evidence import Counted, load_events
from audiences.explain.findings import count_of, tell
from audiences.explain.moments import Change, depends_on_others, next_changes
from audiences.explain.verdicts import Verdicts, judge, judge_at
from audiences.models import Audience
from contacts.models import Contact

WORDS: dict[type, str] = {nodes.All: "all", nodes.Any: "any", nodes.Not: "not"}
GROUPS = {
    "all": "All of these",
    "any": "At least one of these",
    "not": "None of this",
}
# Clauses are about many; a card is about one.
SINGULAR = (
    ("who are advocates ", "is an advocate "),
    ("who are anonymous visitors", "is an anonymous visitor"),
    ("of whose account ", "of the account "),
    ("who are ", "is "),
    ("who were ", "was "),
    ("who have ", "has "),
    ("who do ", "does "),
    ("whose ", ""),
    ("who ", ""),
)
MOST_EVENTS = 20
# Rules of other audiences are looked into for the future, as long as all is so small.
MOST_INLINED = 400


@dataclass(frozen=True)
class Explained:
    """
    A group or a condition, and its answer.

    Of a condition ``found`` says what the contact has, ``needed`` what it takes,
    ``distance`` what is missing, and ``events`` which events counted (``counted`` of them in
    all). ``change`` is when time alone changes the answer; ``audience_id`` is the audience that
    it names, which has an explanation of its own.
    """

    word: str
    sentence: str
    holds: bool
    found: str = ""
    needed: str = ""
    distance: str = ""
    events: tuple[Counted, ...] = ()
    more_events: int = 0
    change: Change = Change()
    depends_on_others: bool = False
    audience_id: int | None = None
    # Whether the rule needs it to hold; inside "none of this" it must not.
    is_wanted: bool = True
    children: tuple["Explained", ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether it is as the rule needs it."""
        return self.holds == self.is_wanted

    @property
    def is_group(self) -> bool:
        """Whether it joins others."""
        return bool(self.children)

    def walk(self) -> Iterator["Explained"]:
        """List it and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Explanation:
    """
    A rule for one contact at a moment.

    ``change`` is when time alone changes the whole answer. Who was forgotten is selected by
    no rule.
    """

    tree: Explained
    holds: bool
    as_of: datetime
    is_past: bool = False
    is_erased: bool = False
    change: Change = Change()
    depends_on_others: bool = False

    @property
    def leaves(self) -> list[Explained]:
        """List the conditions, from the top."""
        return [node for node in self.tree.walk() if not node.is_group]

    @property
    def obstacles(self) -> list[Explained]:
        """List the conditions that stand between the contact and the opposite answer."""
        return list(_decisive(self.tree))


def explain(
    document: object,
    contact_id: int,
    *,
    as_of: datetime,
    is_past: bool = False,
    counts_from: datetime | None = None,
) -> Explanation:
    """
    Explain a rule for a contact.

    The answers come from one statement, made of the compiled conditions themselves; one or
    two more load the events that counted, and some the moments at which time matters.

    :raises ConditionError: if the rule can't be understood, or names what does not exist
    """
    node, setting = selection.prepare(
        document, as_of=as_of, is_past=is_past, counts_from=counts_from
    )
    tree = visible(node)
    verdicts = judge(tree, setting, contact_id)
    contact = Contact.objects.filter(pk=contact_id).first()
    changes = (
        {}
        if is_past or contact is None or verdicts.is_erased
        else _changes(tree, verdicts, contact, setting)
    )
    builder = _Builder(tree, verdicts, changes, setting, selection.names_of(node))
    root = builder.build(node)
    return Explanation(
        tree=root,
        holds=root.holds and not verdicts.is_erased,
        as_of=as_of,
        is_past=is_past,
        is_erased=verdicts.is_erased,
        change=root.change,
        depends_on_others=depends_on_others(node, setting),
    )


class _Builder:
    """Puts the answers together as the tree is."""

    def __init__(
        self,
        tree: list[nodes.Node],
        verdicts: Verdicts,
        changes: Mapping[int, Change],
        setting: Setting,
        names: Names,
    ) -> None:
        self.verdicts = verdicts
        self.changes = changes
        self.setting = setting
        self.names = names
        self.places = iter(range(len(tree)))
        wanted = [
            pk for found in verdicts.found.values() for pk in found.get("events") or ()
        ]
        self.events = load_events(wanted)

    def build(self, node: nodes.Node, *, is_wanted: bool = True) -> Explained:
        """Explain a node, then those below it, in the order in which they were asked."""
        place = next(self.places)
        holds = self.verdicts.holds[place]
        change = self.changes.get(place, Change())
        word = WORDS.get(type(node), "")
        if not word:
            leaf = self.explain_leaf(node, holds, place, change)
            distance = leaf.distance if is_wanted else ""
            return replace(leaf, is_wanted=is_wanted, distance=distance)
        group: Any = node
        inside = [group.condition] if word == "not" else group.conditions
        return Explained(
            word=word,
            sentence=GROUPS[word],
            holds=holds,
            change=change,
            is_wanted=is_wanted,
            children=tuple(
                self.build(child, is_wanted=is_wanted != (word == "not"))
                for child in inside
            ),
        )

    def explain_leaf(
        self, node: nodes.Node, holds: bool, place: int, change: Change
    ) -> Explained:
        """Say what a condition found and needs."""
        found = self.verdicts.found.get(place, {})
        events = [
            self.events[pk] for pk in found.get("events") or () if pk in self.events
        ]
        told = tell(node, found, events, self.setting)
        return Explained(
            word=word_of(node),
            sentence=singular(describe_node(node, self.names)),
            holds=holds,
            found=told.found,
            needed=needed(node),
            distance="" if holds else told.missing.text,
            events=tuple(events[:MOST_EVENTS]),
            more_events=max(count_of(found) - MOST_EVENTS, 0),
            change=change,
            depends_on_others=depends_on_others(node, self.setting),
            audience_id=getattr(node, "audience_id", None),
        )


def visible(node: nodes.Node) -> list[nodes.Node]:
    """
    List the nodes that an explanation shows, parents first.

    What is asked of the colleagues of an account is one condition, for it is not about the
    contact alone.
    """
    match node:
        case nodes.All(conditions) | nodes.Any(conditions):
            return [node, *(inner for one in conditions for inner in visible(one))]
        case nodes.Not(condition):
            return [node, *visible(condition)]
    return [node]


def word_of(node: nodes.Node) -> str:
    """Name the kind of a condition."""
    kind = KIND_OF.get(type(node))
    return kind.name if kind else "account"


def singular(clause: str) -> str:
    """Turn a clause about contacts into one about a contact."""
    for plural, single in SINGULAR:
        if clause.startswith(plural):
            clause = single + clause[len(plural) :]
            break
    return clause[:1].upper() + clause[1:]


def needed(node: Any) -> str:
    """Say what the condition takes, where its sentence is about more than that."""
    if getattr(node, "operator", "") in OPERATORS:
        return describe_comparison(node)
    return ""


def _decisive(node: Explained) -> Iterable[Explained]:
    """List the leaves whose opposite would change the answer, alone or with others."""
    if not node.is_group:
        yield node
        return
    for child in node.children:
        if node.word == "not" or child.holds == node.holds:
            yield from _decisive(child)


def _changes(
    tree: list[nodes.Node], verdicts: Verdicts, contact: Contact, setting: Setting
) -> dict[int, Change]:
    """Find when time changes the rule, and each of its conditions."""
    leaves = [place for place, node in enumerate(tree) if type(node) not in WORDS]
    whole = tree[0] if setting.counts_from else inline(tree[0])
    holds = verdicts.holds[0]
    # Members of other audiences follow their rules, unless they are being looked up just now.
    if whole != tree[0] and judge_at([(whole, setting)], contact.pk) != [holds]:
        whole = tree[0]
    asked = [(whole, holds), *((tree[p], verdicts.holds[p]) for p in leaves if p)]
    places = [0, *(place for place in leaves if place)]
    return dict(zip(places, next_changes(asked, contact, setting), strict=True))


def inline(node: nodes.Node) -> nodes.Node:
    """Put the rules of the audiences that a tree names in their place, as far as is sensible."""
    current = node
    while True:
        named = selection.mentioned(current)[1]
        rules = {
            audience.pk: audience.rule
            for audience in Audience.objects.live().filter(pk__in=named)
            if audience.counts_from is None
        }
        if not rules:
            return current
        grown = _replaced(current, {pk: parse_condition(rules[pk]) for pk in rules})
        if len(nodes.walk(grown)) > MOST_INLINED:
            return node
        if grown == current:
            return current
        current = grown


def _replaced(node: nodes.Node, rules: Mapping[int, nodes.Node]) -> nodes.Node:
    """Replace the leaves that name one of the audiences."""
    if isinstance(node, nodes.All | nodes.Any):
        inside = tuple(_replaced(child, rules) for child in node.conditions)
        return replace(node, conditions=inside)
    if isinstance(node, nodes.Not):
        return nodes.Not(_replaced(node.condition, rules))
    if isinstance(node, nodes.InAudience) and node.audience_id in rules:
        rule = rules[node.audience_id]
        return rule if node.holds else nodes.Not(rule)
    return node
