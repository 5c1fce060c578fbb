import pytest

from campaigns.reports.charts import Chart, draw_columns, draw_rates, round_up
from campaigns.statistics import Rate


def test_rates_become_a_line_and_a_band_from_left_to_right():
    chart = draw_rates([Rate(0, 100), Rate(40, 100), Rate(20, 100)])

    assert chart.top == 50
    assert chart.middle == 25
    assert chart.lines == ["0.00,100.00 50.00,20.00 100.00,60.00"]
    [band] = chart.bands
    assert len(band.split()) == 6


def test_where_there_are_few_the_line_has_a_gap():
    few = Rate(1, 2)
    known = Rate(10, 100)

    chart = draw_rates([known, few, known, known, few])

    assert chart.lines == ["50.00,50.00 75.00,50.00"]
    assert chart.dots == [("0.00", "50.00")]


def test_nothing_is_drawn_of_nothing():
    assert draw_rates([]) == Chart(1, [], [], [])


def test_all_is_at_the_top():
    assert draw_rates([Rate(50, 50)]).dots == [("0.00", "0.00")]


def test_columns_of_two_series_stand_side_by_side():
    chart = draw_columns([0, 150, 300], [10, 0, 0])

    assert (chart.top, chart.middle) == (400, 200)
    first, second = chart.series
    assert [(one.place, one.number) for one in first] == [(1, 150), (2, 300)]
    assert [(one.x, one.y, one.height) for one in second] == [
        ("16.67", "97.50", "2.50")
    ]
    assert {one.width for one in (*first, *second)} == {"13.33"}


@pytest.mark.parametrize(
    ("number", "top"), [(0, 2), (2, 2), (3, 4), (9, 20), (81, 200), (7_900, 8_000)]
)
def test_top_of_columns_is_even_and_not_below(number, top):
    assert round_up(number) == top
