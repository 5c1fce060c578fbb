"""
Which events may pay rewards, which are ours to tell, and whose word is only a claim.

The key of a website or an app can be read by anybody, so anybody can send what it sends.
Unless somebody has said that the source is to be trusted:

- Its events count for audiences, and pay no rewards. Those that Greenlight records itself, such
  as that somebody was asked, are refused: only we know that. A trusted source, or a file, may
  tell them, as it does who moves here from elsewhere; its receipt says that we did not see it.
- Its attributes fill in what nobody else has ever stated (``attributes.fold``).
- An address goes to visitors, and to users that it brought before any server, file or person
  did (``identities.partition``). An address that was stated before, as by an import, goes to
  the first who claims it if we know that person by nothing but addresses and visits and the
  source *recognizes* people; otherwise to nobody.
- It joins no two users, and what it says of who is who is as old as its arrival.

So a site with nothing but such a source works in full: its claims are all there is.
"""

from collections.abc import Collection

from contacts.models import Source

# Why an event is refused that tells what only we know.
RESERVED_NAME = "reserved_name"

_paying: set[str] = set()
_reserved: set[str] = set()


def register_paying(*names: str) -> None:
    """Say that events of these names may pay rewards."""
    _paying.update(names)


def paying_names() -> frozenset[str]:
    """Name the events that may pay rewards."""
    return frozenset(_paying)


def may_pay(name: str, *, source: Source) -> bool:
    """Tell whether an event that the source sent may pay."""
    return name not in _paying or source.is_trusted


def register_reserved(*names: str) -> None:
    """Say that we record events of these names ourselves; called in ``AppConfig.ready``."""
    _reserved.update(names)


def reserved_names() -> frozenset[str]:
    """Name the events that we record ourselves."""
    return frozenset(_reserved)


def untrusted(source_ids: Collection[int]) -> dict[int, Source]:
    """Find the sources that anybody can speak for; one query."""
    sources = Source.objects.in_bulk(source_ids)
    return {pk: source for pk, source in sources.items() if not source.is_trusted}
