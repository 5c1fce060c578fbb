"""What a review of a draft finds in the database."""

import pytest

from campaigns.emails.starters import STARTERS, starter_content
from campaigns.flows.edits import new_step
from campaigns.readiness import review
from contacts import lists
from contacts.models import ContactList
from tests.factories.campaigns import (
    NOW,
    empty_content,
    make_audience,
    make_campaign,
    make_contact,
)

pytestmark = pytest.mark.django_db

ORDERED = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}


def make_ready(**changes):
    content = starter_content(next(iter(STARTERS)))
    invite = new_step("email", key="ask", name="Invite", content=content)
    audience = make_audience(make_contact())
    values = {
        "steps": [invite],
        "trigger": {"audience": audience.pk},
        "goal": {"condition": ORDERED},
    }
    return make_campaign(**values | changes)


def errors(campaign):
    return [one.message for one in review(campaign.draft) if one.blocks]


def test_review_finds_what_the_database_knows():
    campaign = make_ready()
    audience = make_audience()
    assert errors(campaign) == []

    campaign.draft["trigger"]["audience"] = audience.pk
    empty = review(campaign.draft)
    type(audience).objects.filter(pk=audience.pk).update(refresh_due_at=None)
    unfilled = errors(campaign)
    type(audience).objects.filter(pk=audience.pk).update(archived_at=NOW)
    archived = errors(campaign)
    campaign.draft["trigger"]["audience"] = 0xBAD
    missing = errors(campaign)

    assert [(one.severity, one.message) for one in empty] == [
        ("warning", f"“{audience}” is empty at the moment, so nobody would enter now.")
    ]
    assert unfilled == [
        f"“{audience}” is still being filled. Wait until its size is known."
    ]
    assert archived == [f"“{audience}” was deleted. Choose another audience."]
    assert missing == [
        "The audience of the trigger was deleted. Choose another audience."
    ]


def test_review_names_the_condition_that_can_not_be_used():
    gone = {"kind": "list", "list": 10**9, "operator": "on"}
    branch = new_step("branch", key="b", name="On the list?", condition=gone)
    campaign = make_ready(exit={"condition": gone})
    invite = campaign.draft["steps"][0]
    campaign.draft["steps"] = [branch | {"yes": [invite]}]

    found = [(one.part, one.step_key, one.message) for one in review(campaign.draft)]

    assert found == [
        ("flow", "b", "“On the list?”: This list is gone. Choose another."),
        ("exit", "", "The exit: This list is gone. Choose another."),
    ]


def test_review_names_the_step_whose_list_is_gone():
    gone = lists.create_list(name="Regulars", now=NOW)
    kept = lists.create_list(name="Guests", now=NOW)
    named = {"Gone": gone.pk, "Kept": kept.pk, "All": lists.everyone().pk}
    campaign = make_ready(
        steps=[
            new_step("list", key=name, name=name, list=pk) for name, pk in named.items()
        ]
    )
    ContactList.objects.filter(pk=gone.pk).delete()

    assert errors(campaign) == [
        "“Gone”: the list is gone. Choose another one.",
        "“All”: the list is gone. Choose another one.",
    ]


def test_review_names_the_mail_and_what_is_wrong_with_it():
    campaign = make_ready()
    campaign.draft["steps"][0]["content"] = empty_content()

    assert "“Invite”: The subject is missing." in errors(campaign)
    assert "“Invite”: The mail is empty. Add a block." in errors(campaign)


def test_review_warns_of_a_footer_without_postal_address(settings):
    draft = make_ready().draft
    before = review(draft)

    settings.POSTAL_ADDRESS = ""

    added = [one for one in review(draft) if one not in before]
    assert [(one.blocks, one.message) for one in added] == [
        (
            False,
            "The footer of your emails has no postal address, which the law wants."
            " Whoever runs this site can set GREENLIGHT_POSTAL_ADDRESS.",
        )
    ]
    without_mails = review(draft | {"steps": []})
    assert "postal" not in " ".join(one.message for one in without_mails)


def test_a_tracked_goal_names_something_that_happens():
    campaign = make_ready()
    goal = {"key": "goal1", "name": "Pro", "window_days": 90, "touch": "delivered"}
    plan = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    campaign.draft["goals"] = [goal | {"condition": plan}]
    without = errors(campaign)
    campaign.draft["goals"] = [goal | {"condition": ORDERED}]
    fine = errors(campaign)
    gone = {"kind": "audience", "audience": 0xBAD, "operator": "in"}
    campaign.draft["goals"] = [goal | {"condition": gone}]

    assert without == [
        "“Pro” names nothing that happens. Say it with an event, or with an audience that"
        " people enter."
    ]
    assert fine == []
    assert [message[:6] for message in errors(campaign)] == ["“Pro”:"]
