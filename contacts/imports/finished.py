"""
Who wants to know that an import has been committed or undone.

An app above registers a callable in ``AppConfig.ready``. It is called with the moment, and with
whether contacts were made or removed and not only changed, in the transaction that closes the
import. It only asks for work: it does none.
"""

from collections.abc import Callable
from datetime import datetime

Listener = Callable[[datetime, bool], None]
LISTENERS: list[Listener] = []


def register(listener: Listener) -> None:
    """Let an app know when an import has changed many contacts at once."""
    LISTENERS.append(listener)


def tell_finished(now: datetime, *, is_about_new: bool) -> None:
    """Tell every app that listens."""
    for listener in LISTENERS:
        listener(now, is_about_new)
