import pytest
from django.urls import reverse

from campaigns.flows.edits import new_step
from tests.factories.campaigns import make_audience, make_campaign, make_contact

pytestmark = pytest.mark.django_db


def plan(value):
    return {"kind": "attribute", "name": "plan", "operator": "is", "value": value}


def make_draft(count=12, condition=None):
    inner = new_step("branch", key="inner", name="Free?", condition=plan("free"))
    inner["yes"] = [new_step("exit", key="out", name="Out")]
    outer = new_step("branch", key="outer", name="Pro?", condition=plan("pro"))
    outer["yes"] = [inner]
    outer["no"] = [new_step("exit", key="off", name="Off")]
    plans = ("pro", "pro", "free")
    people = [
        make_contact(attributes={"plan": plans[number % 3]}) for number in range(count)
    ]
    trigger = {"audience": make_audience(*people).pk, "existing": True}
    return make_campaign(steps=[outer], trigger=trigger | {"condition": condition})


def part(client, campaign):
    url = reverse("admin:campaigns_review_history", args=[campaign.pk])
    return " ".join(client.get(url).content.decode().split())


def test_rules_that_contradict_each_other_are_told(onlooker):
    draft = make_draft(condition=plan("pro"))

    page = part(onlooker, draft)

    who = "12 people who are in the audience, or came into it in the last 90 days"
    assert f"“Free?”: nobody of the {who} would take “True” today." in page
    assert "For 4 of them it is, but another side before it takes them." in page
    assert f"“Pro?”: nobody of the {who} would take “False” today." in page
    assert "For 4 of them it is, but the entrance is only for" in page
    assert "8 of them meet the condition for entering" in page
    assert "?step=inner" in page


def test_a_side_for_nobody_says_for_whom_it_is(onlooker):
    draft = make_draft()
    draft.draft["steps"][0]["condition"] = plan("gold")
    draft.save()

    assert "It is for contacts whose plan is “gold”." in part(onlooker, draft)


def test_few_people_say_nothing(onlooker):
    assert "too few to say anything about the branches" in part(onlooker, make_draft(3))


def test_the_review_asks_for_it(onlooker):
    draft = make_draft(3)
    review = onlooker.get(reverse("admin:campaigns_review", args=[draft.pk]))

    url = reverse("admin:campaigns_review_history", args=[draft.pk])
    assert f'hx-get="{url}" hx-trigger="load"' in review.content.decode()
