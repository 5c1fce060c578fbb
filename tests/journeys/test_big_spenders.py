"""Big spenders by clicks: a trait, an audience on it, exact to the cent and to the second."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audiences.models import Membership, MembershipChange
from contacts.models import Contact, Event
from tests.browser import settle
from tests.factories.tracking import make_key

WINDOW = timedelta(days=90)
HANA, ANA = "hana@example.com", "ana@example.com"
TRAIT = "90-day purchasers – total purchases"


@pytest.fixture(autouse=True)
def site(settings, live_server, clock):
    settings.SITE_URL = live_server.url


@pytest.fixture
def order(client, work_off):
    """A shop that tells of an order, which is worked off at once."""
    key = make_key()

    def send(email, total, *, number, at=None):
        body = {
            "event": "Order Completed",
            "email": email,
            "id": number,
            "at": (at or timezone.now()).isoformat(),
            "properties": {"total": total},
        }
        answer = client.post(
            "/v1/events",
            json.dumps(body),
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {key}",
        )
        assert answer.json() == {"success": True}
        work_off()
        contact = Contact.objects.get(email=email)
        return Event.objects.filter(contact=contact).latest("pk").occurred_at

    return send


def make_trait(page, home, work_off):
    """Put the trait together, look at what it gives, and save it."""
    page.goto(home)
    page.get_by_role("link", name="Traits").first.click()
    page.get_by_role("link", name="Create the first trait").click()
    page.get_by_label("Name").fill(TRAIT)
    settle(page)
    controls = page.locator("#trait-builder")
    controls.get_by_label("What to compute").select_option("the sum of")
    expect(controls.get_by_label("Property", exact=True)).to_be_visible()
    settle(page)
    controls.get_by_label("Event", exact=True).select_option("Order Completed")
    properties = controls.get_by_label("Property", exact=True)
    expect(properties.locator("option", has_text="Total")).to_have_count(1)
    properties.select_option("Total")
    settle(page)
    controls.get_by_label("When").select_option("in the last")
    expect(controls.get_by_label("How long", exact=True)).to_have_value("90")
    preview = page.locator("#trait-preview")
    expect(preview).to_contain_text("Sum of total of “Order Completed” in the last 90")
    expect(preview).to_contain_text("90_day_purchasers_total_purchases")
    expect(preview.locator("strong").first).to_have_text("2")
    page.get_by_role("button", name="Create trait").click()
    expect(page.get_by_role("heading", name=TRAIT)).to_be_visible()
    work_off()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def make_audience(page, home, work_off):
    """Compare the trait in the rule of an audience, history included, and save it."""
    page.goto(f"{home}/audiences/audience/add/")
    page.get_by_label("Name").fill("90 days big spenders")
    rule = page.locator("#rule-builder")
    rule.get_by_role("button", name="Trait", exact=True).click()
    settle(page)
    rule.get_by_label("Trait", exact=True).select_option(TRAIT)
    settle(page)
    rule.get_by_label("Comparison").select_option("is greater than")
    settle(page)
    rule.get_by_label("Value").fill("500")
    expect(page.locator("#rule-preview")).to_contain_text(
        f"Contacts whose “{TRAIT}” is greater than 500."
    )
    expect(page.locator("#rule-preview strong").first).to_have_text("1")
    expect(page.get_by_label("Everything they ever did counts")).to_be_checked()
    page.get_by_role("button", name="Create audience").click()
    work_off()
    expect(page.get_by_role("link", name=HANA, exact=True)).to_be_visible()


def members():
    return set(Membership.objects.values_list("contact__email", flat=True))


def enter_by_a_cent(order, clock):
    """
    Ana has spent 400; 100 more leave her out, and a cent lets her in with the next look.

    How soon workers look is measured by the benchmark of live membership.
    """
    order(ANA, 100, number="a2")
    assert members() == {HANA}
    clock(hours=1)
    order(ANA, 0.01, number="a3")
    [entered] = MembershipChange.objects.filter(contact__email=ANA)
    assert (entered.change, entered.cause) == ("entered", "event")


def leave_by_the_second(first, clock, work_off):
    """Ana's first order leaves the window, and not a moment before she leaves with it."""
    clock(seconds=(first + WINDOW - timezone.now()).total_seconds() - 5)
    work_off()
    assert timezone.now() < first + WINDOW
    # Hana's order is ten days older. Nothing has happened; only time has passed.
    assert members() == {ANA}
    clock(seconds=(first + WINDOW - timezone.now()).total_seconds())
    work_off()
    assert members() == set()
    left = MembershipChange.objects.filter(change="left").order_by("changed_at", "pk")
    assert list(left.values_list("contact__email", "cause")) == [
        (HANA, "time"),
        (ANA, "time"),
    ]
    assert left[1].changed_at >= first + WINDOW


def test_big_spenders_enter_by_a_cent_and_leave_by_the_second(
    marketer_page, live_server, clock, work_off, order
):
    page, home = marketer_page, live_server.url
    page.set_viewport_size({"width": 1360, "height": 1500})
    order(HANA, 600, number="h1", at=timezone.now() - timedelta(days=10))
    first = order(ANA, 400, number="a1")

    make_trait(page, home, work_off)
    make_audience(page, home, work_off)
    # What happened before the audience was made counts.
    assert members() == {HANA}
    enter_by_a_cent(order, clock)
    leave_by_the_second(first, clock, work_off)
