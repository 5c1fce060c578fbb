"""What an import sets in motion is said before it starts."""

import pytest

from campaigns.consequences import consequences_of_import, offer_campaign
from contacts.imports.consequences import consequences_of, next_steps
from tests.factories.audiences import make_audience
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_list

pytestmark = pytest.mark.django_db
OFTEN = "of these people may be asked, at most once per 90 days."


def on(contact_list):
    return {"kind": "list", "list": contact_list.pk, "operator": "on"}


def make_running(name, rule, state="running"):
    audience = make_audience(rule=rule, is_filled=False)
    return make_campaign(name=name, state=state, trigger={"audience": audience.pk})


def test_running_campaigns_that_may_ask_are_named_in_numbers():
    chosen, other = make_list(), make_list()
    inner = make_audience(rule=on(chosen), is_filled=False)
    nested = {"kind": "audience", "audience": inner.pk, "operator": "in"}
    plan = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    direct = make_running("Direct", on(chosen))
    through = make_running("Nested", {"kind": "not", "condition": nested})
    fitting = make_running("Plan", plan)
    make_running("Other list", on(other))
    make_running("Paused", on(chosen), state="paused")
    make_running("Draft", on(chosen), state="draft")

    said = consequences_of(chosen, 1200)

    assert [(one.text, one.link) for one in said] == [
        (
            f"The running campaign “Direct” uses this list: up to 1,200 {OFTEN}",
            f"/campaigns/campaign/{direct.pk}/overview/",
        ),
        (
            f"The running campaign “Nested” uses this list: up to 1,200 {OFTEN}",
            f"/campaigns/campaign/{through.pk}/overview/",
        ),
        (
            "The running campaign “Plan” takes in whoever fits its rule: "
            f"up to 1,200 {OFTEN}",
            f"/campaigns/campaign/{fitting.pk}/overview/",
        ),
    ]


def test_one_person_is_one():
    chosen = make_list()
    make_running("Direct", on(chosen))

    assert [one.text for one in consequences_of_import(chosen, 1)] == [
        "The running campaign “Direct” uses this list: this person may be asked, "
        "at most once per 90 days."
    ]


def test_the_dialog_after_an_import_leads_to_a_new_campaign():
    chosen = make_list(name="Spring fair")

    assert next_steps(chosen) == [offer_campaign(chosen)]
    assert offer_campaign(chosen).link == "/campaigns/campaign/add/"
    assert "Spring fair" in offer_campaign(chosen).text
