"""Ask every law, for one campaign or for all of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from campaigns.seeing.balance.chains import CHAINS
from campaigns.seeing.balance.goals import GOALS
from campaigns.seeing.balance.law import Found, Law
from campaigns.seeing.balance.laws import LAWS
from campaigns.seeing.balance.reports import REPORTS

ALL: tuple[Law, ...] = (*LAWS, GOALS, CHAINS, REPORTS)


@dataclass(frozen=True)
class Entry:
    """A law and what it found."""

    law: Law
    found: Found

    @property
    def holds(self) -> bool:
        """Whether it is so."""
        return self.found.holds


def balance(campaign_id: int | None = None) -> list[Entry]:
    """
    Ask all laws of one moment, so that what is being written at it is in all counts or none.

    Reads whole tables.
    """
    return list(_ask_all(campaign_id))


def _ask_all(campaign_id: int | None) -> Iterator[Entry]:
    """Ask the laws in one snapshot, if no transaction is open already."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for law in ALL:
            yield Entry(law, law.look(campaign_id))
