"""What apps above do when a person is forgotten, before the rows are emptied."""

from collections.abc import Callable
from datetime import datetime

Stop = Callable[[int, datetime], None]
STOPS: list[Stop] = []


def register_stop(stop: Stop) -> None:
    """Let a function stop what is under way for a person who is forgotten."""
    if stop not in STOPS:
        STOPS.append(stop)


def stop_everything(contact_id: int, now: datetime) -> None:
    """Stop what is under way."""
    for stop in STOPS:
        stop(contact_id, now)
