"""The sides of a step, folded and unfolded with the mouse and the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step
from campaigns.models import Campaign
from tests.factories.campaigns import make_campaign

IS_PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


@pytest.fixture
def flow() -> Campaign:
    ask = new_step("email", key="ask", name="Ask", content=starter_content("thank_you"))
    inner = new_step("branch", key="inner", name="Inner", condition=IS_PRO, yes=[ask])
    outer = new_step("branch", key="outer", name="Outer", condition=IS_PRO, yes=[inner])
    rest = new_step("delay", key="rest", name="Rest")
    return make_campaign(steps=[outer, rest])


@pytest.fixture
def canvas(marketer_page: Page, live_server, flow) -> Page:
    marketer_page.set_viewport_size({"width": 1280, "height": 1600})
    marketer_page.goto(f"{live_server.url}/campaigns/campaign/{flow.pk}/flow/")
    return marketer_page


def step(page: Page, key: str):
    return page.locator(f'[data-step="{key}"]')


def test_a_side_is_folded_says_what_is_inside_and_stays_so(canvas):
    outer = canvas.get_by_role("button", name="Sides of “Outer”")
    expect(step(canvas, "ask")).to_be_visible()
    expect(outer).to_have_attribute("aria-expanded", "true")

    outer.click()

    expect(step(canvas, "inner")).to_be_hidden()
    expect(outer).to_have_attribute("aria-expanded", "false")
    expect(outer).to_contain_text("2 steps, 1 ask")
    canvas.reload()
    expect(step(canvas, "rest")).to_be_visible()
    expect(step(canvas, "inner")).to_be_hidden()
    outer.click()
    expect(step(canvas, "inner")).to_be_visible()


def test_arrows_fold_unfold_and_go_in_and_out(canvas):
    step(canvas, "outer").focus()
    canvas.keyboard.press("ArrowRight")
    expect(step(canvas, "inner")).to_be_focused()
    canvas.keyboard.press("ArrowLeft")
    expect(step(canvas, "ask")).to_be_hidden()
    canvas.keyboard.press("ArrowLeft")
    expect(step(canvas, "outer")).to_be_focused()
    canvas.keyboard.press("ArrowLeft")
    expect(step(canvas, "inner")).to_be_hidden()

    canvas.keyboard.press("ArrowDown")
    expect(step(canvas, "rest")).to_be_focused()
    canvas.keyboard.press("ArrowUp")
    canvas.keyboard.press("ArrowRight")

    expect(step(canvas, "inner")).to_be_visible()
    expect(step(canvas, "outer")).to_be_focused()


def test_what_has_to_be_mended_is_never_folded_away(canvas, flow):
    canvas.get_by_role("button", name="Sides of “Inner”").click()
    expect(step(canvas, "ask")).to_be_hidden()
    flow.draft["steps"][0]["yes"][0]["yes"][0]["content"] = {}
    flow.save()

    canvas.reload()

    expect(step(canvas, "ask")).to_be_visible()
