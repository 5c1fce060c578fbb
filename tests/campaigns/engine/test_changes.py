"""What another rule of an audience would do to the campaigns that begin with it."""

import pytest

from audiences.previews.effects import Effect, effects_of
from audiences.selection import predicate
from campaigns.flows.edits import new_step
from campaigns.models import AskBudget, Campaign, Enrollment
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
    make_version,
)

pytestmark = pytest.mark.django_db
ASK = new_step("email", key="ask")
RULE = {
    "kind": "attribute",
    "name": "plan",
    "operator": "contains",
    "value": "50% pro",
}


def make_running(audience, **trigger):
    campaign = make_campaign(
        name="Spring",
        steps=[ASK],
        trigger={"audience": audience.pk, "existing": False} | trigger,
    )
    campaign.published = make_version(campaign)
    campaign.state = Campaign.State.RUNNING
    campaign.save()
    return campaign


def pro(make=make_reachable, **changes):
    return make(attributes={"plan": "50% pro"}, **changes)


def effects(audience, rule=RULE):
    now = NOW.replace(hour=12)
    return effects_of(audience, predicate(rule, as_of=now), as_of=now)


def test_those_who_would_enter_are_counted_and_those_who_would_be_asked():
    stays, leaves = pro(), make_reachable()
    audience = make_audience(stays, leaves)
    campaign = make_running(audience)
    pro()
    pro(make_contact)
    make_enrollment(campaign, contact=leaves)
    make_enrollment(campaign, contact=pro())
    capped = pro()
    AskBudget.objects.create(contact=capped, next_on=NOW.date().replace(year=2999))

    # Of the four who enter one is in the campaign, one has not agreed, one was asked lately.
    assert effects(audience) == [
        Effect(
            "Spring",
            f"/campaigns/campaign/{campaign.pk}/overview/",
            inside=2,
            entering=3,
            everyone=4,
            asks_entering=1,
            asks_everyone=2,
        )
    ]


def test_who_has_been_in_it_begins_again_only_where_each_entry_counts():
    was_here, entering = pro(), pro()
    audience = make_audience(was_here)
    once = make_running(audience, frequency="once")
    for contact in (was_here, entering):
        make_enrollment(
            once, contact=contact, state="completed", ended_at=NOW, due_at=None
        )

    [effect] = effects(audience)
    assert (effect.entering, effect.everyone) == (0, 0)

    Enrollment.objects.update(entry_key="episode:1")
    each = make_running(audience, frequency="every_entry")
    make_enrollment(
        each,
        contact=was_here,
        entry_key="episode:1",
        state="completed",
        ended_at=NOW,
        due_at=None,
    )
    counts = [(one.entering, one.everyone) for one in effects(audience)]
    assert counts == [(1, 2), (1, 1)]


def test_campaigns_of_other_audiences_and_drafts_are_not_concerned():
    audience = make_audience(pro())
    make_running(make_audience())
    draft = make_campaign(steps=[ASK], trigger={"audience": audience.pk})
    assert draft.state == Campaign.State.DRAFT

    assert effects(audience) == []
