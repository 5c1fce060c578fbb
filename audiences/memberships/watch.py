"""Which events and changes of contacts the rules of the audiences wait for."""

from collections.abc import Iterable
from functools import lru_cache
from json import dumps, loads

from audiences.conditions import nodes
from audiences.conditions.errors import ConditionError
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.parse import parse_condition
from audiences.memberships.refresh import HISTORY, LIVE
from audiences.models import Audience
from contacts.models import WatchedEvent
from contacts.models.event import CONTACT_CHANGED


def mentioned(rule: object) -> frozenset[str]:
    """
    Gather what a rule waits for: names of events, and ``CONTACT_CHANGED``.

    A rule that can't be understood any more waits for nothing.
    """
    return _mentioned(dumps(rule, sort_keys=True))


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


@lru_cache(maxsize=1_000)
def _mentioned(rule: str) -> frozenset[str]:
    """Gather it from the text of a rule, which is parsed once."""
    try:
        inside = list(nodes.walk(parse_condition(loads(rule))))
    except ConditionError:
        return frozenset()
    return frozenset(
        name
        for node in inside
        if type(node) in KIND_OF
        for name in KIND_OF[type(node)].waits_for(node, {})
    )
