"""
Which events may pay rewards, and whose word joins two users.

The key of a website or an app can be read by anybody, so anybody can send its events. They
count for audiences; they pay only if somebody has said that the source may. Nor does the
word of such a source join two users.
"""

from collections.abc import Collection

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


def untrusted_ids(source_ids: Collection[int]) -> set[int]:
    """Find the sources that anybody can speak for; one query."""
    sources = Source.objects.in_bulk(source_ids)
    return {pk for pk, source in sources.items() if not source.is_trusted}
