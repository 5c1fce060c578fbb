"""Who listens to messages as they are taken in, besides those who watch events by name."""

from collections.abc import Callable, Sequence
from datetime import datetime

from contacts.drain.entries import Entry

# Looks at accepted messages, in the transaction that takes them in; must be quick.
Listener = Callable[[Sequence[Entry], datetime], None]
LISTENERS: list[Listener] = []


def register_listener(listen: Listener) -> None:
    """Let a function of an app above hear of accepted messages; called in ``ready``."""
    if listen not in LISTENERS:
        LISTENERS.append(listen)


def tell_listeners(entries: Sequence[Entry], *, now: datetime) -> None:
    """Let everybody hear who listens."""
    for listen in LISTENERS:
        listen(entries, now)
