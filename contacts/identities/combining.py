"""
How rows of two contacts that exclude each other are combined when the contacts become one.

The app that owns a table registers a function in ``AppConfig.ready``. It runs before the rows
move, changes what must be changed, and need not remember anything: rows of its tables are
compared before and after, and the difference is what undoing puts back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from contacts.identities.tables import Table


@dataclass(frozen=True)
class Merging:
    """A merge at work: who remains, who becomes a part of him, and when."""

    survivor_id: int
    merged_id: int
    now: datetime
    # Table → old row id → the row that stands for it.
    aliases: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def both(self) -> list[int]:
        """Both contacts, who remains first."""
        return [self.survivor_id, self.merged_id]

    def stand_in(self, model: Table, old_id: int, new_id: int) -> None:
        """Remember that links to a row that goes lead to another one from now on."""
        self.aliases.setdefault(model._meta.label_lower, {})[str(old_id)] = new_id


Combine = Callable[[Merging], None]
# Looks at contacts before a merge of theirs is undone; what it returns is called afterwards,
# with the time.
BeginParting = Callable[[list[int]], Callable[[datetime], None]]


@dataclass(frozen=True)
class Combiner:
    """A function, and the tables that it changes, in the order in which their rows move."""

    combine: Combine
    tables: tuple[Table, ...]


COMBINERS: list[Combiner] = []
PARTINGS: list["BeginParting"] = []
LOCKS: list[Callable[[list[int]], None]] = []


def register_combiner(combine: Combine, *tables: Table) -> None:
    """Let a function combine the rows of tables; those registered first run first."""
    combiner = Combiner(combine, tables)
    if combiner not in COMBINERS:
        COMBINERS.append(combiner)


def register_parting(begin: BeginParting) -> None:
    """Let a function compare two contacts before and after a merge of theirs is undone."""
    if begin not in PARTINGS:
        PARTINGS.append(begin)


def register_lock(lock: Callable[[list[int]], None]) -> None:
    """Lock what decisions about contacts lock, before anything of theirs is moved."""
    if lock not in LOCKS:
        LOCKS.append(lock)


def combiners_of(tables: Iterable[Table]) -> list[Combiner]:
    """Find who has to combine something if these tables have rows."""
    filled = set(tables)
    return [combiner for combiner in COMBINERS if filled.intersection(combiner.tables)]
