"""A flow of every sort of way, built by clicks and keys."""

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from tests.browser import settle
from tests.factories.campaigns import make_campaign


@pytest.fixture
def empty() -> Campaign:
    return make_campaign(name="Ways")


@pytest.fixture
def canvas(marketer_page: Page, live_server, empty) -> Page:
    marketer_page.set_viewport_size({"width": 1280, "height": 1600})
    marketer_page.goto(f"{live_server.url}/campaigns/campaign/{empty.pk}/flow/")
    return marketer_page


def insert(page: Page, place: str, search: str, name: str) -> str:
    """Open the menu of a place, find a kind by typing, and take it; the key of the step."""
    settle(page)
    page.locator(f'summary[data-place="{place}"]').click()
    settle(page)
    page.get_by_label("Find a kind of step").fill(search)
    page.keyboard.press("Enter")
    expect(page.locator("#flow-said")).to_contain_text(f"Inserted “{name}”")
    expect(page.get_by_label("Name of the step")).to_have_value(name)
    return page.locator('#canvas [aria-current="true"]').get_attribute("data-step")


def outline(campaign: Campaign) -> list[str]:
    campaign.refresh_from_db()
    return [step["kind"] for step in campaign.draft["steps"]]


def test_a_flow_of_many_ways_is_built(canvas, empty):
    split = insert(canvas, ".main.0", "many ways", "Split")
    canvas.get_by_role("button", name="Add a branch").click()
    expect(canvas.locator("#flow-said")).to_contain_text("Added a side to “Split”")
    expect(canvas.locator(f'[data-row="{split}"] .gl-side')).to_have_count(4)
    canvas.get_by_label("Name", exact=True).nth(2).fill("Admins")
    expect(canvas.locator(f'[data-row="{split}"] .gl-side').nth(2)).to_contain_text(
        "Admins"
    )
    canvas.get_by_role("button", name="Move Branch 3 up").click()
    expect(canvas.locator(f'[data-row="{split}"] .gl-side').nth(1)).to_contain_text(
        "Admins"
    )
    canvas.get_by_role("button", name="Remove Branch 3").click()
    expect(canvas.locator(f'[data-row="{split}"] .gl-side')).to_have_count(3)

    wait = insert(canvas, ".main.1", "wait until", "Wait until")
    canvas.get_by_label("Wait at most").fill("3")
    expect(canvas.locator("#step-findings")).to_contain_text("Say what to wait for.")
    insert(canvas, f"{wait}.timeout.0", "exit", "Exit")
    cohort = insert(canvas, ".main.2", "by chance", "Random cohorts")
    canvas.get_by_label("Weight").first.fill("9")
    expect(canvas.locator(f'[data-step="{cohort}"]')).to_contain_text("84.7%")
    insert(canvas, ".main.3", "window", "Office hours")
    canvas.get_by_label("Saturday").check()
    expect(canvas.locator('[data-kind="window"][data-step]')).to_contain_text(
        "Monday to Saturday"
    )

    assert outline(empty) == ["split", "wait_until", "cohort", "window"]
    branches = empty.draft["steps"][0]["branches"]
    assert [side["name"] for side in branches] == ["First", "Admins"]
    assert [step["kind"] for step in empty.draft["steps"][1]["timeout"]] == ["exit"]
    assert empty.draft["steps"][1]["amount"] == 3


def test_steps_are_copied_cut_and_pasted_and_done_again_with_keys(canvas, empty):
    note = insert(canvas, ".main.0", "note", "Note")
    insert(canvas, ".main.1", "delay", "Wait 1 day")
    first = canvas.locator(f'[data-step="{note}"]')
    first.focus()
    canvas.keyboard.press("Control+c")
    expect(canvas.locator("#flow-said")).to_contain_text("Copied “Note”")
    canvas.keyboard.press("Control+v")
    expect(canvas.locator("#flow-said")).to_contain_text("Pasted “Note 2”")
    assert outline(empty) == ["note", "note", "delay"]

    first.focus()
    canvas.keyboard.press("Control+x")
    expect(canvas.locator("#flow-said")).to_contain_text("Cut “Note”")
    last = canvas.locator('[data-kind="delay"][data-step]')
    last.focus()
    canvas.keyboard.press("Control+v")
    expect(canvas.locator("#flow-said")).to_contain_text("Moved “Note”")
    expect(first).to_be_focused()
    assert outline(empty) == ["note", "delay", "note"]

    canvas.keyboard.press("Control+z")
    expect(canvas.locator("#draft-redo")).to_be_visible()
    assert outline(empty) == ["note", "note", "delay"]
    canvas.keyboard.press("Control+Shift+Z")
    expect(canvas.locator("#draft-redo")).to_have_count(0)
    assert outline(empty) == ["note", "delay", "note"]
