"""A threshold as the page shows it: bars, marks, and what a script needs to move it."""

import json
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from audiences import selection
from audiences.builder.tree import place_of
from audiences.conditions.describe import describe_node
from audiences.conditions.parse import parse_condition
from audiences.previews.thresholds import Threshold


@dataclass(frozen=True)
class Bar:
    """A column of the histogram, in hundredths of its frame."""

    left: float
    width: float
    height: float


@dataclass(frozen=True)
class ThresholdView:
    """What the template reads: texts, ends of the slider, bars, and the field that it moves."""

    id: str
    field: str
    sentence: str
    sign: str
    bound: str
    low: str
    high: str
    step: str
    near_top: str
    bars: list[Bar]
    marks: str
    count: int
    counts_above: bool


def view_of(threshold: Threshold, prefix: str) -> ThresholdView:
    """Show a threshold of the builder with this prefix."""
    place, _ = place_of(threshold.path)
    node = parse_condition(threshold.leaf)
    highest = max(threshold.bars, default=0) or 1
    width = 100 / len(threshold.bars)
    return ThresholdView(
        id="_".join([prefix, *map(str, place), "threshold"]),
        field=f"{prefix}:{'.'.join(map(str, place))}:value",
        sentence=describe_node(node, selection.names_of(node)),
        sign=threshold.sign,
        bound=format(threshold.bound, "f"),
        low=format(first_step(threshold), "f"),
        high=format(threshold.high, "f"),
        step=format(threshold.step, "f"),
        near_top=format(threshold.near_top, "f"),
        bars=[
            Bar(index * width, width, 100 * count / highest)
            for index, count in enumerate(threshold.bars)
        ],
        marks=json.dumps([float(mark) for mark in threshold.marks]),
        count=threshold.count,
        counts_above=threshold.sign in (">", "≥"),
    )


def first_step(threshold: Threshold) -> Decimal:
    """Begin the slider at a multiple of its step, so that it stops at round numbers."""
    steps = (threshold.low / threshold.step).to_integral_value(ROUND_FLOOR)
    return steps * threshold.step
