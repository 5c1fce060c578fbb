import pytest

from referrals.rewards.reasons import WHY, say_reason


@pytest.mark.parametrize("code", sorted(WHY))
def test_each_reason_is_a_sentence_also_without_its_numbers(code):
    sentence = say_reason(code)

    assert sentence.endswith(".")
    assert "{" not in sentence


def test_numbers_stand_in_the_sentence():
    numbers = {"amount": 4000, "net": 4000, "minimum": 5000, "currency": "USD"}

    assert (
        say_reason("below_minimum", numbers)
        == "The order of $40.00 is below the minimum of $50.00."
    )
