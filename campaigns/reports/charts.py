"""Lines and columns over time as shapes of an SVG: numbers in, coordinates out."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.statistics import Rate

# The picture is stretched over the place that it is given.
WIDTH = 100
HEIGHT = 100
# Tops of scales, in percent: the lowest that is above all points is taken.
TOPS = (1, 2, 5, 10, 20, 30, 40, 50, 75, 100)


@dataclass(frozen=True)
class Chart:
    """Lines with the band of their uncertainty; ``top`` is the percent at the upper edge."""

    top: int
    lines: list[str]
    bands: list[str]
    # Lone points, between gaps: x and y.
    dots: list[tuple[str, str]]

    @property
    def middle(self) -> float:
        """The percent in the middle."""
        return self.top / 2


@dataclass(frozen=True)
class Column:
    """One column: where it stands, and its number."""

    x: str
    y: str
    width: str
    height: str
    place: int
    number: int


@dataclass(frozen=True)
class Columns:
    """Columns of some series side by side; ``top`` is the number at the upper edge."""

    top: int
    series: list[list[Column]]

    @property
    def middle(self) -> int:
        """The number in the middle."""
        return self.top // 2


def draw_columns(*series: Sequence[int]) -> Columns:
    """Draw numbers from left to right, those of one place next to each other."""
    top = round_up(max((max(one, default=0) for one in series), default=0))
    room = WIDTH / max(len(series[0]), 1)
    width = room * 0.8 / len(series)
    return Columns(
        top,
        [
            [
                Column(
                    _write(place * room + room * 0.1 + index * width),
                    _write(HEIGHT - number / top * HEIGHT),
                    _write(width),
                    _write(number / top * HEIGHT),
                    place,
                    number,
                )
                for place, number in enumerate(one)
                if number
            ]
            for index, one in enumerate(series)
        ],
    )


def round_up(number: int) -> int:
    """Give the top of a scale: even, with one or two digits that count, and not below."""
    power = 1
    while True:
        for digits in (2, 4, 6, 8):
            if digits * power >= number:
                return digits * power
        power *= 10


def draw_rates(rates: Sequence[Rate]) -> Chart:
    """
    Draw rates from left to right, each at an equal distance.

    Where there are too few for a percentage the line has a gap.
    """
    known = [rate.percent for rate in rates if rate.is_sure]
    highest = max(known, default=0.0)
    top = next((limit for limit in TOPS if limit >= highest * 1.15), TOPS[-1])
    step = WIDTH / max(len(rates) - 1, 1)
    lines, bands, dots = [], [], []
    for run in _runs(rates):
        points = [
            (index * step, rates[index].percent, rates[index].low, rates[index].high)
            for index in run
        ]
        if len(points) == 1:
            dots.append((_write(points[0][0]), _y(points[0][1], top)))
            continue
        lines.append(" ".join(f"{_write(x)},{_y(at, top)}" for x, at, _, _ in points))
        upper = [f"{_write(x)},{_y(high, top)}" for x, _, _, high in points]
        lower = [f"{_write(x)},{_y(low, top)}" for x, _, low, _ in reversed(points)]
        bands.append(" ".join([*upper, *lower]))
    return Chart(top, lines, bands, dots)


def _runs(rates: Sequence[Rate]) -> list[list[int]]:
    """List the stretches in which there are enough."""
    runs: list[list[int]] = []
    for index, rate in enumerate(rates):
        if not rate.is_sure:
            continue
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _y(percent: float, top: int) -> str:
    """Place a percent; zero is at the bottom, and what is above the top is at the top."""
    return _write(HEIGHT - min(percent / top, 1.0) * HEIGHT)


def _write(number: float) -> str:
    """Write a coordinate, the same in every language."""
    return f"{number:.2f}"
