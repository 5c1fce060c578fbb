"""A starter with the names of this customer's data, or what must be chosen before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from audiences.builder.choices import Choice
from audiences.builder.fields import kept, unkept
from audiences.catalog import event_label
from audiences.models import Audience, Trait
from audiences.starters.gallery import STARTERS, Starter
from audiences.starters.guesses import Observed
from audiences.starters.rules import open_names
from audiences.starters.spending import find_trait, guess_amount, propose_limit

# Numbers that only name something.
NO_AMOUNT = re.compile(r"(^|_| )(id|ask)$|[a-z]I[dD]$", re.ASCII)


@dataclass(frozen=True)
class Begun:
    """
    A starter that was chosen.

    Without a rule one of the ``amounts`` must be chosen first, which makes its trait.
    ``missing`` names what nothing in the data looks like; ``is_bare`` says that there are no
    events to choose from at all.
    """

    starter: Starter
    name: str
    rule: dict[str, Any] | None = None
    trait: Trait | None = None
    missing: Sequence[str] = ()
    amounts: Sequence[Choice] = field(default_factory=list)
    is_bare: bool = False

    @property
    def initial(self) -> Mapping[str, Any]:
        """Give what the form is filled with."""
        return {
            "name": self.name,
            "description": self.starter.about,
            "rule": self.rule,
        }


def begin(key: str, *, now: datetime, trait_id: int | None = None) -> Begun | None:
    """Fill a starter with the names that are found; None if there is none of that key."""
    starter = STARTERS.get(key)
    if starter is None:
        return None
    observed = Observed()
    name = free_name(starter.name)
    if starter.spending is None:
        rule = starter.write(observed)
        missing = open_names(rule)
        is_bare = bool(missing) and not observed.events
        return Begun(starter, name, rule, missing=missing, is_bare=is_bare)
    guessed = guess_amount(observed)
    trait = None
    if trait_id is not None:
        trait = Trait.objects.filter(pk=trait_id).first()
    elif all(guessed):
        trait = find_trait(starter.spending.definition(*guessed))
    if trait is None:
        return Begun(starter, name, amounts=offer_amounts(observed, guessed))
    rule = starter.write(observed, trait.pk, propose_limit(trait, now=now))
    return Begun(starter, name, rule, trait, missing=open_names(rule))


def offer_amounts(observed: Observed, guessed: tuple[str, str]) -> list[Choice]:
    """Offer each property that may be an amount, of each event; the guess is chosen."""
    return [
        Choice(
            kept([event, entry.name]),
            f"{entry.label} of {event_label(event)}",
            (event, entry.name) == guessed,
        )
        for event, entry in observed.numbers()
        if not NO_AMOUNT.search(entry.name)
    ]


def read_amount(raw: str) -> tuple[str, str]:
    """Read which property of which event was chosen; two empty texts for nonsense."""
    found = unkept(raw)
    match found:
        case [str(event), str(amount)]:
            return event, amount
    return "", ""


def free_name(name: str) -> str:
    """Find a name that no audience has yet; one query, or one more for each that is taken."""
    for number in count(2):
        if not Audience.objects.filter(name=name).exists():
            break
        name = f"{name.removesuffix(f' {number - 1}')} {number}"
    return name
