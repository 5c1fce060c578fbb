"""A state holds of the contact, such as that email reaches him."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import parse_choice, parse_word
from audiences.conditions.errors import Path
from audiences.conditions.kind import Clock, Flip, Kind, Names, Setting
from audiences.conditions.sql import Fragment
from audiences.conditions.states import STATES


@dataclass(frozen=True)
class StateIs:
    """A state holds of the contact, or does not."""

    state: str
    holds: bool = True


def parse(document: Mapping[str, Any], path: Path) -> StateIs:
    """Read the name of a state."""
    return StateIs(
        parse_choice(document, path, "state", STATES),
        parse_word(document, path, "is", "is_not"),
    )


def dump(node: StateIs) -> dict[str, Any]:
    """Write the state and the word."""
    return {"state": node.state, "operator": "is" if node.holds else "is_not"}


def compile_node(node: StateIs, setting: Setting, holds: bool) -> Fragment:
    """Ask the state for its SQL."""
    found = STATES[node.state].sql(setting)
    return found.format("({})" if node.holds == holds else "({}) IS NOT TRUE")


def say(node: StateIs, names: Names) -> str:
    """Say the clause of the state."""
    state = STATES[node.state]
    return state.positive if node.holds else state.negative


def waits_for(node: StateIs, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for what the state waits for."""
    return STATES[node.state].waits_for


def flips(node: StateIs, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change when time ends the state."""
    if STATES[node.state].ends:
        yield Flip(Clock.STATE, node.state)


def found(node: StateIs, setting: Setting) -> Fragment:
    """Tell whether the state holds."""
    state = STATES[node.state].sql(setting)
    return state.format("jsonb_build_object('value', coalesce({}, false))")


KIND = Kind(
    name="state",
    node=StateIs,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
)
