"""The ask of the guide is built by clicks, from an empty draft to its start."""

import json

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign
from tests.browser import settle
from tests.contacts.tracking.client import ask
from tests.factories.referrals import make_program
from tests.factories.tracking import make_key
from tests.journeys.clicks import (
    EVENT,
    begin_campaign,
    choose,
    choose_event,
    follow,
    insert,
    name_step,
    start,
    take_starter,
    without_keys,
)
from tests.journeys.recipe import guide_ask


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


def build_the_trigger(page):
    """Each answer of 9 or 10, if we hear of it within the hour."""
    words = page.locator("#trigger-words")
    choose_event(page, "NPS Answered")
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
    insert(page, "email", ".main.0")
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
    card = name_step(page, wanted["name"])
    expect(card).to_contain_text("In the product → Email → Personal message")
    take_starter(page, "Simple thank-you")


def test_the_ask_of_the_guide_is_built_by_clicks(
    marketer_page, live_server, settings, survey
):
    settings.POSTAL_ADDRESS = "1 Roastery Lane, Hamburg"
    page, home = marketer_page, live_server.url
    page.set_viewport_size({"width": 1360, "height": 1800})
    make_program()
    begin_campaign(page, home, "Promoters")
    build_the_trigger(page)
    follow(page, "Next: Flow", "**/flow/")
    build_the_ask(page)

    campaign = Campaign.objects.get()
    assert without_keys(campaign.draft) == without_keys(guide_ask())
    start(page, home, campaign)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING
