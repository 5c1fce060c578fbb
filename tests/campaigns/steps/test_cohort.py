"""Random cohorts: shares of the people, and the same person always the same one."""

from collections import Counter

import pytest

from campaigns.flows.cohorts import draw_arm, shares
from campaigns.flows.edits import new_step
from campaigns.models import CampaignVersion, Enrollment
from campaigns.steps.cohort import CohortStep
from tests.factories.campaigns import NOW, make_contact, make_enrollment
from tests.factories.flows import enroll_in, story_of, walk


def make_cohort(*weights, key="cohort"):
    arms = [
        {"key": f"arm{number}", "name": f"Arm {number}", "weight": weight, "steps": []}
        for number, weight in enumerate(weights, 1)
    ]
    return new_step("cohort", key=key, arms=arms)


def test_the_shares_are_those_of_the_weights():
    step = make_cohort(1, 2, 0, 1)

    drawn = Counter(draw_arm(step, contact_id) for contact_id in range(20_000))

    # Fixed, because nothing but the key and the contact decides; 5,000, 10,000, 5,000 aimed at.
    assert set(drawn) == {"arm1", "arm2", "arm4"}
    assert abs(drawn["arm1"] - 5_000) < 200
    assert abs(drawn["arm2"] - 10_000) < 250
    assert shares(step) == ["25%", "50%", "0%", "25%"]
    assert shares(make_cohort(1, 1, 1)) == ["33.3%"] * 3


def test_another_step_draws_anew():
    one, other = make_cohort(1, 1), make_cohort(1, 1, key="other")

    same = sum(draw_arm(one, pk) == draw_arm(other, pk) for pk in range(10_000))

    assert abs(same - 5_000) < 250


def test_without_any_weight_nobody_is_drawn():
    with pytest.raises(ValueError, match="expected weights above 0"):
        draw_arm(make_cohort(0, 0), 1)


@pytest.mark.django_db
def test_who_comes_again_goes_the_same_way_whatever_the_weights_are_then():
    people = [make_contact() for _ in range(12)]
    campaign = enroll_in([make_cohort(1, 1)], *people)
    walk()
    before = {one.pk: story_of(one)[0][1] for one in people}
    assert set(before.values()) == {"arm1", "arm2"}
    version = CampaignVersion.objects.create(
        campaign=campaign,
        number=2,
        revision=2,
        definition=campaign.draft | {"steps": [make_cohort(1, 0)]},
        published_at=NOW,
    )
    newcomer = make_contact()
    for one in [*people, newcomer]:
        make_enrollment(
            campaign,
            contact=one,
            version=version,
            entry_key="again",
            step_key="cohort",
        )

    walk()

    assert {one.pk: story_of(one)[1][1] for one in people} == before
    assert story_of(newcomer) == [("cohort", "arm1")]
    assert set(Enrollment.objects.values_list("state", flat=True)) == {"completed"}


def test_the_card_says_the_shares():
    assert (
        CohortStep().describe(make_cohort(9, 1))
        == "By chance: 90% to Arm 1, 10% to Arm 2"
    )
