"""When a Yes Rate that rises is told to have a price."""

import pytest

from campaigns.reports.referrals.yes_rate import Tally, flags_of


def tally(delivered, yes, complained):
    found = Tally(delivered)
    found.groups.update({"yes": yes, "complained": complained})
    return found


@pytest.mark.parametrize(
    ("week", "before", "words"),
    [
        (tally(1000, 300, 30), tally(4000, 800, 20), ["complained"]),
        (tally(1000, 300, 5), tally(4000, 800, 20), []),
        (tally(1000, 100, 30), tally(4000, 800, 20), []),
        (tally(20, 10, 5), tally(4000, 800, 20), []),
        (tally(1000, 300, 30), tally(20, 1, 0), []),
    ],
    ids=["both", "harm as before", "fewer yes", "too few", "too few before"],
)
def test_week_is_flagged_if_yes_rose_and_harm_grew(week, before, words):
    assert [harm.word for harm in flags_of(week, before)] == words
