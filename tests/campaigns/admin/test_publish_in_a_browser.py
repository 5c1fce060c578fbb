"""Publish changes with a plan for who is inside, and take it back, by clicks."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.flows.edits import new_step, update_step
from campaigns.models import Enrollment, StepRun
from tests.browser import settle
from tests.factories.campaigns import make_reachable
from tests.factories.plans_in_flight import edit, letter, make_flight, run_plans


@pytest.fixture
def flight(marketer_page):
    """Three people in a delay of three days, and a draft with one day."""
    wait = new_step("delay", key="wait", name="Rest", amount=3, unit="days")
    people = [make_reachable(first_name=name) for name in ("Ana", "Bo", "李")]
    campaign = make_flight([letter("mail"), wait, letter("more")], *people)
    now = timezone.now()
    StepRun.objects.filter(step_key="wait").update(ran_at=now - timedelta(days=2))
    Enrollment.objects.update(
        enrolled_at=now - timedelta(days=3), due_at=now + timedelta(days=1)
    )
    edit(campaign, update_step(campaign.draft, "wait", amount=1))
    return campaign


def stands():
    return set(Enrollment.objects.values_list("version__number", "step_key", "due_at"))


def test_changes_are_compared_published_with_a_plan_and_taken_back(
    marketer_page: Page, live_server, flight
):
    page, before = marketer_page, stands()
    page.goto(f"{live_server.url}/campaigns/campaign/{flight.pk}/review/")
    page.get_by_role("link", name="What is different").click()
    expect(page.get_by_text("Wait 1 day.").first).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Publish changes…").click()

    page.get_by_label("What becomes of those at “Rest”").select_option("carry")
    expect(page.get_by_text("3 go on with the new flow at “Rest”")).to_be_visible()
    settle(page)
    page.get_by_label("When those at “Rest” go on").select_option("anew")
    expect(page.get_by_text("All of them have waited long enough")).to_be_visible()
    settle(page)
    page.get_by_label("Those who go on because of this").select_option("1440")
    expect(page.get_by_text("go on over 1 day.")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Publish", exact=True).click()

    expect(page.get_by_text("has a new version")).to_be_visible()
    run_plans(timezone.now())
    page.goto(f"{live_server.url}/campaigns/campaign/{flight.pk}/overview/")
    expect(page.get_by_text("3 people went on with it.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[0-9]:[0-5][0-9] left$"))).to_be_visible()
    assert {row[:2] for row in stands()} == {(2, "more")}

    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Version 1 is published again.")).to_be_visible()
    run_plans(timezone.now())
    page.reload()
    expect(page.get_by_text("3 people stand where they stood before.")).to_be_visible()
    assert stands() == before
