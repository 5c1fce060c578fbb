"""The flow under a mouse, in its menus, under the keyboard, and for who listens to it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from campaigns.flows.edits import remove_step
from campaigns.models import Campaign
from campaigns.publishing import save_draft
from tests.factories.campaigns import NOW

AXE = Path(__file__).parents[2] / "vendor/axe-core/axe.min.js"
# The rule that is off takes the names of icons for text.
FAULTS = """async () => (await axe.run("#canvas", {
  resultTypes: ["violations"],
  rules: {"label-content-name-mismatch": {enabled: false}},
})).violations
  .map(found => `${found.id}: ${found.nodes.map(node => node.html.slice(0, 160)).join(" | ")}`)"""


def order(campaign: Campaign) -> list:
    """The keys of the flow; the sides of a branch behind it."""
    campaign.refresh_from_db()
    return outline(campaign.draft["steps"])


def outline(steps: list) -> list:
    result = []
    for step in steps:
        result.append(step["key"])
        if step["kind"] == "branch":
            result.append((outline(step["yes"]), outline(step["no"])))
    return result


@pytest.fixture
def canvas(marketer_page: Page, live_server, flow) -> Page:
    marketer_page.set_viewport_size({"width": 1280, "height": 1600})
    marketer_page.goto(f"{live_server.url}/campaigns/campaign/{flow.pk}/flow/")
    return marketer_page


def drag(page: Page, key: str, place: str) -> None:
    page.locator(f'[data-step="{key}"] [draggable]').drag_to(
        page.locator(f'summary[data-place="{place}"]')
    )


def saved(page: Page, said: str) -> None:
    expect(page.locator("#flow-said")).to_contain_text(said)


def test_a_step_is_dragged_below_another(canvas, flow):
    drag(canvas, "wait", ".main.3")

    saved(canvas, "Moved “Wait”, now step 4 of 4.")
    assert order(flow) == ["check", (["inside"], []), "last", "wait"]
    expect(canvas.locator('[data-step="wait"]')).to_be_focused()


def test_a_step_is_dragged_into_an_empty_side(canvas, flow):
    drag(canvas, "last", "check.no.0")

    saved(canvas, "Moved “Last”, now step 4 of 4, on the side “False” of “Check”.")
    assert order(flow) == ["wait", "check", (["inside"], ["last"])]


def test_a_branch_is_dragged_with_what_is_inside(canvas, flow):
    drag(canvas, "check", ".main.0")

    saved(canvas, "Moved “Check”")
    assert order(flow) == ["check", (["inside"], []), "wait", "last"]


def test_a_branch_can_not_be_dropped_into_itself(canvas, flow):
    canvas.locator('[data-step="check"] [aria-label^="What to do"]').click()
    canvas.get_by_role("button", name="Move to…").click()

    expect(canvas.locator('summary[data-place="check.no.0"]')).to_be_hidden()
    expect(canvas.locator('summary[data-place=".main.0"]')).to_be_visible()


def test_the_menu_moves_duplicates_and_deletes(canvas, flow):
    menu = canvas.locator('[data-step="wait"] [aria-label^="What to do"]')
    menu.click()
    canvas.get_by_role("button", name="Move into “Check”, “False”").click()
    saved(canvas, "on the side “False”")
    menu.click()
    canvas.get_by_role("button", name="Move out, below").click()
    saved(canvas, "now step 3 of 4.")
    menu.click()
    canvas.get_by_role("button", name="Duplicate").click()
    saved(canvas, "Duplicated “Wait”")
    canvas.locator('[data-step="check"] [aria-label^="What to do"]').click()
    canvas.get_by_role("button", name="Delete").click()
    saved(canvas, "Deleted “Check”")

    flow.refresh_from_db()
    assert [step["name"] for step in flow.draft["steps"]] == [
        "Wait",
        "Copy of Wait",
        "Last",
    ]


def test_the_plus_inserts_a_step_and_opens_its_form(canvas, flow):
    canvas.locator('summary[data-place="check.no.0"]').click()
    canvas.locator('[data-kind="delay"][data-place="check.no.0"]').click()

    saved(canvas, "Inserted “Wait 1 day”")
    expect(canvas.get_by_label("Name of the step")).to_have_value("Wait 1 day")
    flow.refresh_from_db()
    [inserted] = flow.draft["steps"][1]["no"]
    assert (inserted["kind"], inserted["amount"], inserted["unit"]) == (
        "delay",
        1,
        "days",
    )


def test_the_keyboard_moves_a_step_and_keeps_the_focus(canvas, flow):
    card = canvas.locator('[data-step="last"]')
    card.focus()
    card.press("Alt+ArrowUp")
    saved(canvas, "Moved “Last”, now step 2 of 4.")
    expect(card).to_be_focused()
    card.press("Alt+ArrowUp")
    saved(canvas, "Moved “Last”, now step 1 of 4.")

    assert order(flow) == ["last", "wait", "check", (["inside"], [])]


def test_the_keyboard_goes_through_the_steps_and_opens_one(canvas):
    canvas.locator('[data-step="wait"]').focus()
    canvas.keyboard.press("ArrowDown")
    expect(canvas.locator('[data-step="check"]')).to_be_focused()
    canvas.keyboard.press("ArrowDown")
    expect(canvas.locator('[data-step="inside"]')).to_be_focused()
    canvas.keyboard.press("Enter")

    expect(canvas.get_by_label("Name of the step")).to_have_value("Inside")


def test_the_keyboard_moves_a_step_to_a_chosen_place(canvas, flow):
    canvas.locator('[data-step="wait"]').focus()
    canvas.keyboard.press("m")
    canvas.locator('summary[data-place="check.yes.1"]').focus()
    canvas.keyboard.press("Enter")

    saved(canvas, "on the side “True” of “Check”.")
    assert order(flow) == ["check", (["inside", "wait"], []), "last"]


def test_escape_cancels_a_move(canvas, flow):
    canvas.locator('[data-step="wait"]').focus()
    canvas.keyboard.press("m")
    canvas.keyboard.press("Escape")

    expect(canvas.locator('[data-step="wait"]')).to_be_focused()
    assert order(flow) == ["wait", "check", (["inside"], []), "last"]


def test_delete_and_undo_with_the_keyboard(canvas, flow):
    canvas.locator('[data-step="wait"]').focus()
    canvas.keyboard.press("Delete")
    saved(canvas, "Deleted “Wait”")
    expect(canvas.locator('[data-step="check"]')).to_be_focused()
    canvas.keyboard.press("Control+z")
    expect(canvas.locator('[data-step="wait"]')).to_be_visible()

    assert order(flow) == ["wait", "check", (["inside"], []), "last"]


def test_a_question_mark_shows_the_keys(canvas):
    canvas.locator('[data-step="wait"]').focus()
    canvas.keyboard.press("?")

    expect(canvas.get_by_role("dialog", name="Keys")).to_be_visible()


def test_a_step_saves_itself_while_it_is_typed(canvas, flow):
    canvas.locator('[data-step="wait"]').get_by_role("link").click()
    canvas.get_by_label("Wait", exact=True).fill("5")
    expect(canvas.locator('[data-step="wait"]')).to_contain_text("Wait 5 days")
    canvas.get_by_label("Name of the step").fill("Five days")
    expect(canvas.locator('[data-step="wait"]')).to_contain_text("Five days")
    expect(canvas.get_by_label("Name of the step")).to_be_focused()

    flow.refresh_from_db()
    step = flow.draft["steps"][0]
    assert (step["amount"], step["name"]) == (5, "Five days")


def test_a_condition_is_built_inside_a_branch(canvas, flow):
    canvas.locator('[data-step="check"]').get_by_role("link").click()
    panel = canvas.locator("#step-panel")
    panel.get_by_role("button", name="Attribute").click()
    panel.locator('select[name$=":name"]').select_option("email")
    panel.locator('input[name$=":value"]').fill("ada@example.com")
    expect(canvas.locator('[data-step="check"]')).to_contain_text("ada@example.com")

    flow.refresh_from_db()
    assert flow.draft["steps"][1]["condition"] is not None


def test_who_was_overtaken_sees_it_and_can_do_it_again(canvas, flow):
    save_draft(
        campaign=flow,
        revision=1,
        document=remove_step(flow.draft, "last"),
        summary="Deleted “Last”",
        user=None,
        now=NOW,
    )
    drag(canvas, "wait", ".main.2")
    note = canvas.get_by_role("alert")
    expect(note).to_contain_text("Deleted “Last”")
    assert order(flow) == ["wait", "check", (["inside"], [])]
    canvas.get_by_role("button", name="Do mine on top of it").click()
    saved(canvas, "Moved “Wait”, now step 3 of 3.")

    expect(note).to_be_hidden()
    assert order(flow) == ["check", (["inside"], []), "wait"]


def test_a_form_that_was_overtaken_is_saved_on_top(canvas, flow):
    canvas.locator('[data-step="wait"]').get_by_role("link").click()
    expect(canvas.get_by_label("Name of the step")).to_be_visible()
    save_draft(
        campaign=flow,
        revision=1,
        document=remove_step(flow.draft, "last"),
        summary="Deleted “Last”",
        user=None,
        now=NOW,
    )
    canvas.get_by_label("Name of the step").fill("Mine")
    canvas.get_by_role("button", name="Do mine on top of it").click()
    expect(canvas.locator('[data-step="wait"]')).to_contain_text("Mine")
    expect(canvas.locator('[data-step="last"]')).to_have_count(0)

    assert order(flow) == ["wait", "check", (["inside"], [])]


def test_the_panel_closes_and_gives_the_focus_back(canvas):
    canvas.locator('[data-step="wait"]').get_by_role("link").click()
    canvas.get_by_role("button", name="Close", exact=True).click()

    expect(canvas.get_by_label("Name of the step")).to_have_count(0)
    expect(canvas.locator('[data-step="wait"]')).to_be_focused()


def test_an_open_step_stays_marked_and_its_form_goes_with_it(canvas):
    card = canvas.locator('[data-step="wait"]')
    card.get_by_role("link").click()
    expect(canvas.get_by_label("Name of the step")).to_be_visible()
    drag(canvas, "wait", ".main.3")
    saved(canvas, "Moved “Wait”")
    expect(card).to_have_attribute("aria-current", "true")
    card.press("Delete")
    saved(canvas, "Deleted “Wait”")

    expect(canvas.get_by_label("Name of the step")).to_have_count(0)


def test_the_flow_is_a_tree_for_who_listens(canvas):
    expect(canvas.get_by_role("treeitem", name="Check", expanded=True)).to_be_visible()
    check = canvas.locator('[data-step="check"]')
    expect(check).to_have_attribute("aria-level", "1")
    expect(check).to_have_attribute("aria-posinset", "2")
    inside = canvas.get_by_role("treeitem", name="Inside")
    expect(inside).to_have_attribute("aria-level", "2")
    expect(canvas.get_by_role("tree")).to_have_attribute(
        "aria-owns", "card-wait card-check card-inside card-last"
    )
    canvas.evaluate(AXE.read_text())
    assert canvas.evaluate(FAULTS) == []

    check.focus()
    canvas.keyboard.press("ArrowLeft")

    expect(check).to_have_attribute("aria-expanded", "false")
    expect(inside).to_be_hidden()
    assert canvas.evaluate(FAULTS) == []
