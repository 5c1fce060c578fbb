"""The nodes of the condition tree."""

from dataclasses import dataclass

from audiences.conditions.windows import Ever, Window

# Columns of a contact that a condition may name; any other name is a key of the attributes.
TEXT_FIELDS = ("email", "first_name", "last_name", "locale", "time_zone")
DATE_FIELDS = ("created_at",)


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
class AttributeIs:
    """A built-in field or an attribute of the contact compares with a value."""

    name: str
    operator: str
    value: object = None


@dataclass(frozen=True)
class OnList:
    """The contact is on a list, or is not."""

    list_id: int
    holds: bool = True


@dataclass(frozen=True)
class InAudience:
    """The contact is a member of a saved audience, or is not."""

    audience_id: int
    holds: bool = True


@dataclass(frozen=True)
class PropertyIs:
    """A property of an event compares with a value."""

    name: str
    operator: str
    value: object = None


@dataclass(frozen=True)
class DidEvent:
    """
    An event happened to the contact so many times within a window.

    ``comparison`` is "at_least", "at_most" or "exactly"; only events for which each of the
    ``filters`` holds are counted, and none after the moment of the evaluation.
    """

    name: str
    comparison: str = "at_least"
    count: int = 1
    window: Window = Ever()
    filters: tuple[PropertyIs, ...] = ()


Node = All | Any | Not | AttributeIs | OnList | InAudience | DidEvent


def walk(node: Node) -> list[Node]:
    """List the node and all below it, parents first."""
    match node:
        case All(conditions) | Any(conditions):
            return [node, *(inner for child in conditions for inner in walk(child))]
        case Not(condition):
            return [node, *walk(condition)]
    return [node]
