"""What an audience is made of, and what is made of it: events, traits, audiences, campaigns."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.http import urlencode

from audiences import usage
from audiences.catalog import event_label
from audiences.conditions import nodes
from audiences.conditions.errors import ConditionError
from audiences.conditions.kinds.attribute import FIELD_LABELS, AttributeIs
from audiences.conditions.kinds.held import HeldFor
from audiences.conditions.kinds.state import StateIs
from audiences.conditions.parse import parse_condition
from audiences.conditions.states import STATES
from audiences.conditions.traits import aggregates_of, sides
from audiences.conditions.words import readable
from audiences.models import Audience, Trait
from audiences.models.trait import definitions_of
from contacts.models import ContactList

LAYERS = ("What is known", "Traits", "Audiences in it", "This audience", "Used by")
KNOWN, TRAITS, AUDIENCES, FOCUS, USERS = range(5)


@dataclass(frozen=True)
class Thing:
    """A part of the graph: what it is, its name, and the page about it."""

    key: str
    kind: str
    name: str
    url: str = ""


@dataclass
class Graph:
    """Things in layers, from what is known to what needs it, and what leads to what."""

    layers: list[list[Thing]] = field(default_factory=lambda: [[] for _ in LAYERS])
    edges: list[tuple[str, str]] = field(default_factory=list)

    def add(self, layer: int, thing: Thing, *leads_to: str) -> None:
        """Add a thing once, and what it leads to."""
        if all(known.key != thing.key for known in self.layers[layer]):
            self.layers[layer].append(thing)
        self.edges += [
            (thing.key, key) for key in leads_to if (thing.key, key) not in self.edges
        ]


def graph_of(audience: Audience) -> Graph:
    """
    Gather what the rule names, and what that is made of, down to events; and the users.

    Some queries for each audience that is named; a rule that can't be read is made of nothing.
    """
    graph = Graph()
    focus = audience_thing(audience)
    graph.add(FOCUS, focus)
    _add_parts(graph, audience.rule, focus.key)
    for use in usage.uses_of(audience):
        thing = Thing(f"use {use.url}", use.kind, use.name, use.url)
        graph.layers[USERS].append(thing)
        graph.edges.append((focus.key, thing.key))
    return graph


def audience_thing(audience: Audience) -> Thing:
    """Make an audience a part."""
    url = reverse("admin:audiences_audience_change", args=[audience.pk])
    return Thing(f"audience {audience.pk}", "Audience", audience.name, url)


def _add_parts(graph: Graph, rule: object, key: str) -> None:
    """Add what a rule names, leading to its audience."""
    try:
        tree = nodes.walk(parse_condition(rule))
    except ConditionError:
        return
    for node in tree:
        thing = _known(node)
        if thing:
            graph.add(KNOWN, thing, key)
    lists = {node.list_id for node in tree if isinstance(node, nodes.OnList)}
    for found in ContactList.objects.filter(pk__in=lists).order_by("name"):
        url = reverse("admin:contacts_contactlist_change", args=[found.pk])
        graph.add(KNOWN, Thing(f"list {found.pk}", "List", found.name, url), key)
    _add_traits(graph, nodes.trait_ids(tree[0]), key)
    named = Audience.objects.filter(pk__in=nodes.audience_ids(tree[0]))
    for audience in named.order_by("name", "pk"):
        thing = audience_thing(audience)
        graph.add(AUDIENCES, thing, key)
        _add_parts(graph, audience.rule, thing.key)


def _add_traits(graph: Graph, trait_ids: set[int], key: str) -> None:
    """Add traits with those of which they are put together, and their events."""
    definitions = definitions_of(trait_ids)
    rows = Trait.objects.in_bulk(list(definitions))
    for pk in sorted(trait_ids & rows.keys()):
        graph.add(TRAITS, _trait_thing(rows[pk]), key)
        for side in sides(definitions[pk]):
            if side in rows:
                graph.add(TRAITS, _trait_thing(rows[side]), f"trait {pk}")
        for aggregate in aggregates_of(pk, definitions):
            owner = next(
                (
                    side
                    for side in sides(definitions[pk])
                    if definitions[side] == aggregate
                ),
                pk,
            )
            graph.add(KNOWN, _event_thing(aggregate.event), f"trait {owner}")


def _trait_thing(trait: Trait) -> Thing:
    """Make a trait a part."""
    url = reverse("admin:audiences_trait_change", args=[trait.pk])
    return Thing(f"trait {trait.pk}", "Trait", trait.name, url)


def _event_thing(name: str) -> Thing:
    """Make an event a part."""
    url = f"{reverse('admin:contacts_schema')}?{urlencode({'q': name})}"
    return Thing(f"event {name}", "Event", event_label(name), url)


def _known(node: nodes.Node) -> Thing | None:
    """Make what a condition looks at a part; None for what is computed."""
    if isinstance(node, AttributeIs | HeldFor):
        name = readable(FIELD_LABELS.get(node.name, node.name), capital=True)
        return Thing(f"attribute {node.name}", "Attribute", name)
    if isinstance(node, StateIs):
        return Thing(f"state {node.state}", "State", STATES[node.state].label)
    if isinstance(node, nodes.Happening):
        return _event_thing(node.name)
    return None
