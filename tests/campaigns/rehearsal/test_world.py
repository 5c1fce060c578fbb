"""A rehearsal of a quarter, against what the live engine did in it."""

import random

import pytest

from audiences.memberships.fill import fill_next
from campaigns.models import Ask, Enrollment, Hold, Refusal, StepRun
from campaigns.rehearsal.tables import in_a_world_of_its_own
from campaigns.rehearsal.world import Progress, plan_rehearsal, rehearse
from tests.factories import quarters

pytestmark = pytest.mark.django_db(transaction=True)


def diary(campaign):
    """Tell all that a campaign did, by person and moment; ids are left out."""
    own = {"campaign": campaign}
    passes = {
        pk: (contact_id, key)
        for pk, contact_id, key in Enrollment.objects.filter(**own).values_list(
            "pk", "contact_id", "entry_key"
        )
    }
    return {
        "passes": sorted(
            Enrollment.objects.filter(**own).values_list(
                "contact_id",
                "entry_key",
                "moment_key",
                "moment_at",
                "enrolled_at",
                "state",
                "step_key",
                "visit",
                "end_reason",
            )
        ),
        "asks": sorted(
            Ask.objects.filter(**own).values_list(
                "contact_id", "step_key", "asked_at", "asked_on", "answer"
            )
        ),
        "holds": sorted(
            Hold.objects.filter(**own).values_list(
                "contact_id", "step_key", "held_at", "reason", "then"
            )
        ),
        "refusals": sorted(
            Refusal.objects.filter(**own).values_list(
                "contact_id", "moment_key", "reason", "refused_at"
            )
        ),
        "runs": sorted(
            (*passes[pk], *rest)
            for pk, *rest in StepRun.objects.filter(**own).values_list(
                "enrollment_id", "visit", "step_key", "ran_at", "outcome"
            )
        ),
    }


def rehearsed(campaign, **changes):
    """Rehearse the draft over the quarter, and read the diary of the other world."""
    values = {
        "number": 7,
        "starts_at": quarters.STARTS,
        "ends_at": quarters.ENDS,
    }
    plan = plan_rehearsal(campaign, campaign.draft, **values | changes)
    progress = Progress()

    def work(halt):
        return diary(rehearse(plan, halt=halt, progress=progress))

    return in_a_world_of_its_own(plan.number, work), progress


def test_a_quarter_is_rehearsed_as_the_live_engine_lived_it():
    chance = random.Random(5)
    people = quarters.make_people(24, chance)
    script = quarters.write_script(people, chance)
    mine, spring = quarters.make_two_campaigns()
    fill_next(quarters.STARTS - quarters.DAY)
    quarters.start(mine)
    quarters.start(spring)
    quarters.live_through(script, answers=random.Random(6))
    lived = diary(mine)

    found, progress = rehearsed(mine)

    assert found == lived
    # The quarter was worth it: both have asked, and several guardrails have held.
    assert len(lived["asks"]) > 5
    assert Ask.objects.filter(campaign=spring).count() > 2
    assert len({reason for *_, reason, _ in lived["holds"]}) > 2
