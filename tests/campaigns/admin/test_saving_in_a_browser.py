"""Nothing that is typed into a draft gets lost, however soon the user goes on."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from tests.factories.campaigns import make_audience
from tests.factories.contacts import make_contact

SLOW = 0.7


@pytest.fixture
def slow_page(marketer_page: Page) -> Page:
    """A page whose saves and edits take their time."""

    def delay(route):
        if route.request.method == "POST":
            time.sleep(SLOW)
        route.continue_()

    marketer_page.set_viewport_size({"width": 1280, "height": 1600})
    marketer_page.route("**/*", delay)
    return marketer_page


@pytest.fixture
def canvas(slow_page: Page, live_server, flow) -> Page:
    slow_page.goto(f"{live_server.url}/campaigns/campaign/{flow.pk}/flow/")
    return slow_page


def open_step(page: Page, key: str) -> None:
    page.locator(f'[data-step="{key}"]').get_by_role("link").click()
    expect(page.get_by_label("Name of the step")).to_be_visible()


def steps_of(campaign: Campaign) -> dict:
    campaign.refresh_from_db()
    return {step["key"]: step for step in campaign.draft["steps"]}


def test_who_goes_on_at_once_waits_for_the_save(canvas, flow):
    open_step(canvas, "wait")
    canvas.get_by_label("Name of the step").fill("Short rest")
    canvas.get_by_role("link", name="Next: Goal & exit").click()
    canvas.wait_for_url("**/goal/")
    assert steps_of(flow)["wait"]["name"] == "Short rest"
    canvas.get_by_label("Counts for").fill("12")
    canvas.get_by_role("link", name="Next: Review").click()
    canvas.wait_for_url("**/review/")

    flow.refresh_from_db()
    assert flow.draft["goal"]["window_days"] == 12


def test_what_can_not_be_saved_is_said_before_who_typed_it_leaves(canvas, flow):
    open_step(canvas, "wait")
    canvas.get_by_label("Wait", exact=True).fill("999999999")
    leave = canvas.get_by_role("link", name="Next: Goal & exit")
    leave.click()
    expect(canvas.get_by_text("Wait at most a year.")).to_be_visible()
    assert canvas.url.endswith("/flow/")
    leave.click()
    canvas.wait_for_url("**/goal/")

    assert steps_of(flow)["wait"]["amount"] == 1


def test_what_is_typed_is_saved_when_the_user_goes_back(canvas, flow, live_server):
    open_step(canvas, "wait")
    canvas.get_by_label("Name of the step").press_sequentially("!")
    canvas.goto(f"{live_server.url}/campaigns/campaign/")
    deadline = time.monotonic() + 20
    while steps_of(flow)["wait"]["name"] == "Wait" and time.monotonic() < deadline:
        time.sleep(0.1)

    assert steps_of(flow)["wait"]["name"] == "!Wait"


def test_no_answer_of_the_server_is_said(canvas, flow, troubles):
    open_step(canvas, "wait")
    canvas.route("**/flow/wait/", lambda route: route.abort())
    canvas.get_by_label("Name of the step").fill("Short rest")
    canvas.get_by_role("link", name="Next: Goal & exit").click()
    expect(canvas.locator("#draft-state")).to_contain_text("no answer from the server")

    assert canvas.url.endswith("/flow/")
    troubles.clear()


def test_undo_takes_back_what_was_typed_just_now(canvas, flow):
    open_step(canvas, "wait")
    canvas.get_by_label("Name of the step").fill("Short rest")
    expect(canvas.locator('[data-step="wait"]')).to_contain_text("Short rest")
    canvas.get_by_label("Name of the step").fill("Long rest")
    canvas.get_by_role("button", name="Undo").click()
    expect(canvas.locator('[data-step="wait"]')).to_contain_text("Short rest")

    assert steps_of(flow)["wait"]["name"] == "Short rest"


def test_another_step_opens_after_the_first_is_saved(canvas, flow):
    open_step(canvas, "wait")
    canvas.get_by_label("Name of the step").fill("Short rest")
    canvas.locator('[data-step="last"]').get_by_role("link").click()
    expect(canvas.get_by_label("Name of the step")).to_have_value("Last")

    expect(canvas.locator('[data-step="last"]')).to_have_attribute(
        "aria-current", "true"
    )
    assert steps_of(flow)["wait"]["name"] == "Short rest"


def test_a_menu_stays_open_while_the_form_is_saved(canvas, flow):
    open_step(canvas, "check")
    panel = canvas.locator("#step-panel")
    panel.get_by_role("button", name="Attribute").click()
    panel.locator('select[name$=":name"]').select_option("email")
    panel.locator('input[name$=":value"]').fill("ada@example.com")
    canvas.locator('summary[data-place="check.no.0"]').click()
    expect(canvas.locator('[data-step="check"]')).to_contain_text("ada@example.com")
    canvas.locator('[data-kind="delay"][data-place="check.no.0"]').click()
    expect(canvas.get_by_label("Name of the step")).to_have_value("Wait 1 day")

    check = steps_of(flow)["check"]
    assert check["condition"]["conditions"][0]["value"] == "ada@example.com"
    assert [step["kind"] for step in check["no"]] == ["delay"]


def test_a_menu_opens_though_the_save_is_answered_while_the_mouse_is_down(canvas):
    open_step(canvas, "wait")
    canvas.get_by_label("Name of the step").fill("Short rest")
    canvas.locator('summary[data-place=".main.0"]').hover()
    canvas.mouse.down()
    expect(canvas.locator("#draft-state")).to_contain_text(re.compile("Saved .*now"))
    canvas.mouse.up()

    expect(canvas.locator('[data-kind="delay"][data-place=".main.0"]')).to_be_visible()
    expect(canvas.locator('[data-step="wait"]')).to_contain_text("Short rest")


def test_a_value_typed_before_the_choice_is_answered_survives(canvas, flow):
    make_contact(attributes={"plan": "pro"})
    open_step(canvas, "check")
    panel = canvas.locator("#step-panel")
    panel.get_by_role("button", name="Attribute").click()
    panel.locator('select[name$=":name"]').select_option("plan")
    value = panel.locator('input[name$=":value"]')
    value.fill("pro")
    panel.get_by_label("Name of the step").focus()
    expect(canvas.locator('[data-step="check"]')).to_contain_text("“pro”")
    expect(value).to_have_value("pro")
    expect(panel.get_by_label("Name of the step")).to_be_focused()

    condition = steps_of(flow)["check"]["condition"]["conditions"][0]
    assert (condition["name"], condition["value"]) == ("plan", "pro")


def test_two_choices_in_a_row_both_count(canvas, flow):
    make_contact(attributes={"plan": "pro"})
    open_step(canvas, "check")
    panel = canvas.locator("#step-panel")
    panel.get_by_role("button", name="Attribute").click()
    panel.locator('select[name$=":name"]').select_option("plan")
    panel.locator('select[name$=":operator"]').select_option("is_not")
    panel.locator('input[name$=":value"]').press_sequentially("pro", delay=150)
    canvas.get_by_role("link", name="Next: Goal & exit").click()
    canvas.wait_for_url("**/goal/")

    condition = steps_of(flow)["check"]["condition"]["conditions"][0]
    assert (condition["operator"], condition["value"]) == ("is_not", "pro")


@pytest.mark.parametrize("waits", [True, False])
def test_an_audience_that_was_searched_for_is_chosen(
    slow_page, live_server, flow, waits
):
    audience = make_audience()
    make_audience()
    slow_page.goto(f"{live_server.url}/campaigns/campaign/{flow.pk}/trigger/")
    slow_page.get_by_placeholder("Search audiences").press_sequentially(audience.name)
    choices = slow_page.locator("#audience-choices button")
    if waits:
        expect(choices).to_have_count(1)
    choices.filter(has_text=audience.name).click()

    expect(slow_page.locator("#audience-chosen")).to_contain_text(audience.name)
    flow.refresh_from_db()
    assert flow.draft["trigger"]["audience"] == audience.pk
