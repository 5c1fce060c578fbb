"""
Who uses an audience, so that nobody pulls it from under a campaign.

Apps above register how they name their uses, in ``AppConfig.ready``::

    usage.register("campaign", campaigns_that_use)

where the function takes an audience and returns ``Use`` rows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from audiences.models import Audience


@dataclass(frozen=True)
class Use:
    """Something that needs the audience: what it is, its name, and where it is edited."""

    kind: str
    name: str
    url: str


USERS: dict[str, Callable[[Audience], Iterable[Use]]] = {}


def register(kind: str, find: Callable[[Audience], Iterable[Use]]) -> None:
    """Make a kind of user known."""
    USERS[kind] = find


def uses_of(audience: Audience) -> list[Use]:
    """List everything that uses the audience, kind by kind; costs what each kind costs."""
    return [use for find in USERS.values() for use in find(audience)]
