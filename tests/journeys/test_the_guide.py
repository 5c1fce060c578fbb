"""The ask of the guide is built by clicks, from an empty draft to its start."""

import json

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign
from tests.browser import settle
from tests.contacts.tracking.client import ask
from tests.factories.referrals import make_program
from tests.factories.tracking import make_key
from tests.journeys.recipe import guide_ask

EVENT = "event-event::"


@pytest.fixture
def survey(clock, work_off):
    """A survey that was answered once, so that the event is known."""
    body = {
        "event": "NPS Answered",
        "userId": "ana",
        "messageId": "first",
        "properties": {"score": 9},
    }
    reply = ask("/v1/track", json.dumps(body).encode(), key=make_key())
    assert reply.status == 200
    work_off()


def choose(page, name, content):
    """Choose in the builder of the event, and wait for its answer."""
    with page.expect_response("**/audiences/event-form/"):
        page.locator(f'select[name="{EVENT}{name}"]').select_option(content)
    settle(page)


def build_the_trigger(page):
    """Each answer of 9 or 10, if we hear of it within the hour."""
    words = page.locator("#trigger-words")
    page.get_by_label("Something happens").check()
    expect(words).to_contain_text("when you have chosen an event")
    choose(page, "name", "NPS Answered")
    expect(words).to_contain_text("each time that “NPS Answered” happens")
    with page.expect_response("**/audiences/event-form/"):
        page.get_by_role("button", name="Only where…").click()
    settle(page)
    choose(page, "filters.0.name", "score")
    expect(page.locator(f'[name="{EVENT}filters.0.type"]')).to_have_value("number")
    choose(page, "filters.0.operator", "at_least")
    page.locator(f'[name="{EVENT}filters.0.value"]').fill("9")
    expect(words).to_contain_text("where score is at least 9")
    with page.expect_response("**/trigger/"):
        page.locator('[name$="max_age_hours"]').select_option("1")
    with page.expect_response("**/trigger/"):
        page.get_by_label("Each time", exact=True).check()
    settle(page)


def build_the_ask(page):
    """In the product, by email, in person; fresh for two hours."""
    page.locator('summary[data-place=".main.0"]').click()
    page.locator('[data-op="insert"][data-kind="email"][data-place=".main.0"]').click()
    expect(page.locator("#flow-said")).to_contain_text("Inserted “Email”")
    panel = page.locator("#step-panel")
    panel.get_by_label("In the product").check()
    panel.get_by_label("In person").check()
    wanted = guide_ask()["steps"][0]
    shown = wanted["in_app"]["variants"]["en"]
    panel.get_by_label("Title").fill(shown["title"])
    panel.get_by_label("Text", exact=False).first.fill(shown["text"])
    panel.get_by_label("Words to copy").fill(wanted["task"]["text"])
    panel.get_by_label("If it may not be sent now").select_option("exit")
    panel.get_by_label("Ask within so many hours").fill("2")
    panel.get_by_label("The hours count from").select_option("moment")
    panel.get_by_label("Name of the step").fill(wanted["name"])
    card = page.get_by_role("article", name=wanted["name"])
    expect(card).to_contain_text("In the product → Email → Personal message")
    page.get_by_role("link", name="Write the email").click()
    page.get_by_role("button", name="Simple thank-you").click()
    preview = page.frame_locator("#mail-preview iframe")
    expect(preview.get_by_role("link", name="Unsubscribe")).to_be_visible()


def without_keys(document):
    """Leave out the keys, which are drawn anew in each draft."""
    return document | {
        "steps": [
            {name: value for name, value in step.items() if name != "key"}
            for step in document["steps"]
        ]
    }


def test_the_ask_of_the_guide_is_built_by_clicks(
    marketer_page, live_server, settings, survey
):
    settings.POSTAL_ADDRESS = "1 Roastery Lane, Hamburg"
    page, home = marketer_page, live_server.url
    page.set_viewport_size({"width": 1360, "height": 1800})
    make_program()
    page.goto(f"{home}/campaigns/campaign/add/")
    page.get_by_label("Name").fill("Promoters")
    page.get_by_role("button", name="Make the campaign").click()
    build_the_trigger(page)
    page.get_by_role("link", name="Next: Flow").click()
    build_the_ask(page)

    campaign = Campaign.objects.get()
    assert without_keys(campaign.draft) == without_keys(guide_ask())
    page.goto(f"{home}/campaigns/campaign/{campaign.pk}/review/")
    page.get_by_role("link", name="Start…").click()
    page.get_by_role("button", name="Start now").click()
    expect(page.get_by_role("heading", name="Who came")).to_be_visible()
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING
