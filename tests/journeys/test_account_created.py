"""A campaign that begins with an event is built by clicks; an event that a product sends enrolls."""

import json
import re

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign, Enrollment, Refusal
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
)


@pytest.fixture
def product(clock, work_off):
    """The customer's product, which tells of accounts."""
    key = make_key()

    def tell(user, account, plan):
        body = {
            "event": "Account Created",
            "userId": user,
            "messageId": f"{user} {account}",
            "properties": {"plan": plan, "account_id": account},
        }
        reply = ask("/v1/track", json.dumps(body).encode(), key=key)
        assert reply.status == 200
        work_off()

    return tell


def saved(page, words):
    expect(page.locator("#trigger-words")).to_contain_text(words)


def build_the_trigger(page):
    """Account Created, on the plan pro, once for each account."""
    choose_event(page, "Account Created")
    with page.expect_response("**/audiences/event-form/"):
        page.get_by_role("button", name="Only where…").click()
    choose(page, "filters.0.name", "plan")
    expect(page.locator(f'[name="{EVENT}filters.0.type"]')).to_have_value("text")
    page.locator(f'[name="{EVENT}filters.0.value"]').fill("pro")
    saved(page, "where plan is “pro”")
    page.get_by_label("One for each value of a property").check()
    page.get_by_label("The property").fill("account_id")
    saved(page, "once for each account id")
    page.get_by_label("Each time", exact=True).check()
    saved(page, "Nobody enters twice for the same one.")


def draw_the_flow(page):
    """One wait, which may be short."""
    follow(page, "Next: Flow", "**/flow/")
    insert(page, "delay", ".main.0")


def start(page, home, campaign):
    """Read who would come, and start."""
    page.goto(f"{home}/campaigns/campaign/{campaign.pk}/review/")
    expect(page.get_by_text("once for each account id").first).to_be_visible()
    page.get_by_role("link", name="Start…").click()
    expect(page.get_by_text("Nobody enters at once")).to_be_visible()
    page.get_by_role("button", name="Start now").click()
    expect(page.get_by_role("heading", name="Who came")).to_be_visible()


def test_an_account_on_the_plan_pro_begins_a_pass_once_for_each_account(
    marketer_page, live_server, product
):
    page, home = marketer_page, live_server.url
    make_program()
    product("ana", "before", "pro")
    begin_campaign(page, home, "Welcome")
    build_the_trigger(page)
    draw_the_flow(page)
    campaign = Campaign.objects.get()
    start(page, home, campaign)

    product("ana", "acme", "pro")
    product("ben", "bolt", "free")
    product("ana", "acme", "pro")
    page.reload()

    enrollment = Enrollment.objects.get()
    assert enrollment.entry_key == "key:acme"
    assert Refusal.objects.count() == 0
    books = page.locator("section").filter(
        has=page.get_by_role("heading", name="Who came")
    )
    expect(books).to_contain_text(
        re.compile(r"Moments\s*1\s*Entered\s*1\s*Refused\s*0\s*Waiting\s*0")
    )
