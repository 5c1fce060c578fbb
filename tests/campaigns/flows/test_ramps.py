import pytest

from campaigns.flows.ramps import Brake, brake_of, brake_sentence, problems_of_brake

USUAL = Brake(0.3, 5)


@pytest.mark.parametrize(
    ("sent", "complaints", "bounces", "reason"),
    [
        (1000, 0, 0, ""),
        (1000, 3, 0, ""),
        (1000, 4, 0, "complaints"),
        (50, 1, 0, "complaints"),
        (49, 1, 0, ""),
        # Complaints are of what arrived: 49 here.
        (51, 1, 2, ""),
        (1000, 0, 50, ""),
        (1000, 0, 51, "bounces"),
        (50, 0, 3, "bounces"),
        (49, 0, 49, ""),
        (100, 9, 90, "bounces"),
    ],
)
def test_a_brake_holds_above_its_limits(sent, complaints, bounces, reason):
    found = USUAL.reason(sent=sent, complaints=complaints, bounces=bounces)

    assert found == reason


def test_a_limit_may_be_missing():
    assert Brake().reason(sent=100, complaints=90, bounces=90) == ""
    assert Brake(None, 0).reason(sent=100, complaints=9, bounces=1) == "bounces"


def test_a_ramp_of_old_has_no_brake():
    assert brake_of(None) is None
    assert brake_of({"days": [50]}) is None
    assert brake_of({"days": [50], "most_complaints": 1}) == Brake(1)


def test_a_brake_is_said():
    ramp = {"days": [50], "most_complaints": 0.3, "most_bounces": 5.0}

    assert brake_sentence({"days": [50]}) == ""
    assert brake_sentence(ramp) == (
        "Meanwhile it pauses itself if more than 0.3% mark the mail as spam, or if more"
        " than 5% of the mails bounce."
    )


@pytest.mark.parametrize("most", ["1", True, -1, 100])
def test_what_is_no_share_is_said(most):
    assert list(problems_of_brake({"most_complaints": most})) == [
        "Pause at a share of complaints from 0 to less than 100 percent."
    ]
    assert list(problems_of_brake({"most_bounces": None})) == []
