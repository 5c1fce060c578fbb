"""
Nodes to SQL: a boolean over the table alias ``contact``, where NULL means no.

A negation is pushed down to the leaves, so that PostgreSQL sees what it can turn into a join:
EXISTS, and NOT EXISTS. Counts beyond one have two shapes that select the same contacts: for
everybody a set that is read once and hashed (``contact.id IN (SELECT … GROUP BY …)``), for
few contacts a count that looks each one up in an index.
"""

from audiences.conditions import nodes
from audiences.conditions.accounts import compile_account, inside
from audiences.conditions.kind import Setting
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.sql import Fragment, join


def compile_node(node: nodes.Node, setting: Setting, *, holds: bool = True) -> Fragment:
    """Turn a node, or its opposite, into SQL."""
    match node:
        case nodes.All(conditions):
            children = [compile_node(one, setting, holds=holds) for one in conditions]
            return join("AND" if holds else "OR", children)
        case nodes.Any(conditions):
            children = [compile_node(one, setting, holds=holds) for one in conditions]
            return join("OR" if holds else "AND", children)
        case nodes.Not(condition):
            return compile_node(condition, setting, holds=not holds)
        case nodes.OfAccount(quantifier, condition):
            piece = compile_node(condition, inside(setting))
            return compile_account(quantifier, piece, setting, holds=holds)
    return KIND_OF[type(node)].compile(node, setting, holds)
