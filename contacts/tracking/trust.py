"""
Which events may pay rewards, and from whom.

The key of a website or an app can be read by anybody, so anybody can send its events. They
count for audiences; they pay only if somebody has said that the source may.
"""

from contacts.models import Source

_paying: set[str] = set()


def register_paying(*names: str) -> None:
    """Say that events of these names may pay rewards."""
    _paying.update(names)


def paying_names() -> frozenset[str]:
    """Name the events that may pay rewards."""
    return frozenset(_paying)


def may_pay(name: str, *, source: Source) -> bool:
    """Tell whether an event that the source sent may pay."""
    return name not in _paying or source.is_trusted
