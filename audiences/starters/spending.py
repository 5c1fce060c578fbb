"""The trait that a rule about spending needs: the sum of what orders came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from audiences.conditions.traits import dump_trait, parse_trait
from audiences.models import Trait
from audiences.starters.guesses import Observed
from audiences.starters.rules import ORDERED, last
from audiences.traits import create_trait

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
