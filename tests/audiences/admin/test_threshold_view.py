"""A threshold as the page shows it."""

from decimal import Decimal

import pytest

from audiences.admin.threshold_view import first_step
from audiences.previews.thresholds import Threshold


@pytest.mark.parametrize(
    ("low", "step", "first"),
    [("13", "10", "10"), ("-3", "2", "-4"), ("0.7", "0.5", "0.5")],
)
def test_the_slider_stops_at_round_numbers(low, step, first):
    threshold = Threshold(
        path=(),
        leaf={},
        sign=">",
        bound=Decimal(500),
        count=3,
        low=Decimal(low),
        high=Decimal(900),
        step=Decimal(step),
        near_top=Decimal(700),
        marks=(),
        bars=(),
    )

    assert first_step(threshold) == Decimal(first)
