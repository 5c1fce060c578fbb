"""The editor of a mail under a mouse and the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from campaigns.flows.edits import new_step
from campaigns.models import Campaign
from tests.factories.campaigns import make_campaign, make_contact
from tests.factories.messages import four_blocks


def variant(campaign: Campaign, locale: str = "en") -> dict:
    campaign.refresh_from_db()
    return campaign.draft["steps"][0]["content"]["variants"][locale]


def kinds(campaign: Campaign) -> list[str]:
    return [block["kind"] for block in variant(campaign)["blocks"]]


@pytest.fixture
def mail(transactional_db) -> Campaign:
    content = four_blocks()
    return make_campaign(
        steps=[new_step("email", key="ask", name="Ask", content=content)]
    )


@pytest.fixture
def editor_page(marketer_page: Page, live_server, mail) -> Page:
    marketer_page.set_viewport_size({"width": 1400, "height": 1400})
    marketer_page.goto(f"{live_server.url}/campaigns/campaign/{mail.pk}/email/ask/")
    return marketer_page


def frame_text(page: Page):
    return page.frame_locator(".gl-frame__mail").locator("body")


def test_what_is_typed_is_saved_and_previewed(editor_page, mail):
    editor_page.get_by_label("Subject").fill("A new subject")

    expect(editor_page.locator(".gl-inbox__subject")).to_have_text("A new subject")
    expect(editor_page.locator("#mail-subject-count")).to_have_text("13")
    assert variant(mail)["subject"] == "A new subject"


def test_a_block_is_dragged_to_a_slot(editor_page, mail):
    editor_page.locator('[data-block="0"] .gl-block__grip').drag_to(
        editor_page.locator('[data-block-slot="3"]')
    )

    expect(editor_page.locator("#mail-said")).to_have_text("Moved block 1")
    assert kinds(mail) == ["columns", "text", "heading", "answers"]


def test_a_block_is_moved_with_its_button_and_with_the_keyboard(editor_page, mail):
    editor_page.get_by_label("Move block 1 down").click()
    expect(editor_page.locator('[data-block-head="1"]')).to_be_focused()
    editor_page.keyboard.press("Alt+ArrowDown")
    expect(editor_page.locator('[data-block-head="2"]')).to_be_focused()

    assert kinds(mail) == ["columns", "text", "heading", "answers"]


def test_a_block_is_inserted_with_what_was_just_typed_kept(editor_page, mail):
    editor_page.get_by_label("Subject").fill("Typed a moment ago")
    editor_page.get_by_label("Insert a block at the top").click()
    editor_page.get_by_role("button", name="Button").first.click()

    field = editor_page.locator('[data-block="0"]').get_by_label("Label")
    expect(field).to_be_focused()
    assert kinds(mail) == ["button", "heading", "columns", "text", "answers"]
    assert variant(mail)["subject"] == "Typed a moment ago"


def test_a_variable_is_written_at_the_cursor(editor_page, mail):
    editor_page.get_by_label("Subject").fill("Hi ")
    editor_page.get_by_text("Insert a variable").click()
    editor_page.get_by_role("button", name="First name").click()

    expect(editor_page.locator(".gl-inbox__subject")).to_have_text("Hi Ada")
    assert variant(mail)["subject"] == 'Hi {{ contact.first_name | default: "there" }}'


def test_a_language_is_added_as_a_copy(editor_page, mail):
    editor_page.get_by_text("Add a language").click()
    editor_page.get_by_label("Language", exact=True).fill("fr")
    editor_page.get_by_role("button", name="Add", exact=True).click()
    expect(editor_page.get_by_role("link", name="French")).to_have_attribute(
        "aria-current", "page"
    )

    assert variant(mail, "fr") == variant(mail, "en")


def test_the_mail_is_shown_as_another_person(editor_page):
    make_contact(first_name="Jürgen", email="juergen@example.com")
    editor_page.get_by_text("Preview as…").click()
    editor_page.get_by_label("Find a person").fill("jürgen")
    editor_page.get_by_role("button", name="Jürgen").click()

    expect(editor_page.locator(".gl-inbox__from")).to_contain_text(
        "juergen@example.com"
    )
    expect(frame_text(editor_page)).to_contain_text("Jürgen, send your link")


def test_the_widths_and_the_text_can_be_looked_at(editor_page):
    frame = editor_page.locator(".gl-frame__mail")
    expect(frame).to_be_visible()
    editor_page.get_by_text("Phone", exact=True).click()
    expect(frame).to_have_css("width", "375px")
    editor_page.get_by_text("Plain text", exact=True).click()

    expect(frame).to_be_hidden()
    expect(editor_page.locator(".gl-frame__text")).to_contain_text("Share it")


def test_code_begins_with_what_the_blocks_make(editor_page, mail):
    editor_page.get_by_role("button", name="Code").click()
    code = editor_page.get_by_label("MJML")
    expect(code).to_contain_text("<mj-body")
    code.fill("<mjml><mj-body><mj-text>Hi</mj-text></mj-body>")
    expect(editor_page.locator("#mail-findings")).to_contain_text("The code:")

    assert variant(mail)["mode"] == "code"
