"""The answers of conditions for one contact, from the compiled conditions themselves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from audiences.conditions import nodes
from audiences.conditions.compiler import compile_node
from audiences.conditions.kind import Setting
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.sql import Fragment, combine, value

NOTHING = Fragment("NULL::jsonb")


@dataclass(frozen=True)
class Verdicts:
    """The answer of each node, and of each leaf what it looked at; whether he was forgotten."""

    holds: dict[int, bool]
    found: dict[int, dict[str, Any]]
    is_erased: bool


def judge(tree: Sequence[nodes.Node], setting: Setting, contact_id: int) -> Verdicts:
    """
    Ask all nodes at once: one statement, in which a node is what it is in any audience.

    The keys are the places of the nodes in ``tree``. Nobody answers for who does not exist.
    """
    asked = [_answer(compile_node(node, setting)) for node in tree]
    found = [_found(node, setting) for node in tree]
    # Selects the answers for the contact, and what the conditions looked at.
    statement = combine(
        "SELECT ARRAY[{}]::boolean[], ARRAY[{}]::jsonb[], contact.erased_at IS NOT NULL"
        " FROM contacts_contact AS contact WHERE contact.id = {}",
        _listed(asked),
        _listed(found),
        value(contact_id),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        row = cursor.fetchone()
    answers, texts, is_erased = row or ([False] * len(tree), [None] * len(tree), False)
    return Verdicts(
        holds=dict(enumerate(answers)),
        found={
            place: json.loads(text, parse_float=Decimal)
            for place, text in enumerate(texts)
            if text
        },
        is_erased=is_erased,
    )


def judge_at(
    asked: Sequence[tuple[nodes.Node, Setting]], contact_id: int
) -> list[bool]:
    """Ask each node of a moment of its own; one statement."""
    answers = [_answer(compile_node(node, setting)) for node, setting in asked]
    # Selects the answers for the contact.
    statement = combine(
        "SELECT ARRAY[{}]::boolean[] FROM contacts_contact AS contact"
        " WHERE contact.id = {}",
        _listed(answers),
        value(contact_id),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        row = cursor.fetchone()
    return list(row[0]) if row else [False] * len(asked)


def _answer(compiled: Fragment) -> Fragment:
    """Make no answer a no."""
    return compiled.format("(({}) IS TRUE)")


def _found(node: nodes.Node, setting: Setting) -> Fragment:
    """Select what a leaf looks at, where its kind can tell."""
    kind = KIND_OF.get(type(node))
    if kind is None or kind.found is None:
        return NOTHING
    return kind.found(node, setting).format("({})")


def _listed(pieces: Sequence[Fragment]) -> Fragment:
    """Write the pieces with commas."""
    return combine(", ".join(["{}"] * len(pieces)), *pieces)
