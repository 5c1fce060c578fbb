"""Nodes to one English sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from audiences.conditions import nodes
from audiences.conditions.operators import OPERATORS
from audiences.conditions.windows import Between, Duration, Ever, Last, Window

# Built-in fields that are called otherwise than they are stored.
FIELD_LABELS = {"locale": "language", "created_at": "date added"}
COUNTS = {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}


@dataclass(frozen=True)
class Names:
    """What lists and audiences are called, and the labels of events that have one."""

    lists: Mapping[int, str] = field(default_factory=dict)
    audiences: Mapping[int, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)


def describe_condition(node: nodes.Node, names: Names) -> str:
    """Say whom the condition selects, as a sentence."""
    return f"Contacts {describe_node(node, names)}."


def describe_node(node: nodes.Node, names: Names) -> str:
    """Say the condition as a clause about contacts, in the plural."""
    match node:
        case nodes.All(conditions):
            return _group("and", conditions, names)
        case nodes.Any(conditions):
            return _group("or", conditions, names)
        case nodes.Not(condition):
            return f"who are not among those {_inner(condition, names)}"
        case nodes.AttributeIs():
            label = FIELD_LABELS.get(node.name) or readable(node.name)
            return f"whose {label} {describe_comparison(node)}"
        case nodes.OnList(list_id, holds):
            name = quoted(names.lists.get(list_id, "a deleted list"))
            return f"who are {'' if holds else 'not '}on the list {name}"
        case nodes.InAudience(audience_id, holds):
            name = quoted(names.audiences.get(audience_id, "a deleted audience"))
            return f"who are {'' if holds else 'not '}in the audience {name}"
        case nodes.DidEvent():
            return _event(node, names)


def _group(word: str, conditions: Sequence[nodes.Node], names: Names) -> str:
    """Join the clauses of a group."""
    if len(conditions) == 1:
        return describe_node(conditions[0], names)
    return f" {word} ".join(_inner(child, names) for child in conditions)


def _inner(node: nodes.Node, names: Names) -> str:
    """Put a group in parentheses."""
    clause = describe_node(node, names)
    is_group = isinstance(node, nodes.All | nodes.Any) and len(node.conditions) > 1
    return f"({clause})" if is_group else clause


def _event(node: nodes.DidEvent, names: Names) -> str:
    """Say what they did, how often, when, and with what."""
    event = quoted(names.events.get(node.name) or readable(node.name, capital=True))
    if node.comparison == "at_least" and node.count == 1:
        verb = f"who did {event}"
    elif node.count == 0:
        verb = f"who never did {event}"
        if not isinstance(node.window, Ever):
            verb = f"who did not do {event}"
    else:
        times = "once" if node.count == 1 else f"{node.count:,} times"
        verb = f"who did {event} {COUNTS[node.comparison]} {times}"
    tests = " and ".join(
        f"{readable(inner.name)} {describe_comparison(inner)}" for inner in node.filters
    )
    return verb + describe_window(node.window) + (f" where {tests}" if tests else "")


def describe_window(window: Window) -> str:
    """Say when, after a space; nothing for "ever"."""
    match window:
        case Ever():
            return ""
        case Last(duration):
            return f" in the last {describe_duration(duration)}"
        case Between(start, end):
            return f" between {describe_value(start)} and {describe_value(end)}"


def describe_comparison(node: nodes.AttributeIs | nodes.PropertyIs) -> str:
    """Say the operator and the value."""
    operator = OPERATORS[node.operator]
    if node.value is None:
        return operator.label
    if operator.operand == "range" and isinstance(node.value, tuple):
        low, high = node.value
        return f"{operator.label} {describe_value(low)} and {describe_value(high)}"
    return f"{operator.label} {describe_value(node.value)}"


def describe_value(value: object) -> str:
    """Write a value as people do."""
    match value:
        case tuple():
            return _choices([describe_value(part) for part in value])
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:,f}"
        case datetime():
            return f"{value.day} {value:%B %Y %H:%M}"
        case date():
            return f"{value.day} {value:%B %Y}"
        case Duration():
            return describe_duration(value)
    return quoted(str(value))


def describe_duration(duration: Duration) -> str:
    """Write "90 days", "1 hour"; "day" alone after "the last"."""
    unit = duration.unit.removesuffix("s") if duration.amount == 1 else duration.unit
    return f"{duration.amount:,} {unit}"


def _choices(words: Sequence[str], most: int = 5) -> str:
    """Write "a, b or c", and only how many there are beyond a few."""
    if len(words) > most:
        return f"{', '.join(words[:most])} or {len(words) - most:,} others"
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} or {words[-1]}"


def readable(name: str, *, capital: bool = False) -> str:
    """Turn a stored name into words: "order_completed" into "order completed"."""
    words = name.replace("_", " ").strip() or name
    return words[:1].upper() + words[1:] if capital else words


def quoted(text: str) -> str:
    """Put a name in quotes."""
    return f"“{text}”"
