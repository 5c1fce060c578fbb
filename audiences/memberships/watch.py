"""Which events and changes of contacts the rules of the audiences wait for."""

from collections.abc import Iterable
from json import dumps

from audiences.memberships.looking import HISTORY, LIVE
from audiences.memberships.rules import read_rule
from audiences.models import Audience
from contacts.models import WatchedEvent
from contacts.models.event import CONTACT_CHANGED


def mentioned(document: object) -> frozenset[str]:
    """
    Gather what a rule waits for: names of events, and ``CONTACT_CHANGED``.

    A rule that can't be understood any more waits for nothing.
    """
    rule = read_rule(dumps(document))
    wakes = rule.wakes if rule else ()
    return frozenset(key for key in wakes if isinstance(key, str))


def watch_rules() -> None:
    """
    Bring what is watched into line with the rules of the live audiences.

    Called in the transaction that changes a rule; who saves rules takes turns.
    """
    wanted: set[str] = set()
    for rule in Audience.objects.live().values_list("rule", flat=True):
        wanted |= mentioned(rule)
    _watch(LIVE, wanted, tells_history=False)
    # Whoever is touched by history is looked at in every audience.
    _watch(HISTORY, wanted | {CONTACT_CHANGED}, tells_history=True)


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
