"""Which events and changes of contacts the rules of the audiences wait for."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from json import dumps

from audiences.memberships import heads
from audiences.memberships.looking import HISTORY, LIVE
from audiences.memberships.rules import Key, OfColleague, live_rules, read_rules
from contacts.models import WatchedEvent
from contacts.models.event import CONTACT_CHANGED, CONTACT_REMADE


def mentioned(document: object) -> frozenset[str]:
    """
    Gather what a rule waits for: names of events, and ``CONTACT_CHANGED``.

    A rule that can't be understood any more waits for nothing.
    """
    rule = read_rules({0: dumps(document)}).get(0)
    return frozenset(_names(rule.wakes if rule else ()))


def watch_rules(*, now: datetime) -> None:
    """
    Bring what is watched, and the heads of the clock, into line with the live rules.

    Called in the transaction that changes a rule or a trait; who saves rules takes turns.
    """
    rules = live_rules()
    wakes = {key for rule in rules.values() if rule for key in rule.wakes}
    names = set(_names(wakes))
    # Who is new may be whom any rule selects.
    anew = {CONTACT_REMADE} if rules else set()
    _watch(LIVE, names | anew, tells_history=False)
    # Whoever is touched by history is looked at in every audience.
    _watch(HISTORY, names | {CONTACT_CHANGED}, tells_history=True)
    heads.follow(wakes, now=now)


def _names(wakes: Iterable[Key]) -> Iterator[str]:
    """List the names of events and changes."""
    for key in wakes:
        if isinstance(key, OfColleague):
            yield key.name
        elif isinstance(key, str):
            yield key


def _watch(consumer: str, names: Iterable[str], *, tells_history: bool) -> None:
    """Watch these names and no others."""
    watched = WatchedEvent.objects.filter(consumer=consumer)
    watched.exclude(name__in=names).delete()
    WatchedEvent.objects.bulk_create(
        [
            WatchedEvent(consumer=consumer, name=name, tells_history=tells_history)
            for name in sorted(names)
        ],
        ignore_conflicts=True,
    )
