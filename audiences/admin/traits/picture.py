"""How the values of a trait are distributed, as the templates draw it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audiences.distributions import SHARES
from contacts.templatetags.greenlight import number

LABELS = ("least", "10%", "25%", "median", "75%", "90%", "99%", "greatest")
MEDIAN, NEAR_TOP, TOP, GREATEST = 3, 5, 6, 7


@dataclass(frozen=True)
class Bar:
    """A column: where it stands and how high it is, in hundredths, and what it counts."""

    left: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Line:
    """A mark across the columns."""

    label: str
    value: str
    left: float


@dataclass(frozen=True)
class Row:
    """A frequent text."""

    word: str
    count: int
    percent: float


@dataclass(frozen=True)
class Picture:
    """What is drawn: columns with marks for numbers, rows for texts."""

    people: int
    everybody: int
    others: int
    is_zero: bool
    bars: Sequence[Bar]
    lines: Sequence[Line]
    marks: Sequence[tuple[str, str]]
    low: str
    high: str
    goes_on: bool
    rows: Sequence[Row]
    different: int


def picture_of(found: Mapping[str, Any]) -> Picture:
    """Draw a distribution, which may have been read from a column."""
    marks: Sequence[float] = found.get("marks") or ()
    people, everybody = found["people"], found["everybody"]
    rows = found.get("values") or ()
    return Picture(
        people=people,
        everybody=everybody,
        others=max(0, everybody - people),
        is_zero=bool(found.get("is_zero")),
        bars=_bars(found.get("bars") or (), marks),
        lines=_lines(marks),
        marks=[
            (label, short(mark)) for label, mark in zip(LABELS, marks, strict=False)
        ],
        low=short(marks[0]) if marks else "",
        high=short(marks[TOP]) if marks else "",
        goes_on=bool(marks) and marks[GREATEST] > marks[TOP],
        rows=[
            Row(str(word), count, 100 * count / (people or 1)) for word, count in rows
        ],
        different=found.get("different") or 0,
    )


def _bars(counts: Sequence[int], marks: Sequence[float]) -> list[Bar]:
    """Place the columns."""
    if not marks or not counts:
        return []
    highest = max(counts) or 1
    width = 100 / len(counts)
    step = (marks[TOP] - marks[0] or 1) / len(counts)
    return [
        Bar(
            index * width,
            width,
            # Even a single person shows.
            max(1.5, 100 * count / highest) if count else 0,
            f"{short(marks[0] + index * step)} to {short(marks[0] + (index + 1) * step)}:"
            f" {number(count)}",
        )
        for index, count in enumerate(counts)
    ]


def _lines(marks: Sequence[float]) -> list[Line]:
    """Place the median and the 90th percentile."""
    if not marks:
        return []
    span = marks[TOP] - marks[0] or 1
    return [
        Line(label, short(marks[at]), min(100.0, 100 * (marks[at] - marks[0]) / span))
        for label, at in (("median", MEDIAN), ("90%", NEAR_TOP))
    ]


def short(mark: float) -> str:
    """Write a number with as many decimals as its size needs."""
    if mark == int(mark) or abs(mark) >= 1000:
        return number(round(mark))
    return number(round(mark, 2 if abs(mark) >= 1 else 4))


assert len(SHARES) == len(LABELS)  # noqa: S101 - two lists that belong together
