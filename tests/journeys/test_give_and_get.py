"""Give $20, get $20: from the ask to the payment and the refund, as five people see it."""

import json
import re

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.messaging.links import ask_url
from contacts.events import Fact, record
from contacts.models import Contact
from referrals.advocates import enroll_advocates
from referrals.endpoint_keys import create_key
from referrals.models import Reward, RewardBudget
from referrals.rewards.budgets import granted_minor
from tests.browser import settle
from tests.factories.campaigns import make_ask, make_campaign
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import make_program
from tests.factories.rewards import check_books

pytestmark = pytest.mark.urls("tests.config.demo_urls")

SUMS = {
    "revenue": "Revenue attributed",
    "taken_back": "Taken back",
    "cost": "Reward cost",
    "delivered": "Rewards delivered",
}
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)


@pytest.fixture(autouse=True)
def site(settings, live_server, clock):
    settings.SITE_URL = live_server.url
    settings.POSTAL_ADDRESS = "1 Roastery Lane, Hamburg"


@pytest.fixture
def open_as(browser, live_server):
    """Open an address on another device; of a member of staff if one is given."""
    contexts = []

    def open_address(address, user=None):
        context = browser.new_context(user_agent=BROWSER, locale="en-US")
        contexts.append(context)
        page = context.new_page()
        if user:
            sign_in(page, live_server.url, user)
        page.goto(address)
        return page

    yield open_address
    for context in contexts:
        context.close()


def sign_in(page, home, user):
    """Sign in, as after two weeks away."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": home}])


def promise(page, home, program):
    """Write both rules, and a budget."""
    page.goto(f"{home}/referrals/program/{program.pk}/rewards/")
    expect(page.get_by_text("This program gives no rewards.")).to_be_visible()
    page.get_by_role("link", name="New rule").click()
    page.get_by_label("Smallest order that counts").fill("50")
    page.locator("#id_amount").fill("20")
    page.get_by_label("Two people approve what is worth more than").fill("0")
    words = page.get_by_role("complementary", name="In words")
    expect(words).to_contain_text(
        "The advocate gets $20.00 when the friend's first order of at least $50.00"
        " is 14 days old."
    )
    settle(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="New rule").click()
    expect(page.get_by_label("Pool of coupons")).to_be_hidden()
    page.get_by_label("Who gets it").select_option("The friend")
    page.get_by_label("When the friend").select_option("joins")
    page.get_by_label("What it is").select_option("A code that is the same for all")
    page.locator("#id_amount").fill("20")
    page.get_by_label("Code that is the same for all").fill("WELCOME20")
    page.get_by_label("Days on hold").fill("0")
    settle(page)
    page.get_by_role("button", name="Save").click()
    expect(
        page.get_by_text("The friend gets the code WELCOME20, worth $20.00")
    ).to_have_count(2)
    page.locator("#id_amount").fill("1000")
    page.get_by_role("button", name="Set the budget").click()
    expect(page.get_by_text("of $1,000.00 left, $0.00 granted.")).to_be_visible()


def say_yes(page):
    """Answer the ask, and read what WhatsApp is given to send."""
    page.get_by_role("button", name="Yes, show me my link").click()
    link = page.get_by_role("link", name="WhatsApp")
    return link.get_attribute("href")


def sign_up_with(page, code):
    """Type the friend's code in the shop, on a device that never saw the link."""
    page.get_by_label("First name").fill("Cleo")
    page.get_by_label("Email").fill("cleo@example.com")
    page.get_by_label("A friend's code").fill(code.upper())
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Welcome, Cleo")).to_be_visible()


def tell_shop(key, **event):
    """Let the shop's server report something."""
    answer = Client().post(
        "/v1/conversions",
        json.dumps(event),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 200, answer.content


def refund(friend, order, amount):
    """Let the shop's tracking say that a part of an order was sent back."""
    now = timezone.now()
    properties = {"order_id": order, "total": amount, "currency": "USD"}
    record(Fact(friend.pk, "Order Refunded", now, "refund:1", properties), now=now)


def receipt(page, home, friend):
    """Open the receipt of the referral, as a support person does."""
    page.goto(f"{home}/referrals/referral/")
    page.get_by_role("link", name=friend).first.click()
    return page.locator("section").filter(
        has=page.get_by_role("heading", name="Rewards", exact=True)
    )


def read_reports(page, home, *, owed, **sums):
    """The marketer reads the reports: one friend at each point, and the money as it is then."""
    page.goto(f"{home}/reports/funnel/?period=30")
    friends = page.locator(".gl-card").filter(
        has=page.get_by_role("heading", name="Friends", exact=True)
    )
    steps = friends.locator(".gl-funnel li")
    for step, name in ((steps.first, "Joined"), (steps.last, "Won")):
        expect(step.locator("strong")).to_have_text(name)
        expect(step.locator(".rr-number")).to_have_text("1")
    page.goto(f"{home}/reports/revenue/?period=30")
    for label, amount in sums.items():
        line = page.locator(".rr-sums div").filter(has_text=SUMS[label])
        expect(line.locator("dd")).to_have_text(amount)
    for label, amount in owed.items():
        line = page.locator(".rr-money .gl-reasons li").filter(has_text=label)
        expect(line.locator(".rr-number")).to_have_text(amount)
    page.goto(f"{home}/reports/advocates/?period=30")
    leader = page.get_by_role("row").filter(has_text="Ána Ruíz")
    expect(leader).to_contain_text(sums["revenue"])


def ask_and_order(home, ana, program, key, open_as, work_off):
    """The ask, the yes, the words for WhatsApp; a friend types the code and orders."""
    code = ana.advocate_set.get().code
    campaign = make_campaign(program=program, state="running")
    ask = make_ask(campaign, contact=ana, asked_at=timezone.now())
    words = say_yes(open_as(ask_url(ana.pk, ask.pk)))
    assert words.startswith("https://wa.me/")
    assert f"%2Fr%2F{code}" in words
    sign_up_with(open_as(f"{home}/demo-shop/"), code)
    work_off()
    tell_shop(
        key,
        event="order_completed",
        email="cleo@example.com",
        order_id="1001",
        value=60,
        currency="USD",
    )
    work_off()


def approve_as_two(page, home, open_as):
    """One person approves and can't do so twice; another one is the second."""
    page.goto(f"{home}/referrals/reward/")
    waiting = page.get_by_role("row").filter(has_text="Needs approval")
    waiting.get_by_role("link", name="Ána Ruíz").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Now a second person has to approve.")).to_be_visible()
    page.get_by_role("button", name="Approve as the second").click()
    expect(page.get_by_text("You have approved this reward already.")).to_be_visible()
    ben = make_user(
        *("contacts.view_contact", "referrals.view_reward", "referrals.change_reward"),
        username="ben",
    )
    second = open_as(page.url, ben)
    second.get_by_role("button", name="Approve as the second").click()
    expect(second.get_by_text("1 reward is approved.")).to_be_visible()
    read_reports(
        *(page, home),
        revenue="$60.00",
        cost="$40.00",
        delivered="$20.00",
        owed={"On hold": "$0.00", "Approved, not delivered": "$20.00"},
    )


def pay(page, home):
    """Gather what is approved, take the file to the bank, and tick it off."""
    page.goto(f"{home}/referrals/payments/")
    expect(page.get_by_role("heading", name="$20.00 to pay")).to_be_visible()
    page.get_by_role("button", name="Make a payment").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    text = download.value.path().read_text()
    assert "ana@example.com" in text
    assert ",20.00,USD," in text
    page.get_by_role("button", name="Mark as paid").click()
    expect(page.get_by_text("Paid: 1 in all.")).to_be_visible()
    read_reports(
        *(page, home),
        revenue="$60.00",
        cost="$40.00",
        delivered="$40.00",
        owed={"Approved, not delivered": "$0.00"},
    )


def read_after_refund(page, home, program):
    """Support reads the receipt and the ledger, the marketer what it comes to."""
    rewards = receipt(page, home, "Cleo")
    expect(rewards).to_contain_text("Owed back")
    expect(rewards).to_contain_text(
        "$30.00 of the order is left after the refund. The minimum is $50.00."
    )
    rewards.get_by_role("link", name="$0.00").click()
    ledger = page.locator(".reward-ledger tbody tr")
    expect(ledger).to_have_count(7)
    expect(ledger.last).to_contain_text("-$20.00")
    page.goto(f"{home}/referrals/program/{program.pk}/rewards/")
    expect(page.get_by_text("Owed back to you")).to_be_visible()


def test_give_and_get(
    marketer_page, live_server, settings, work_off, clock, open_as, admin_user
):
    page, home = marketer_page, live_server.url
    page.set_viewport_size({"width": 1360, "height": 1200})
    settings.DEMO_KEY = create_key(name="Shop", user=None, now=timezone.now())[1]
    program = make_program(destination_url="/demo-shop/")
    ana = make_contact(email="ana@example.com", first_name="Ána", last_name="Ruíz")
    enroll_advocates(program=program, contact_ids=[ana.pk], now=timezone.now())

    promise(page, home, program)
    ask_and_order(home, ana, program, settings.DEMO_KEY, open_as, work_off)
    rewards = receipt(page, home, "Cleo")
    expect(rewards).to_contain_text(re.compile(r"\$20.00 for\s+Ána Ruíz\s+On hold"))
    expect(rewards).to_contain_text(re.compile(r"\$20.00 for\s+Cleo\s+Delivered"))
    read_reports(
        *(page, home),
        revenue="$60.00",
        taken_back="$0.00",
        cost="$20.00",
        delivered="$20.00",
        owed={"On hold": "$20.00", "Approved, not delivered": "$0.00"},
    )

    clock(days=15)
    work_off()
    # The referral is checked once more on that day; the reward waits for that.
    clock(minutes=2)
    work_off()
    sign_in(page, home, admin_user)
    approve_as_two(page, home, open_as)
    pay(page, home)
    work_off()
    expect(receipt(page, home, "Cleo")).to_contain_text(
        re.compile(r"\$20.00 for\s+Ána Ruíz\s+Delivered")
    )
    check_books()
    assert RewardBudget.objects.get().booked_minor == 4000

    refund(Contact.objects.get(email="cleo@example.com"), "1001", 30)
    work_off()
    read_after_refund(page, home, program)
    read_reports(
        *(page, home),
        revenue="$30.00",
        taken_back="$30.00",
        cost="$20.00",
        delivered="$20.00",
        owed={"Owed back to you": "$20.00"},
    )
    check_books()
    assert granted_minor(program_id=program.pk, currency="USD") == 4000
    assert Reward.objects.count() == 2
