"""SQL text that travels with its parameters."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Fragment:
    """
    A piece of SQL and the values of its placeholders, in order.

    ``whom`` goes with one that says nothing but that the contact is among some: it selects
    their ``contact_id``, each once. Whatever is made of the piece does without.
    """

    text: str
    params: tuple[Any, ...] = ()
    whom: "Fragment | None" = None

    def __str__(self) -> str:
        return self.text

    def format(self, template: str) -> "Fragment":
        """Put the text once into the ``{}`` of a template that has no values of its own."""
        return Fragment(template.format(self.text), self.params)


TRUE = Fragment("TRUE")
FALSE = Fragment("FALSE")


def combine(template: str, *pieces: Fragment) -> Fragment:
    """Fill the ``{}`` of a template with pieces, keeping the values in the same order."""
    params = tuple(value for piece in pieces for value in piece.params)
    return Fragment(template.format(*(piece.text for piece in pieces)), params)


def value(content: Any, cast: str = "") -> Fragment:
    """Make a placeholder, with a cast where PostgreSQL can't see the type."""
    return Fragment(f"%s::{cast}" if cast else "%s", (content,))


def join(word: str, pieces: Iterable[Fragment]) -> Fragment:
    """Join with AND or OR, each piece in parentheses."""
    gathered = list(pieces)
    if len(gathered) == 1:
        return replace(gathered[0].format("({})"), whom=gathered[0].whom)
    return combine(f" {word} ".join(["({})"] * len(gathered)), *gathered)


def negate(piece: Fragment) -> Fragment:
    """Select who is not selected, including those about whom nothing is known."""
    return piece.format("({}) IS NOT TRUE")


def escape_pattern(text: str) -> str:
    """Make user text literal inside a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def exists(rows: Fragment, *, holds: bool = True) -> Fragment:
    """Ask whether there is such a row, or none; ``rows`` begins with FROM."""
    return rows.format(f"{'' if holds else 'NOT '}EXISTS (SELECT 1 {{}})")
