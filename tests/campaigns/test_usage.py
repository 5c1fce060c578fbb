"""Lists and audiences that a campaign needs are not pulled away."""

import pytest

from audiences import definitions, traits, usage
from campaigns.flows.edits import new_step
from contacts import lists
from tests.factories.audiences import make_trait
from tests.factories.campaigns import make_audience, make_campaign, make_version
from tests.factories.contacts import NOW, make_list

pytestmark = pytest.mark.django_db


def on(contact_list):
    return {"kind": "list", "list": contact_list.pk, "operator": "on"}


def inside(audience):
    return {"kind": "audience", "audience": audience.pk, "operator": "in"}


def branch_on(condition):
    return new_step("branch", key="check") | {
        "yes": [new_step("branch", key="deep") | {"condition": condition}]
    }


def use_of(campaign, details):
    program = campaign.program
    url = f"/referrals/program/{program.pk}/change/"
    return usage.Use(
        "Campaign",
        campaign.name,
        f"/campaigns/campaign/{campaign.pk}/overview/",
        details,
        serves=(usage.Use("Program", program.name, url),),
    )


@pytest.mark.parametrize("state", ["draft", "running", "paused"])
@pytest.mark.parametrize("place", ["goal", "exit", "branch"])
def test_a_list_in_a_condition_is_not_deleted(state, place):
    needed = make_list()
    condition = {
        "kind": "not",
        "condition": {"kind": "any", "conditions": [on(needed)]},
    }
    where = (
        {"steps": [branch_on(condition)]}
        if place == "branch"
        else {place: {"condition": condition}}
    )
    make_campaign(name="Autumn", state=state, **where)

    with pytest.raises(lists.ListInUse) as refusal:
        lists.delete_list(contact_list=needed)

    assert refusal.value.uses == ["the campaign “Autumn”"]


def test_an_audience_of_a_trigger_or_a_condition_is_not_deleted():
    waited_for, checked, free = make_audience(), make_audience(), make_audience()
    campaign = make_campaign(
        name="Autumn",
        trigger={"audience": waited_for.pk},
        steps=[branch_on(inside(checked))],
    )
    use = use_of(campaign, "draft")

    with pytest.raises(definitions.AudienceInUse):
        definitions.delete_audience(waited_for, now=NOW)

    assert usage.uses_of_many([waited_for.pk, checked.pk, free.pk]) == {
        waited_for.pk: [use],
        checked.pk: [use],
        free.pk: [],
    }


@pytest.mark.parametrize("quantifier", ["", "any"])
@pytest.mark.parametrize(
    "named",
    [
        lambda trait: {"kind": "trait", "trait": trait.pk, "operator": "is_set"},
        lambda trait: {
            "kind": "rank",
            "of": {"trait": trait.pk},
            "operator": "top_count",
            "value": 3,
        },
    ],
)
def test_a_trait_in_a_condition_is_not_deleted(named, quantifier):
    trait, free = (
        make_trait({"kind": "count", "event": "order_completed"}) for _ in range(2)
    )
    condition = named(trait)
    if quantifier:
        condition = {
            "kind": "account",
            "quantifier": quantifier,
            "condition": condition,
        }
    campaign = make_campaign(name="Autumn", steps=[branch_on(condition)])

    with pytest.raises(traits.TraitInUse) as refusal:
        traits.delete_trait(trait)
    traits.delete_trait(free)

    assert refusal.value.uses == [use_of(campaign, "draft")]


def test_an_earlier_version_still_needs_its_list_until_the_campaign_stops():
    """People who entered by it go through it to its end."""
    needed = make_list()
    campaign = make_campaign(state="running", goal={"condition": on(needed)})
    campaign.draft["goal"]["condition"] = None
    campaign.revision += 1
    campaign.published = make_version(campaign)
    campaign.save()
    alive = lists.uses(needed)
    campaign.state = "stopped"
    campaign.save()

    assert alive == [f"the campaign “{campaign.name}”"]
    assert lists.uses(needed) == []


def test_uses_say_in_which_versions_and_lead_to_the_program():
    needed, later = make_list(), make_list()
    campaign = make_campaign(state="running", goal={"condition": on(needed)})
    for condition in (on(needed), None):
        campaign.draft["goal"]["condition"] = condition
        campaign.revision += 1
        campaign.published = make_version(campaign)
        campaign.save()
    campaign.draft["goal"]["condition"] = on(later)
    campaign.save()

    assert usage.uses_of_lists([needed.pk, later.pk]) == {
        needed.pk: [use_of(campaign, "versions 1, 2")],
        later.pk: [use_of(campaign, "draft")],
    }


def test_uses_cost_the_same_queries_however_many(django_assert_num_queries):
    audiences = [make_audience() for _ in range(3)]
    for audience in audiences:
        make_campaign(state="running", trigger={"audience": audience.pk})

    with django_assert_num_queries(6):
        usage.uses_of_many([audience.pk for audience in audiences])
