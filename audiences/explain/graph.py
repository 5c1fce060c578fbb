"""What an audience, a trait or a list is made of, and what needs it, itself or through others."""

from collections.abc import Iterable, Mapping
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
from audiences.conditions.traits import Trait as Definition
from audiences.conditions.traits import aggregates_of, sides
from audiences.conditions.words import readable
from audiences.models import Audience, Trait
from audiences.models.trait import definitions_of
from audiences.usage import Use
from contacts.models import ContactList

KNOWN, TRAITS, AUDIENCES, FOCUS, USERS = range(5)
MADE_OF = ("What is known", "Traits", "Audiences in it")
USED_BY = "Used by"
THROUGH = "Through those"


@dataclass(frozen=True)
class Thing:
    """A part of the graph: what it is, its name, and the page about it."""

    key: str
    kind: str
    name: str
    url: str = ""
    details: str = ""


@dataclass
class Graph:
    """
    Things in layers, from what is known to what needs it, and what leads to what.

    All is about ``focus``. Behind it stands who uses it, and behind that who uses those.
    """

    focus: Thing
    title: str
    layers: list[list[Thing]] = field(default_factory=lambda: [[], [], [], [], []])
    edges: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put what it is about in its place."""
        self.layers[FOCUS].append(self.focus)

    @property
    def titled(self) -> list[tuple[str, list[Thing]]]:
        """List the layers that hold something, with their titles."""
        further = len(self.layers) - USERS - 1
        titles = [*MADE_OF, self.title, USED_BY, *[THROUGH] * further]
        pairs = zip(titles, self.layers, strict=True)
        return [(title, layer) for title, layer in pairs if layer]

    def add(self, layer: int, thing: Thing, *leads_to: str) -> None:
        """Add a thing once, and what it leads to."""
        if all(known.key != thing.key for known in self.layers[layer]):
            self.layers[layer].append(thing)
        self.edges += [
            (thing.key, key) for key in leads_to if (thing.key, key) not in self.edges
        ]

    def add_user(self, layer: int, thing: Thing, of: str) -> None:
        """Add a user of something, behind all that it uses."""
        while len(self.layers) <= layer:
            self.layers.append([])
        for earlier in self.layers[USERS:layer]:
            earlier[:] = [known for known in earlier if known.key != thing.key]
        self.add(layer, thing)
        if (of, thing.key) not in self.edges:
            self.edges.append((of, thing.key))


def graph_of(audience: Audience) -> Graph:
    """
    Gather what the rule names, and what that is made of, down to events; and the users.

    Some queries for each audience that is named; a rule that can't be read is made of nothing.
    """
    graph = Graph(audience_thing(audience), "This audience")
    _add_parts(graph, audience.rule, graph.focus.key)
    _add_users(graph, usage.uses_of(audience))
    return graph


def graph_of_trait(trait: Trait) -> Graph:
    """Gather of what a trait is computed, and what needs it, itself or through others."""
    graph = Graph(_trait_thing(trait), "This trait")
    _add_feeds(graph, trait.pk, definitions_of([trait.pk]))
    _add_users(graph, usage.uses_of_traits([trait.pk])[trait.pk])
    return graph


def graph_of_list(contact_list: ContactList) -> Graph:
    """Gather what needs a list, itself or through others."""
    graph = Graph(_list_thing(contact_list), "This list")
    _add_users(graph, usage.uses_of_lists([contact_list.pk])[contact_list.pk])
    return graph


def _add_users(graph: Graph, uses: Iterable[Use]) -> None:
    """Add users, and layer by layer the users of those; some queries for each layer."""
    layer = USERS
    found = [(graph.focus.key, use) for use in uses]
    # Rules and formulas never lead back to themselves.
    while found:
        for of, use in found:
            graph.add_user(layer, _use_thing(use), of)
        audiences = {use.audience_id for _, use in found if use.audience_id is not None}
        traits = {use.trait_id for _, use in found if use.trait_id is not None}
        by_audience = usage.uses_of_many(sorted(audiences)) if audiences else {}
        by_trait = usage.uses_of_traits(sorted(traits)) if traits else {}
        served = {_use_thing(use).key: use.serves for _, use in found}
        found = [
            *((f"audience {pk}", use) for pk in by_audience for use in by_audience[pk]),
            *((f"trait {pk}", use) for pk in by_trait for use in by_trait[pk]),
            *((key, use) for key in served for use in served[key]),
        ]
        layer += 1


def _use_thing(use: Use) -> Thing:
    """Make a user a part."""
    key = f"use {use.url}"
    if use.audience_id is not None:
        key = f"audience {use.audience_id}"
    if use.trait_id is not None:
        key = f"trait {use.trait_id}"
    return Thing(key, use.kind, use.name, use.url, use.details)


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
        graph.add(KNOWN, _list_thing(found), key)
    _add_traits(graph, nodes.trait_ids(tree[0]), key)
    named = Audience.objects.filter(pk__in=nodes.audience_ids(tree[0]))
    for audience in named.order_by("name", "pk"):
        thing = audience_thing(audience)
        graph.add(AUDIENCES, thing, key)
        _add_parts(graph, audience.rule, thing.key)


def _add_traits(graph: Graph, trait_ids: set[int], key: str) -> None:
    """Add traits with those of which they are put together, and their events."""
    definitions = definitions_of(trait_ids)
    rows = Trait.objects.in_bulk(list(trait_ids & definitions.keys()))
    for pk in sorted(rows):
        graph.add(TRAITS, _trait_thing(rows[pk]), key)
        _add_feeds(graph, pk, definitions)


def _add_feeds(graph: Graph, pk: int, definitions: Mapping[int, Definition]) -> None:
    """Add of what a trait is computed: other traits, and events."""
    if pk not in definitions:
        return
    within = Trait.objects.in_bulk(list(sides(definitions[pk])))
    for side in sorted(within):
        graph.add(TRAITS, _trait_thing(within[side]), f"trait {pk}")
    for owner in sorted(within) or [pk]:
        for aggregate in aggregates_of(owner, definitions):
            graph.add(KNOWN, _event_thing(aggregate.event), f"trait {owner}")


def _list_thing(contact_list: ContactList) -> Thing:
    """Make a list a part."""
    url = reverse("admin:contacts_contactlist_change", args=[contact_list.pk])
    return Thing(f"list {contact_list.pk}", "List", contact_list.name, url)


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
