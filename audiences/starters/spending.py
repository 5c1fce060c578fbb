"""The trait that a rule about spending needs, and which amount of it is much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from audiences.conditions.errors import ConditionError
from audiences.conditions.traits import dump_trait, parse_trait
from audiences.distributions import SHARES, distribution_of
from audiences.models import Trait
from audiences.previews.limits import TookTooLong, limited
from audiences.starters.guesses import Observed
from audiences.starters.rules import ORDERED, last
from audiences.traits import create_trait

# What is much, if it divides those who spend; else what one in ten of them spends.
MUCH = 500
SECONDS = 3
TOTALS = ("total", "revenue", "amount", "value", "price")


@dataclass(frozen=True)
class Spending:
    """Over which time spending is added up, and what the trait is called."""

    name: str
    window: Mapping[str, Any]

    def definition(self, event: str, amount: str) -> dict[str, Any]:
        """Write the trait: the sum of a property of an event."""
        return {
            "kind": "sum",
            "event": event,
            "property": amount,
            "window": dict(self.window),
            "filters": [],
            "level": "contact",
        }


IN_90_DAYS = Spending("Spent in 90 days", last(90))
IN_ALL = Spending("Spent in all", {"kind": "ever"})


def guess_amount(observed: Observed) -> tuple[str, str]:
    """Guess which property of which event says what somebody paid."""
    event = observed.event(*ORDERED)
    amount = observed.property(event, *TOTALS, sort="number") if event else None
    return (event, amount.name) if amount else ("", "")


def find_trait(definition: Mapping[str, Any]) -> Trait | None:
    """Find a trait that computes the same; one query."""
    wanted = dump_trait(parse_trait(definition))
    rows = Trait.objects.filter(definition=wanted).order_by("pk")
    return rows.first()


def make_trait(
    *,
    spending: Spending,
    event: str,
    amount: str,
    now: datetime,
    user: AbstractBaseUser | None,
) -> Trait:
    """
    Find the trait, or make it under a name that is free.

    :raises ConditionError: if the event or the property is missing
    """
    definition = spending.definition(event, amount)
    found = find_trait(definition)
    if found:
        return found
    name = spending.name
    if Trait.objects.filter(name=name).exists():
        name = f"{spending.name}: {amount} of {event}"[:120]
    return create_trait(name=name, definition=definition, now=now, user=user)


def propose_limit(trait: Trait, *, now: datetime) -> int | float:
    """
    Propose above which sum somebody is a big spender, so that some are and most are not.

    By the last measuring; a trait that was not measured yet is looked at for some seconds.
    """
    marks = trait.measured.get("marks") or _look(trait, now)
    if not marks:
        return MUCH
    median, much, most = (marks[SHARES.index(share)] for share in (0.5, 0.9, 1))
    if median <= MUCH < most:
        return MUCH
    limit = round_down(much)
    return limit if limit < most else round_down(most / 2)


def round_down(amount: float) -> int | float:
    """Write an amount with one digit and zeros, or one that is not above it."""
    if amount <= 0:
        return 0
    unit = Decimal(1).scaleb(Decimal(str(amount)).adjusted())
    found = Decimal(str(amount)) // unit * unit
    return int(found) if found == int(found) else float(found)


def _look(trait: Trait, now: datetime) -> Sequence[float]:
    """Measure a trait now, if that is quick."""
    try:
        with limited(seconds=SECONDS):
            return distribution_of(trait.definition, as_of=now).marks
    except (TookTooLong, ConditionError):
        return ()
