"""Nodes to one English sentence."""

from collections.abc import Sequence

from audiences.conditions import nodes
from audiences.conditions.accounts import QUANTIFIERS
from audiences.conditions.kind import Names
from audiences.conditions.kinds import KIND_OF


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
        case nodes.OfAccount(quantifier, condition):
            return (
                f"of whose account {QUANTIFIERS[quantifier]} {_inner(condition, names)}"
            )
    return KIND_OF[type(node)].say(node, names)


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
