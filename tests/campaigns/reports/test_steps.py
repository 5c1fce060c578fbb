"""Counting whole steps gives what looking at each enrollment gives."""

from collections import Counter

import pytest

from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.reports.steps import StepCounts, count_standing, count_steps, standing
from tests.factories.campaigns import NOW, make_campaign, make_contact, make_enrollment

pytestmark = pytest.mark.django_db

PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
SIDE = new_step("delay", key="side", amount=3)
BRANCH = new_step("branch", key="branch", condition=PRO) | {"yes": [SIDE], "no": []}


def count_one_by_one(campaign):
    return Counter(standing(campaign).values_list("place", flat=True))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([new_step("delay", key="rest", amount=3), BRANCH], {"rest": 4}),
        ([BRANCH, new_step("delay", key="end", amount=3)], {"side": 2, "end": 2}),
        ([BRANCH, new_step("email", key="ask")], {"side": 2}),
        (
            [BRANCH, new_step("delay", key="rest", amount=1), new_step("email", key="ask")],
            {"side": 2, "rest": 2},
        ),
    ],
)  # fmt: skip
def test_steps_count_who_sits_out_a_delay_there(steps, expected):
    campaign = make_campaign(
        steps=steps,
        state="running",
        settings={"quiet_from": "00:00", "quiet_until": "23:59"},
    )
    for number in range(4):
        contact = make_contact(
            attributes={"plan": "pro" if number % 2 else "free"}, time_zone="UTC"
        )
        make_enrollment(campaign, contact=contact, step_key=steps[0]["key"])

    while advance_round(now=NOW):
        pass

    assert dict(count_standing(campaign)) == expected
    assert count_one_by_one(campaign) == Counter(expected)


def test_steps_count_who_is_held_where_the_guardrail_holds_him():
    steps = [new_step("delay", key="rest", amount=1), new_step("email", key="ask")]
    campaign = make_campaign(
        steps=steps,
        state="running",
        settings={"quiet_from": "00:00", "quiet_until": "23:59"},
    )
    make_enrollment(campaign, step_key="rest")
    advance_round(now=NOW)
    later = NOW.replace(day=NOW.day + 1, hour=13)

    assert dict(count_standing(campaign)) == {"rest": 1}
    while advance_round(now=later):
        pass

    assert dict(count_standing(campaign)) == dict(count_one_by_one(campaign))
    assert count_steps(campaign)["rest"] == StepCounts(0, 1, {"waited": 1})
