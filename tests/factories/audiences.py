"""Audiences with the least that is valid."""

from datetime import datetime
from itertools import count
from typing import Any

from audiences.definitions import create_audience
from audiences.memberships.fill import fill_next
from audiences.models import Audience, Trait
from tests.factories.contacts import NOW

NUMBERS = count(1)
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def make_audience(
    *,
    rule: dict[str, Any] | None = None,
    name: str | None = None,
    now: datetime = NOW,
    is_filled: bool = True,
    **fields: Any,
) -> Audience:
    """An audience of contacts on the plan "pro", filled, unless told otherwise."""
    audience = create_audience(
        name=name or f"Audience {next(NUMBERS)}", rule=rule or PRO, now=now, **fields
    )
    while is_filled and fill_next(now):
        pass
    audience.refresh_from_db()
    return audience


def make_trait(definition: dict[str, Any], *, name: str | None = None) -> Trait:
    """A trait with a definition, the number of orders unless told otherwise."""
    number = next(NUMBERS)
    return Trait.objects.create(
        name=name or f"Trait {number}", key=f"trait_{number}", definition=definition
    )
