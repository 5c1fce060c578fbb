"""The condition builder under hands and keys."""

import json

import pytest
from playwright.sync_api import Page, expect

from audiences.models import Audience, Trait
from tests.browser import settle
from tests.factories.audiences import make_audience, make_trait
from tests.factories.contacts import make_contact, make_event


@pytest.fixture
def builder(marketer_page: Page, live_server) -> Page:
    contact = make_contact(attributes={"plan": "pro", "age": 40})
    make_event(contact, name="Order Completed", total=120)
    marketer_page.set_viewport_size({"width": 1280, "height": 1200})
    marketer_page.goto(f"{live_server.url}/audiences/audience/add/")
    return marketer_page


def leaves(page: Page):
    return page.locator("[data-builder] .gl-leaf")


def add_plan(page: Page, value: str) -> None:
    page.get_by_role("button", name="Attribute", exact=True).click()
    settle(page)
    page.get_by_label("Attribute", exact=True).last.select_option("plan")
    expect(page.locator("input[name$=':type']").last).to_have_value("text")
    settle(page)
    page.locator("[data-value]").last.fill(value)


def open_picker(page: Page) -> None:
    page.get_by_role("button", name="More…").first.click()
    expect(page.get_by_role("combobox", name="Search for a condition")).to_be_focused()


def test_big_spenders_are_built_by_clicks(builder, live_server):
    trait = make_trait(
        name="90-day purchasers – total purchases",
        definition={
            "kind": "sum",
            "event": "Order Completed",
            "property": "total",
            "window": {"kind": "last", "amount": 90, "unit": "days"},
        },
    )
    builder.get_by_label("Name", exact=True).fill("90 days big spenders")
    builder.get_by_role("button", name="Trait", exact=True).click()
    builder.get_by_label("Trait", exact=True).select_option(trait.name)
    builder.get_by_label("Comparison").select_option("is greater than")
    builder.get_by_label("Value").fill("500")
    builder.get_by_role("button", name="Create audience").click()
    expect(builder.get_by_role("heading", name="90 days big spenders")).to_be_visible()

    assert Audience.objects.get().rule == {
        "kind": "all",
        "conditions": [
            {
                "kind": "trait",
                "trait": trait.pk,
                "operator": "greater_than",
                "value": 500,
            }
        ],
    }


def test_the_picker_works_by_keyboard_alone(builder):
    builder.get_by_role("button", name="More…").focus()
    builder.keyboard.press("Enter")
    expect(
        builder.get_by_role("combobox", name="Search for a condition")
    ).to_be_focused()
    settle(builder)
    builder.keyboard.type("order comp")
    chosen = builder.get_by_role("listbox").get_by_role("option", selected=True)
    expect(chosen).to_contain_text("Order Completed")
    builder.keyboard.press("Enter")
    expect(builder.get_by_label("Event", exact=True)).to_have_value("Order Completed")
    open_picker(builder)
    builder.keyboard.press("ArrowDown")
    builder.keyboard.press("ArrowUp")
    builder.keyboard.type("stopped")
    builder.keyboard.press("Enter")
    expect(builder.get_by_label("How long quiet", exact=True)).to_have_value("30")
    expect(builder.get_by_label("Event", exact=True).last).to_be_focused()
    open_picker(builder)
    builder.keyboard.type("nothing of this name")
    expect(builder.get_by_text("Nothing is called so.")).to_be_visible()
    builder.keyboard.press("Escape")
    expect(builder.get_by_role("button", name="More…")).to_be_focused()

    expect(leaves(builder)).to_have_count(2)


def test_a_friend_who_ordered_is_one_pick(builder):
    open_picker(builder)
    builder.get_by_role("option", name="A friend ordered").click()

    expect(builder.get_by_label("Event", exact=True)).to_have_value("referral_won")


def test_a_sequence_grows_and_is_put_in_order(builder):
    open_picker(builder)
    builder.get_by_role("option", name="Did this, then that").click()
    builder.get_by_role("button", name="Then…").click()
    events = builder.get_by_label("Event", exact=True)
    expect(events).to_have_count(3)
    expect(events.nth(2)).to_be_focused()
    settle(builder)
    events.nth(2).select_option("Order Completed")
    builder.get_by_role("button", name="Move step 2 earlier").click()
    expect(events.nth(1)).to_have_value("Order Completed")
    builder.locator(".gl-leaf__step").first.get_by_role("button", name="Where…").click()
    expect(builder.get_by_label("Property", exact=True)).to_be_focused()
    builder.get_by_role("button", name="Remove step 2").click()
    expect(events).to_have_count(2)
    expect(builder.get_by_role("button", name="Remove step 1")).to_have_count(0)


def test_what_was_typed_and_what_was_clicked_is_undone_and_done_again(builder):
    undo = builder.get_by_role("button", name="Undo")
    redo = builder.get_by_role("button", name="Redo")
    expect(undo).to_be_disabled()
    add_plan(builder, "pro")
    builder.get_by_role("button", name="Event", exact=True).click()
    expect(leaves(builder)).to_have_count(2)
    builder.keyboard.press("Control+z")
    expect(leaves(builder)).to_have_count(1)
    expect(builder.get_by_label("Value")).to_have_value("pro")
    undo.click()
    expect(builder.get_by_label("Value")).to_have_value("")
    undo.click()
    expect(builder.get_by_label("Attribute", exact=True)).to_have_value("")
    undo.click()
    expect(leaves(builder)).to_have_count(0)
    expect(undo).to_be_disabled()
    for _ in range(3):
        expect(redo).to_be_enabled()
        redo.click()
    expect(builder.get_by_label("Value")).to_have_value("pro")
    builder.get_by_label("Value").fill("free")
    builder.get_by_label("Comparison").focus()
    expect(redo).to_be_disabled()
    builder.keyboard.press("Control+z")

    expect(builder.get_by_label("Value")).to_have_value("pro")


def test_no_step_back_is_lost_however_fast_they_come(builder):
    add_plan(builder, "pro")
    builder.get_by_role("button", name="Event", exact=True).click()
    expect(leaves(builder)).to_have_count(2)
    builder.get_by_label("Comparison").first.focus()
    builder.evaluate(
        """() => {
            for (let time = 0; time < 4; time += 1) {
                document.activeElement.dispatchEvent(new KeyboardEvent(
                    "keydown", { key: "z", ctrlKey: true, bubbles: true }));
            }
        }"""
    )

    expect(leaves(builder)).to_have_count(0)


def test_a_group_is_copied_into_another_audience(builder, live_server):
    make_audience(name="Elsewhere")
    add_plan(builder, "pro")
    builder.get_by_role("button", name="Group", exact=True).click()
    expect(leaves(builder)).to_have_count(2)
    expect(builder.get_by_role("button", name="Paste")).to_have_count(0)
    builder.locator("#rule_1 [aria-label='Move or duplicate this group']").click()
    builder.locator("#rule_1").get_by_role("button", name="Copy").first.click()
    expect(builder.get_by_text("Not copied: Choose an attribute.")).to_be_visible()
    settle(builder)
    builder.locator("#rule_1_0").get_by_label("Attribute", exact=True).select_option(
        "age"
    )
    expect(builder.locator("input[name='rule:1.0:type']")).to_have_value("number")
    builder.locator("#rule_1_0").get_by_label("Value").fill("40")
    builder.locator("#rule_1 > .gl-group__head summary").click()
    builder.locator("#rule_1 > .gl-group__head").get_by_role(
        "button", name="Copy"
    ).click()
    expect(builder.get_by_text("Copied.")).to_be_visible()
    builder.goto(f"{live_server.url}/audiences/audience/add/")
    builder.get_by_role("button", name="Paste").click()

    expect(leaves(builder)).to_have_count(1)
    expect(builder.get_by_label("Attribute", exact=True)).to_have_value("age")
    expect(builder.get_by_label("Value")).to_have_value("40")
    expect(builder.locator("#rule_0_mode")).to_have_value("any")


def test_keys_copy_and_paste_a_condition(builder):
    add_plan(builder, "pro")
    builder.get_by_label("Comparison").focus()
    builder.keyboard.press("Control+c")
    expect(builder.get_by_text("Copied.")).to_be_visible()
    builder.get_by_label("Comparison").focus()
    builder.keyboard.press("Control+v")
    expect(leaves(builder)).to_have_count(2)
    expect(builder.get_by_label("Value").last).to_have_value("pro")


def test_what_is_no_condition_is_not_pasted(builder):
    builder.evaluate(
        "written => localStorage.setItem('greenlight-condition', written)",
        json.dumps({"kind": "event", "name": ""}),
    )
    builder.reload()
    builder.get_by_role("button", name="Paste").click()

    expect(
        builder.get_by_text("What was copied is not complete: Choose an event.")
    ).to_be_visible()
    expect(leaves(builder)).to_have_count(0)


def test_a_starter_makes_its_trait_and_its_audience(builder):
    builder.get_by_role("link", name="Lapsed big spenders").click()
    builder.get_by_role("button", name="Add it up and go on").click()
    expect(leaves(builder)).to_have_count(2)
    builder.get_by_role("button", name="Create audience").click()
    expect(builder.get_by_role("heading", name="Lapsed big spenders")).to_be_visible()

    assert Trait.objects.get().definition["property"] == "total"
    assert [leaf["kind"] for leaf in Audience.objects.get().rule["conditions"]] == [
        "trait",
        "event",
    ]


def test_days_and_times_are_chosen_by_keys(builder):
    open_picker(builder)
    builder.keyboard.type("time of day")
    builder.keyboard.press("Enter")
    saturday = builder.get_by_role("checkbox", name="Sat")
    expect(saturday).not_to_be_checked()
    saturday.focus()
    builder.keyboard.press("Space")
    builder.get_by_role("button", name="Attribute", exact=True).click()
    expect(leaves(builder)).to_have_count(2)

    expect(saturday).to_be_checked()


def test_a_trait_that_is_missing_is_made_beside_the_rule(builder, context):
    builder.get_by_role("button", name="Trait", exact=True).click()
    with context.expect_page() as opened:
        builder.get_by_role("link", name="New trait…").click()
    expect(opened.value.get_by_role("heading", name="New trait")).to_be_visible()
    trait = make_trait(
        {"kind": "count", "event": "Order Completed", "window": {"kind": "ever"}},
        name="Just made",
    )
    opened.value.close()
    builder.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    traits = builder.get_by_label("Trait", exact=True)
    expect(traits.locator("option", has_text="Just made")).to_have_count(1)
    traits.select_option(trait.name)

    expect(builder.get_by_role("link", name="New trait…")).to_have_count(0)
