"""What a law is, and what came of looking at it."""

from collections.abc import Callable
from dataclasses import dataclass

MOST_ROWS = 50


@dataclass(frozen=True)
class Term:
    """A count with its name."""

    label: str
    count: int


@dataclass(frozen=True)
class Row:
    """A row that breaks a law: whose, in which campaign, and what is wrong with it."""

    campaign_id: int | None
    contact_id: int | None
    text: str


@dataclass(frozen=True)
class Found:
    """
    What a law found.

    ``whole`` must be the sum of ``parts``, if there are any; ``broken`` counts the rows that
    must not be, of which ``rows`` are the first.
    """

    whole: Term
    parts: tuple[Term, ...] = ()
    broken: int = 0
    rows: tuple[Row, ...] = ()

    @property
    def difference(self) -> int:
        """How far the parts are from the whole."""
        if not self.parts:
            return 0
        return self.whole.count - sum(part.count for part in self.parts)

    @property
    def holds(self) -> bool:
        """Whether everything is as it must be."""
        return not self.difference and not self.broken


@dataclass(frozen=True)
class Law:
    """Something that must be so; ``look`` counts it for one campaign, or for all."""

    word: str
    title: str
    meaning: str
    look: Callable[[int | None], Found]
