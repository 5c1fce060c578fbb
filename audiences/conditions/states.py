"""
States: what holds of a contact and is neither an attribute nor an event, by name.

An app registers a state in ``AppConfig.ready``; a rule names it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from audiences.conditions.kind import CONTACT_CHANGED, Setting
from audiences.conditions.sql import Fragment


@dataclass(frozen=True)
class State:
    """
    A state.

    ``positive`` and ``negative`` are clauses about contacts in the plural ("who can be
    reached by email"). ``sql`` gives a boolean over the alias contact. ``waits_for`` names
    the events that change it. ``ends`` gives, for states that time alone begins or ends, a
    SELECT of ``contact_id`` and ``at``: the moments at which it does.
    """

    name: str
    label: str
    positive: str
    negative: str
    sql: Callable[[Setting], Fragment]
    waits_for: tuple[str, ...] = (CONTACT_CHANGED,)
    ends: Callable[[], Fragment] | None = None


STATES: dict[str, State] = {}


def register(state: State) -> None:
    """Make a state known."""
    STATES[state.name] = state
