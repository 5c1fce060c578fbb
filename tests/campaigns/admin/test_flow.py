import json
import re
from html import unescape

import pytest
from django.urls import reverse

from campaigns.flows.edits import new_step
from campaigns.models import DraftRevision
from tests.factories.campaigns import make_campaign

pytestmark = pytest.mark.django_db


def url(campaign, name="campaigns_flow", *rest):
    return reverse(f"admin:{name}", args=[campaign.pk, *rest])


def edit(client, campaign, **values):
    values = {"revision": campaign.revision, **values}
    return client.post(url(campaign, "campaigns_flow_edit"), values)


def keys(campaign):
    campaign.refresh_from_db()
    return [step["key"] for step in campaign.draft["steps"]]


def test_the_page_shows_the_steps_and_the_form_of_a_chosen_one(editor, flow):
    page = editor.get(url(flow) + "?step=wait").content.decode()

    assert page.count('<div class="gl-step"') == 4
    assert 'name="step-name" value="Wait"' in page
    assert "data-op=" in page


def test_an_onlooker_sees_the_flow_without_tools(onlooker, flow):
    page = onlooker.get(url(flow) + "?step=wait").content.decode()

    assert page.count('<div class="gl-step"') == 4
    assert "data-op=" not in page
    assert "Read only" in page


def test_strangers_are_refused_and_nobody_is_sent_to_sign_in(
    client, flow, django_user_model
):
    anonymous = client.get(url(flow))
    client.force_login(django_user_model.objects.create_user("guest", is_staff=True))
    stranger = client.get(url(flow))

    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith(reverse("admin:login"))
    assert stranger.status_code == 403


def test_an_onlooker_may_not_edit(onlooker, flow):
    response = edit(onlooker, flow, op="delete", key="wait")

    assert response.status_code == 403
    assert keys(flow) == ["wait", "check", "last"]


def test_a_get_edits_nothing(editor, flow):
    response = editor.get(
        url(flow, "campaigns_flow_edit"), {"op": "delete", "key": "wait"}
    )

    assert response.status_code == 405
    assert keys(flow) == ["wait", "check", "last"]


def test_a_step_is_moved_and_the_edit_can_be_undone(editor, flow):
    page = edit(editor, flow, op="move", key="wait", place=".main.3").content.decode()

    assert keys(flow) == ["check", "last", "wait"]
    assert "Moved “Wait”, now step 4 of 4." in page
    assert 'data-focus="wait"' in page
    assert "<html" not in page
    assert DraftRevision.objects.get().summary == "Moved “Wait”"

    editor.post(url(flow, "campaigns_undo"), {"revision": flow.revision})
    assert keys(flow) == ["wait", "check", "last"]


def test_a_stale_page_saves_nothing_and_says_who_was_faster(editor, publisher, flow):
    edit(editor, flow, op="delete", key="last")
    page = edit(editor, flow, op="move", key="wait", place=".main.3").content.decode()

    assert keys(flow) == ["wait", "check"]
    assert "publisher changed this campaign" in page
    assert "Deleted “Last”" in page
    again = re.search(r'hx-vals="([^"]*)"', page)
    assert json.loads(unescape(again[1])) == {
        "op": "move",
        "key": "wait",
        "kind": "",
        "place": ".main.3",
        "side": "",
        "source": "",
        "revision": str(flow.revision),
    }


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "This page is out of date."),
        ({"op": "paste", "key": "gone"}, "The step that you copied is gone."),
        (
            {"op": "paste", "key": "wait", "source": "9x", "place": ".main.0"},
            "The step that you copied is gone.",
        ),
        ({"op": "add_side", "key": "check"}, "The sides of this step are fixed."),
        ({"op": "explode", "key": "wait"}, "This page is out of date."),
        ({"op": "delete", "key": "gone"}, "This step is no longer in the flow."),
        (
            {"op": "move", "key": "wait", "place": "x"},
            "This place in the flow does not exist.",
        ),
        (
            {"op": "move", "key": "check", "place": "check.yes.0"},
            "can’t be moved into itself",
        ),
        (
            {"op": "insert", "kind": "bomb", "place": ".main.0"},
            "Step kind must be one of",
        ),
    ],
)
def test_odd_edits_change_nothing_and_say_why(editor, flow, values, sentence):
    page = edit(editor, flow, **values).content.decode().replace("&#x27;", "’")

    assert keys(flow) == ["wait", "check", "last"]
    assert sentence in page
    assert "Not saved" in page


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "²"])
def test_an_odd_revision_is_a_stale_page(editor, flow, revision):
    edit(editor, flow, op="delete", key="wait", revision=revision)

    assert keys(flow) == ["wait", "check", "last"]


def test_an_inserted_step_opens_its_form(editor, flow):
    page = edit(
        editor, flow, op="insert", kind="email", place="check.no.0"
    ).content.decode()

    flow.refresh_from_db()
    [step] = flow.draft["steps"][1]["no"]
    assert step["kind"] == "email"
    assert 'id="step-panel"' in page
    assert f"/email/{step['key']}/" in page


def test_a_deleted_step_that_was_open_closes_its_form(editor, flow):
    page = edit(
        editor, flow, op="delete", key="check", selected="inside"
    ).content.decode()

    assert keys(flow) == ["wait", "last"]
    assert "Choose a step to set it up here." in page


def test_a_duplicate_has_a_name_of_its_own(editor, flow):
    edit(editor, flow, op="duplicate", key="check")

    flow.refresh_from_db()
    names = [step["name"] for step in flow.draft["steps"]]
    assert names == ["Wait", "Check", "Copy of Check", "Last"]


def step(client, campaign, key, **values):
    values = {"revision": campaign.revision, **values}
    return client.post(url(campaign, "campaigns_step", key), values)


def test_the_form_of_a_step_is_a_part_of_the_page(editor, flow):
    page = editor.get(url(flow, "campaigns_step", "wait")).content.decode()

    assert "<html" not in page
    assert 'name="step-amount" value="1"' in page
    assert editor.get(url(flow, "campaigns_step", "gone")).status_code == 404


def test_a_delay_is_saved(editor, flow):
    values = {"step-name": "Later", "step-amount": "3", "step-unit": "calendar_days"}
    page = step(editor, flow, "wait", **values, **{"step-at": "09:30"}).content.decode()

    flow.refresh_from_db()
    assert flow.draft["steps"][0] == {
        "key": "wait",
        "kind": "delay",
        "name": "Later",
        "amount": 3,
        "unit": "calendar_days",
        "at": "09:30",
        "until": None,
    }
    assert "Wait 3 calendar days, until 09:30" in page
    assert 'id="canvas"' in page


def test_a_time_of_day_belongs_to_calendar_days(editor, flow):
    step(
        editor,
        flow,
        "wait",
        **{
            "step-name": "W",
            "step-amount": "3",
            "step-unit": "days",
            "step-at": "09:30",
        },
    )

    flow.refresh_from_db()
    assert flow.draft["steps"][0]["at"] == ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"step-name": ""}, "Give the step a name"),
        ({"step-amount": "0"}, "Wait at least 1"),
        ({"step-amount": "366"}, "Wait at most a year"),
        ({"step-amount": "many"}, "Write a whole number"),
        ({"step-unit": "moons"}, "Select a valid choice"),
        ({"step-at": "noon"}, "Write a time such as 09:00."),
    ],
)
def test_a_wrong_delay_is_not_saved(editor, flow, changes, sentence):
    values = {"step-name": "W", "step-amount": "3", "step-unit": "days", "step-at": ""}
    page = step(editor, flow, "wait", **(values | changes)).content.decode()

    assert sentence in page
    assert "Not saved: see below" in page
    flow.refresh_from_db()
    assert flow.revision == 1


def test_what_changes_nothing_makes_no_revision(editor, flow):
    values = {
        "step-name": "Wait",
        "step-amount": "1",
        "step-unit": "days",
        "step-at": "",
    }
    page = step(editor, flow, "wait", **values).content.decode()

    assert "Saved" in page
    flow.refresh_from_db()
    assert flow.revision == 1


def test_an_email_step_says_whether_it_asks(editor, flow):
    step(editor, flow, "last", **{"step-name": "Tip", "step-if_held": "skip"})

    flow.refresh_from_db()
    last = flow.draft["steps"][2]
    assert (last["name"], last["ask"], last["if_held"]) == ("Tip", False, "skip")


def test_a_branch_keeps_its_condition(editor, flow):
    page = step(
        editor,
        flow,
        "check",
        **{
            "step-name": "Has a plan?",
            "step-condition::mode": "all",
            "step-condition:0:kind": "attribute",
            "step-condition:0:name": "email",
            "step-condition:0:operator": "is",
            "step-condition:0:value": "ada@example.com",
        },
    ).content.decode()

    flow.refresh_from_db()
    assert flow.draft["steps"][1]["condition"]["conditions"] == [
        {
            "kind": "attribute",
            "name": "email",
            "operator": "is",
            "value": "ada@example.com",
        }
    ]
    assert "ada@example.com" in page


def test_a_stopped_campaign_is_not_edited(editor):
    campaign = make_campaign(state="stopped", steps=[new_step("delay", key="wait")])
    response = edit(editor, campaign, op="delete", key="wait")

    assert response.status_code == 403


def test_undo_says_when_there_is_nothing_to_undo(editor, flow):
    page = editor.post(
        url(flow, "campaigns_undo"),
        {"revision": flow.revision, "back": url(flow, "campaigns_goal")},
        follow=True,
    )

    assert page.redirect_chain == [(url(flow, "campaigns_goal"), 302)]
    assert "There is nothing to undo." in page.content.decode()


def test_undo_goes_back_to_the_page_that_the_browser_shows(editor, flow):
    back = url(flow) + "?step=wait"
    page = editor.post(
        url(flow, "campaigns_flow_edit"),
        {"revision": 1, "op": "delete", "key": "last"},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{back}"},
    ).content.decode()
    flow.refresh_from_db()
    response = editor.post(
        url(flow, "campaigns_undo"), {"revision": flow.revision, "back": back}
    )

    assert f'name="back" value="{back}"' in page
    assert response["Location"] == back


def test_undo_of_a_stale_page_undoes_nothing(editor, flow):
    edit(editor, flow, op="delete", key="wait")
    page = editor.post(
        url(flow, "campaigns_undo"),
        {"revision": 1, "back": "//evil.example/campaigns/"},
        follow=True,
    )

    assert page.redirect_chain == [(url(flow), 302)]
    assert "nothing was undone" in page.content.decode()
    assert keys(flow) == ["check", "last"]


def test_the_page_costs_the_same_for_one_step_and_for_many(
    editor, django_assert_max_num_queries
):
    small = make_campaign(steps=[new_step("delay", key="k0", name="0")])
    large = make_campaign(
        steps=[
            new_step("delay", key=f"k{index}", name=f"{index}") for index in range(30)
        ]
    )
    editor.get(url(small))
    with django_assert_max_num_queries(40) as small_queries:
        editor.get(url(small))
    count = len(small_queries)
    with django_assert_max_num_queries(40) as large_queries:
        editor.get(url(large))

    assert len(large_queries) == count


def test_the_form_of_an_ask_says_what_the_flow_does_to_its_freshness(editor, flow):
    address = reverse("admin:campaigns_step", args=[flow.pk, "last"])
    values = {"step-name": "Last", "step-ask": "on", "step-if_held": "wait"}
    values |= {"step-freshness_hours": "2", "step-fresh_from": "moment"}

    before = editor.get(address).content.decode()
    # With no way to the person it is drawn, too.
    answer = editor.post(address, {"revision": flow.revision, **values})

    assert 'id="freshness-hint"' in before
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="freshness-hint" class="gl-field__help"' in shown
    assert "it is stale for everybody" in shown
