"""When somebody was asked; the app above that asks registers how to find that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PastAsk:
    """One ask and what the person said: yes, not_now, never; blank for nothing."""

    at: datetime
    answer: str


History = Callable[[int, int], list[PastAsk]]
HISTORIES: list[History] = []


def register_history(history: History) -> None:
    """Let an app tell the asks of a contact in a program."""
    if history not in HISTORIES:
        HISTORIES.append(history)


def asks_of(contact_id: int, program_id: int) -> list[PastAsk]:
    """List the asks of somebody, newest first."""
    found = [ask for history in HISTORIES for ask in history(contact_id, program_id)]
    return sorted(found, key=lambda ask: ask.at, reverse=True)
