"""The onboarding of the recipe is built by clicks, from an empty draft to its start."""

import json

import pytest
from playwright.sync_api import expect

from campaigns.flows.definition import find_step
from campaigns.models import Campaign
from tests.browser import settle
from tests.contacts.tracking.client import ask
from tests.factories.referrals import make_program
from tests.factories.tracking import make_key
from tests.journeys.clicks import (
    begin_campaign,
    choose_event,
    follow,
    insert,
    name_step,
    start,
    take_starter,
    without_keys,
)
from tests.journeys.recipe import onboarding

EVENTS = (
    "Account Created",
    "Trial Started",
    "Feature Used",
    "Activated",
    "Plan Upgraded",
)


@pytest.fixture
def product(clock, work_off):
    """A product that has told of an owner, and of each event once, so that they are known."""
    key = make_key()
    told = [("identify", {"traits": {"role": "owner"}})]
    told += [("track", {"event": name, "properties": {}}) for name in EVENTS]
    for path, said in told:
        body = {"userId": "ana", "messageId": said.get("event", "ana"), **said}
        reply = ask(f"/v1/{path}", json.dumps(body).encode(), key=key)
        assert reply.status == 200
    work_off()


def has_the_role(page, box):
    """Say in a builder of conditions that somebody is an owner."""
    box.get_by_role("button", name="Attribute", exact=True).click()
    settle(page)
    box.get_by_label("Attribute", exact=True).select_option("role")
    expect(box.locator('[name$=":type"]')).to_have_value("text")
    settle(page)
    box.locator('[name$=":value"]').fill("owner")


def has_done(page, box, name):
    """Say in a builder of conditions that something has happened."""
    box.get_by_role("button", name="Event", exact=True).click()
    settle(page)
    box.get_by_label("Event", exact=True).select_option(name)
    settle(page)


def draw_branch(page, place, name, fill, words):
    """Insert a branch, say for whom it is true, and name it; the key of the step."""
    insert(page, "branch", place)
    fill(page, page.locator("#step-panel"))
    current = page.locator('#canvas [aria-current="true"]')
    expect(current).to_contain_text(words)
    settle(page)
    return name_step(page, name).get_attribute("data-step")


def draw_delay(page, place, name, amount, unit, at=""):
    """Insert a delay."""
    insert(page, "delay", place)
    panel = page.locator("#step-panel")
    panel.get_by_label("Unit").select_option(unit)
    panel.get_by_label("Wait", exact=True).fill(str(amount))
    if at:
        panel.get_by_label("Until this time of day").fill(at)
    name_step(page, name)


def draw_mail(page, place, step):
    """Insert a mail that is gone on without, and leave its page open."""
    insert(page, "email", place)
    panel = page.locator("#step-panel")
    panel.get_by_label("If it may not be sent now").select_option("skip")
    panel.get_by_label("This asks for a referral").set_checked(step["ask"])
    name_step(page, step["name"])


def write(page, place, key):
    """Insert a mail that asks for nothing, and write its few words."""
    step = find_step(onboarding(), key)
    draw_mail(page, place, step)
    wanted = step["content"]["variants"]["en"]
    words = wanted["blocks"][0]["text"]
    follow(page, "Write the email", "**/email/**")
    page.get_by_label("Subject").fill(wanted["subject"])
    page.get_by_label("Preheader").fill(wanted["preheader"])
    page.get_by_label("Insert a block at the top").click()
    page.get_by_role("button", name="Text", exact=True).click()
    field = page.locator('[name="mail-0.text"]')
    expect(field).to_be_focused()
    settle(page)
    field.fill(words)
    preview = page.frame_locator("#mail-preview iframe")
    expect(preview.get_by_text(words)).to_be_visible()
    back(page)


def take(page, place, key):
    """Insert a mail that asks, with the words of a starter."""
    draw_mail(page, place, find_step(onboarding(), key))
    take_starter(page, "Simple thank-you")
    back(page)


def back(page):
    """Go back to the flow."""
    follow(page, "Back to the flow", "**/flow/?step=*")
    expect(page.get_by_label("Name of the step")).to_be_visible()
    settle(page)


def draw_the_flow(page):
    """Owners on one side, users on the other, and a last mail to all."""
    owner = draw_branch(page, ".main.0", "Owner?", has_the_role, "role is “owner”")
    draw_delay(page, f"{owner}.yes.0", "One day", 1, "days")
    trial = draw_done(page, f"{owner}.yes.1", "Trial started?", "Trial Started")
    write(page, f"{trial}.yes.0", "counts")
    write(page, f"{trial}.no.0", "shows")
    draw_delay(page, f"{owner}.no.0", "Two days", 2, "days")
    feature = draw_done(page, f"{owner}.no.1", "Feature used?", "Feature Used")
    take(page, f"{feature}.yes.0", "ask")
    write(page, f"{feature}.no.0", "minutes")
    draw_delay(page, ".main.1", "Third morning", 3, "calendar_days", "09:30")
    write(page, ".main.2", "still")


def draw_done(page, place, name, event):
    """Insert a branch for whether something has happened."""

    def fill(page, panel):
        has_done(page, panel, event)

    return draw_branch(page, place, name, fill, f"“{event}”")


def set_the_ends(page):
    """Who is up and running has converted; who pays leaves."""
    for heading, event in (
        ("The goal", "Activated"),
        ("Leave early", "Plan Upgraded"),
    ):
        section = page.locator("section").filter(
            has=page.get_by_role("heading", name=heading)
        )
        with page.expect_response("**/goal/"):
            has_done(page, section, event)
        expect(section.get_by_text(f"“{event}”").first).to_be_visible()
    settle(page)
    expect(page.locator("#draft-state")).to_contain_text("Saved")


def test_the_onboarding_of_the_recipe_is_built_by_clicks(
    marketer_page, live_server, settings, product
):
    settings.POSTAL_ADDRESS = "1 Roastery Lane, Hamburg"
    page, home = marketer_page, live_server.url
    page.set_viewport_size({"width": 1360, "height": 1800})
    make_program()
    begin_campaign(page, home, "Onboarding")
    choose_event(page, "Account Created")
    follow(page, "Next: Flow", "**/flow/")
    draw_the_flow(page)
    follow(page, "Next: Goal & exit", "**/goal/")
    set_the_ends(page)
    follow(page, "Next: Review", "**/review/")
    expect(page.get_by_text("Everything is in place.")).to_be_visible()

    campaign = Campaign.objects.get()
    assert without_keys(campaign.draft) == without_keys(onboarding())
    start(page, home, campaign)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING
