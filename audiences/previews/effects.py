"""
What a changed rule does to what begins with the audience: who is in it, who would be asked.

Apps above register how they tell their effects, in ``AppConfig.ready``::

    effects.register(effects_on_campaigns)

where the function takes the audience, the rule compiled over the alias ``contact`` and the
moment, and returns a row for each thing that is concerned. It writes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from audiences.conditions.sql import Fragment
from audiences.models import Audience


@dataclass(frozen=True)
class Effect:
    """
    What a change means for a campaign, or the like.

    Of those who would enter or leave, ``inside`` are in it now. ``entering`` would begin if
    only who enters is told, ``everyone`` if all who fit are; ``asks_entering`` and
    ``asks_everyone`` of them would be asked at once, the others are held back by a guardrail.
    """

    name: str
    url: str
    inside: int
    entering: int
    everyone: int
    asks_entering: int
    asks_everyone: int


FindEffects = Callable[[Audience, Fragment, datetime], Iterable[Effect]]
FINDERS: list[FindEffects] = []


def register(find: FindEffects) -> None:
    """Make known how an app tells what a change does to what it holds."""
    if find not in FINDERS:
        FINDERS.append(find)


def effects_of(
    audience: Audience, fitting: Fragment, *, as_of: datetime
) -> list[Effect]:
    """List all that is concerned; some statements for each."""
    return [effect for find in FINDERS for effect in find(audience, fitting, as_of)]
