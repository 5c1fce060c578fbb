from campaigns.reports.charts import Chart, draw_rates
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
