"""Splits: the first branch whose condition holds."""

import pytest

from campaigns.asks.holds import Candidate
from campaigns.flows.edits import new_step
from campaigns.steps.base import Batch
from campaigns.steps.split import SplitStep
from tests.factories.campaigns import NOW, make_contact
from tests.factories.flows import enroll_in, story_of, walk

pytestmark = pytest.mark.django_db


def attribute(name, value):
    return {"kind": "attribute", "name": name, "operator": "is", "value": value}


def note(key):
    return new_step("note", key=key)


def make_split():
    step = new_step("split", key="split", otherwise=[note("rest")])
    owner, user = step["branches"]
    owner |= {"condition": attribute("role", "owner"), "steps": [note("owners")]}
    user |= {"condition": attribute("plan", "pro"), "steps": [note("pros")]}
    return step


def test_everybody_goes_the_first_way_that_fits():
    owner = make_contact(attributes={"role": "owner", "plan": "pro"})
    pro = make_contact(attributes={"plan": "pro"})
    unknown = make_contact()
    enroll_in([make_split(), note("end")], owner, pro, unknown)

    walk()

    assert [story_of(one) for one in (owner, pro, unknown)] == [
        [("split", "a"), ("owners", "passed"), ("end", "passed")],
        [("split", "b"), ("pros", "passed"), ("end", "passed")],
        [("split", "otherwise"), ("rest", "passed"), ("end", "passed")],
    ]


def test_a_branch_without_a_step_re_joins_and_one_without_a_condition_is_for_nobody():
    step = make_split()
    step["branches"][0]["condition"] = None
    step["branches"][1]["steps"] = []
    owner = make_contact(attributes={"role": "owner"})
    pro = make_contact(attributes={"plan": "pro"})
    enroll_in([step, note("end")], owner, pro)

    walk()

    assert story_of(owner)[:2] == [("split", "otherwise"), ("rest", "passed")]
    assert story_of(pro) == [("split", "b"), ("end", "passed")]


def test_one_statement_judges_the_whole_batch(django_assert_num_queries):
    campaign = enroll_in([make_split()], make_contact())
    version = campaign.published

    for people in (1, 3):
        candidates = [Candidate(n, make_contact().pk, 0, 0) for n in range(people)]
        batch = Batch(
            campaign, version, version.definition["steps"][0], candidates, NOW
        )
        with django_assert_num_queries(1):
            SplitStep().run(batch)


def test_the_card_names_the_ways():
    assert (
        SplitStep().describe(make_split())
        == "The first that fits of First, Second, else everyone else"
    )
