"""The states of contacts that a condition may name, as the builder offers them."""

from audiences.builder.choices import Catalog
from audiences.conditions.states import STATES


def states(catalog: Catalog) -> list[tuple[str, str]]:
    """Offer the states that are registered."""
    return [(state.name, state.label) for state in STATES.values()]
