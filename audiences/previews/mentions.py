"""What a condition document speaks of: leaves, events with their properties, attributes, traits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from audiences.conditions.operators import OPERATORS, Operand

Leaf = Mapping[str, Any]
NUMERIC = {Operand.NUMBER, Operand.RANGE}


@dataclass
class Compared:
    """A property or an attribute: which texts it is compared with, and whether as a number."""

    as_number: bool = False
    texts: set[str] = field(default_factory=set)

    def take(self, comparison: Leaf) -> None:
        """Note what a comparison expects."""
        operator = OPERATORS.get(str(comparison.get("operator")))
        if operator is None:
            return
        self.as_number |= operator.operand in NUMERIC
        expected = comparison.get("value")
        choices = expected if isinstance(expected, list) else [expected]
        if operator.name in ("is", "is_one_of", "is_not", "is_none_of"):
            self.texts |= {choice for choice in choices if isinstance(choice, str)}


@dataclass
class Mentions:
    """Events with their properties, and attributes, each with what they are compared with."""

    events: dict[str, dict[str, Compared]] = field(default_factory=dict)
    attributes: dict[str, Compared] = field(default_factory=dict)
    traits: set[int] = field(default_factory=set)

    def take(self, document: Any) -> None:
        """Note all that a document speaks of."""
        for leaf in leaves(document):
            self._take_leaf(leaf)

    def _take_leaf(self, leaf: Leaf) -> None:
        """Note what a leaf speaks of."""
        if "filters" in leaf:
            for step in (leaf, *leaf.get("then", ())):
                self.take_event(step)
        elif leaf["kind"] in ("attribute", "held"):
            compared = self.attributes.setdefault(leaf["name"], Compared())
            compared.take(leaf)
        if isinstance(leaf.get("trait"), int):
            self.traits.add(leaf["trait"])
        of = leaf.get("of")
        if isinstance(of, Mapping):
            if "trait" in of:
                self.traits.add(of["trait"])
            else:
                name = str(of.get("attribute"))
                self.attributes.setdefault(name, Compared()).as_number = True

    def take_event(self, step: Leaf) -> None:
        """Note an event and the properties that are compared."""
        properties = self.events.setdefault(step["name"], {})
        for comparison in step.get("filters", ()):
            properties.setdefault(comparison["name"], Compared()).take(comparison)
        if step.get("same"):
            properties.setdefault(step["same"], Compared())

    def take_trait(self, definition: Leaf) -> None:
        """Note the events of which a trait is computed."""
        if definition["kind"] == "formula":
            return
        self.take_event({**definition, "name": definition["event"]})
        name = definition.get("property")
        if name:
            compared = self.events[definition["event"]].setdefault(name, Compared())
            compared.as_number |= definition["kind"] in ("sum", "average", "min", "max")


def leaves(document: Any) -> Iterator[Leaf]:
    """List the leaves of a document, those inside of other leaves too."""
    if document["kind"] in ("all", "any"):
        for child in document["conditions"]:
            yield from leaves(child)
        return
    if document["kind"] != "not":
        yield document
    if "condition" in document:
        yield from leaves(document["condition"])
