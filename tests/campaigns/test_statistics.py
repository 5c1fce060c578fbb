import pytest

from campaigns.statistics import Rate, wilson_interval


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    # Reference values: the score interval as published by R's prop.test(correct=FALSE).
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_interval_agrees_with_published_values(successes, total, low, high):
    result = wilson_interval(successes, total)

    assert result == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("successes", "total"), [(3, 2), (-1, 5)])
def test_wilson_interval_refuses_impossible_counts(successes, total):
    with pytest.raises(ValueError, match="Successes must be"):
        wilson_interval(successes, total)


def test_rate_knows_when_a_percentage_is_too_much():
    few, enough = Rate(3, 29), Rate(3, 30)

    assert (few.is_sure, enough.is_sure) == (False, True)
    assert enough.percent == 10.0
    assert (round(enough.low, 2), round(enough.high, 2)) == (3.46, 25.62)


def test_rate_of_none_is_nothing():
    rate = Rate(0, 0)

    assert (rate.share, rate.is_sure) == (0.0, False)
