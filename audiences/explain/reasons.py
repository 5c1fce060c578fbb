"""Why today's rule and what really was may differ for a moment of the past, in sentences."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from audiences.conditions import nodes
from audiences.conditions.errors import ConditionError
from audiences.conditions.kinds.account_attribute import AccountIs
from audiences.conditions.parse import parse_condition
from audiences.explain.past import begins_at
from audiences.models import Audience
from contacts.models import HistoryRun, ImportRun


def reasons_of(audience: Audience, at: datetime) -> list[str]:
    """
    Say what happened to the audience, or to what is known, since the moment.

    A few queries. What single messages told late is not looked for, so the list may be empty.
    """
    return [
        *_of_the_audience(audience, at),
        *_of_the_rule(audience, at),
        *_of_what_is_known(at),
    ]


def _of_the_audience(audience: Audience, at: datetime) -> Iterator[str]:
    """Say that it was not there yet, or rested."""
    first = begins_at(audience)
    if first is None:
        yield "Nobody has ever been in it yet."
    elif first > at:
        yield f"Nobody was in it before {_say(first)}, when its first member entered."
    if audience.archived_at and audience.archived_at <= at:
        yield f"It was archived on {_say(audience.archived_at)}: nobody has entered or left since."


def _of_the_rule(audience: Audience, at: datetime) -> Iterator[str]:
    """Say that the rule was another one, or asks what has no past."""
    later = audience.versions.filter(created_at__gt=at, number__gt=1)
    changes = list(
        later.order_by("created_at", "pk").values_list("created_at", flat=True)
    )
    if len(changes) == 1:
        yield f"The rule was changed on {_say(changes[0])}."
    elif changes:
        yield (
            f"The rule was changed {len(changes)} times since, first on {_say(changes[0])}."
        )
    if audience.counts_from:
        yield (
            f"For the rule of today only events after {_say(audience.counts_from)} count."
        )
    try:
        tree = nodes.walk(parse_condition(audience.rule))
    except ConditionError:
        return
    kinds: dict[str, tuple[type, ...]] = {
        "lists": (nodes.OnList,),
        "accounts": (nodes.OfAccount, AccountIs),
    }
    named = [
        word
        for word, kind in kinds.items()
        if any(isinstance(node, kind) for node in tree)
    ]
    if named:
        yield f"The rule asks about {' and '.join(named)}, of which only today is known."


def _of_what_is_known(at: datetime) -> Iterator[str]:
    """Say that something of that time was imported only later."""
    for run, what in ((HistoryRun, "Past events were"), (ImportRun, "Contacts were")):
        later = run.objects.filter(confirmed_at__gt=at)
        first = later.order_by("confirmed_at", "pk").first()
        if first is not None and first.confirmed_at is not None:
            yield f"{what} imported on {_say(first.confirmed_at)}, after that moment."


def _say(moment: datetime) -> str:
    """Write a moment by the clock of the site."""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%B %Y, %H:%M}"
