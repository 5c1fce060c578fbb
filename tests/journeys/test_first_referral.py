"""From a CSV file to the first customer won, as a marketer, two advocates and a friend see it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import settle
from tests.journeys.clicks import begin_campaign, insert, name_step, take_starter
from tests.journeys.conftest import link_in

BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
CUSTOMERS = """\
First name;Last name;Email;Plan;Time zone
Ána;Ruíz;ana@example.com;pro;Europe/Madrid
Ben;Ode;ben@example.com;free;Europe/London
Bad;Row;not-an-address;free;
"""

pytestmark = pytest.mark.urls("tests.config.demo_urls")


@pytest.fixture(autouse=True)
def site(settings, live_server, clock):
    settings.SITE_URL = live_server.url
    settings.POSTAL_ADDRESS = "1 Roastery Lane, Hamburg"


@pytest.fixture
def open_as_somebody(browser):
    """Open an address in another browser, of a person who is not signed in."""
    contexts = []

    def open_address(address):
        context = browser.new_context(user_agent=BROWSER, locale="en-US")
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(
            "navigator.clipboard.writeText = async (text) => { window.copied = text; };"
        )
        page.goto(address)
        return page

    yield open_address
    for context in contexts:
        context.close()


def set_up_the_shop(page, home, settings):
    """Make a program, and the key with which the shop reports orders."""
    page.goto(f"{home}/referrals/program/add/")
    page.get_by_label("Name of the program").fill("Friends of Fernweh")
    page.get_by_label("Your name, as friends know it").fill("Fernweh Coffee")
    page.get_by_label("Headline").first.fill("Give $20, get $20")
    page.get_by_label("Headline").nth(1).fill("$20 off your first coffee")
    page.get_by_label("Message to share").fill("I drink it every morning.")
    page.get_by_label("What the advocate gets, in a sentence").fill("I get $20 too.")
    page.get_by_label("Address", exact=True).fill("/demo-shop/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Friends of Fernweh” is saved.")).to_be_visible()
    page.goto(f"{home}/settings/conversions/")
    page.get_by_label("What is it for?").fill("Shop")
    page.get_by_role("button", name="Make a key").click()
    settings.DEMO_KEY = page.locator(".key-secret code").inner_text()


def import_customers(page, file, work_off):
    """Upload the file into a new list, and look at each page of the import."""
    page.get_by_role("link", name="Imports").first.click()
    page.get_by_role("link", name="Import contacts").first.click()
    page.get_by_label("New list").fill("Spring")
    page.get_by_role("button", name="Continue").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_label("Columns are separated by")).to_contain_text("Semicolon")
    expect(page.get_by_label("Time zone becomes")).to_have_value("time_zone")
    page.get_by_role("button", name="Check all rows").click()
    expect(page.get_by_role("heading", name="Checking every row")).to_be_visible()
    work_off()
    expect(page.get_by_role("heading", name="Review 3 rows")).to_be_visible()
    expect(page.get_by_text("This is not an email address.").first).to_be_visible()
    page.get_by_role("link", name="Continue with 2 contacts").click()
    page.get_by_label("These people agreed").check()
    page.get_by_label("How and when they agreed").fill("They ticked it at checkout.")
    page.get_by_role("button", name="Import 2 contacts").click()
    work_off()
    expect(page.get_by_role("heading", name="The import is done")).to_be_visible()


def make_audience(page, home, work_off):
    """Say in the builder that they are on the list, watch the size, and save."""
    page.goto(f"{home}/audiences/audience/add/")
    page.get_by_label("Name").fill("Spring customers")
    page.get_by_role("button", name="More…").first.click()
    page.get_by_role("option", name="On a list").click()
    page.get_by_label("List", exact=True).select_option("Spring")
    expect(page.locator(".gl-sticky")).to_contain_text(
        re.compile(r"2\s+contacts\s.*Contacts who are on the list “Spring”", re.DOTALL)
    )
    page.get_by_role("button", name="Create audience").click()
    work_off()
    expect(page.get_by_role("link", name="Ána Ruíz", exact=True)).to_be_visible()


def write_email(page, place, name, starter):
    """Insert an email, name it, and take the words of a starter."""
    insert(page, "email", place)
    name_step(page, name)
    take_starter(page, starter)
    page.get_by_label("Breadcrumbs").get_by_role("link", name="Spring ask").click()
    page.wait_for_load_state()


def draw_the_flow(page):
    """A minute's wait; then pro customers get one mail, the others another."""
    insert(page, "delay", ".main.0")
    page.get_by_label("Unit").select_option("minutes")
    expect(page.get_by_role("treeitem")).to_contain_text("Wait 1 minute.")
    insert(page, "branch", ".main.1")
    branch = page.locator('[data-kind="branch"][data-step]')
    panel = page.locator("#step-panel")
    panel.get_by_role("button", name="Attribute").click()
    settle(page)
    panel.get_by_label("Attribute", exact=True).select_option("plan")
    expect(panel.locator('[name$=":type"]')).to_have_value("text")
    settle(page)
    panel.locator('[name$=":value"]').fill("pro")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("Name of the step").focus()
    page.wait_for_load_state("networkidle")
    expect(branch).to_contain_text("True for contacts whose plan is “pro”.")
    key = branch.get_attribute("data-step")
    write_email(page, f"{key}.yes.0", "Thank a pro", "Simple thank-you")
    write_email(page, f"{key}.no.0", "Offer both", "Something for both of you")


def make_campaign(page, home):
    """Trigger, flow, goal, review."""
    begin_campaign(page, home, "Spring ask")
    page.get_by_role("button", name="Spring customers").click()
    expect(page.locator("#audience-chosen")).to_contain_text("2 people")
    with page.expect_response("**/trigger/"):
        page.get_by_label("Existing members too").check()
    page.get_by_role("link", name="Next: Flow").click()
    page.wait_for_load_state()
    draw_the_flow(page)
    page.get_by_role("link", name="Next: Goal & exit").click()
    page.wait_for_load_state()
    goal = page.locator("section").filter(
        has=page.get_by_role("heading", name="The goal")
    )
    goal.get_by_role("button", name="Event").click()
    with page.expect_response("**/goal/"):
        goal.get_by_label("Event", exact=True).select_option(
            label="Referred a friend who ordered"
        )
    expect(
        goal.get_by_text("Contacts who did “Referred a friend who ordered”")
    ).to_be_visible()
    expect(page.locator("#draft-state")).to_contain_text("Saved")
    page.get_by_role("link", name="Next: Review").click()


def start_campaign(page, work_off):
    """Read the review, and start."""
    expect(page.get_by_text("Everything is in place.")).to_be_visible()
    page.get_by_role("link", name="Start…").click()
    expect(page.get_by_text("2 people enter at once")).to_be_visible()
    page.get_by_role("button", name="Start now").click()
    work_off()


def say_yes(page):
    """Answer the ask with yes, and copy the link of the share page."""
    page.get_by_role("button", name="Yes, show me my link").click()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="✓ Copied").wait_for()
    return page.evaluate("window.copied")


def buy_as_a_friend(page):
    """Arrive in the shop, sign up and order."""
    expect(page.get_by_text("A friend sent you.")).to_be_visible()
    page.get_by_label("First name").fill("Cleo")
    page.get_by_label("Email").fill("cleo@example.com")
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("button", name="Place a first order").click()
    expect(page.get_by_role("heading", name="Thank you, Cleo")).to_be_visible()


def read_funnel(page):
    """Read the stages of the report and their counts."""
    rows = page.locator(".gl-funnel > li")
    names = rows.locator(".gl-funnel__name strong").all_inner_texts()
    return dict(zip(names, rows.locator("a").all_inner_texts(), strict=True))


def read_story(page, home):
    """Read the funnel, the people behind its last number, and what happened to them."""
    page.goto(home)
    page.get_by_role("link", name="Spring ask").first.click()
    page.goto(page.url.replace("/overview/", "/report/"))
    funnel = read_funnel(page)
    page.locator(".gl-funnel > li").last.get_by_role("link").click()
    page.get_by_role("link", name="Ána Ruíz").click()
    return funnel, page.locator("#timeline").inner_text()


def check_letters(letters):
    """Each got the mail of his side of the branch, with a link of his own."""
    ana, ben = letters.pop("ana@example.com"), letters.pop("ben@example.com")
    assert letters == {}
    assert (ana["Subject"], ben["Subject"]) == (
        "A small favor, Ána?",
        "Something for a friend, and something for you",
    )
    assert ana["From"] == "Fernweh Coffee <referrals@localhost>"
    assert ana["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link_in(ana, "/r/") != link_in(ben, "/r/")
    return ana, ben


def test_a_csv_file_becomes_the_first_customer_won(
    marketer_page, live_server, settings, tmp_path, letters, work_off, clock,
    open_as_somebody,
):  # fmt: skip
    page, home = marketer_page, live_server.url
    page.set_viewport_size({"width": 1360, "height": 1500})
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS, encoding="utf-8")

    set_up_the_shop(page, home, settings)
    import_customers(page, file, work_off)
    make_audience(page, home, work_off)
    make_campaign(page, home)
    start_campaign(page, work_off)
    assert letters == {}
    clock(minutes=2)
    work_off()
    ana, ben = check_letters(letters)
    not_now = open_as_somebody(link_in(ben, "/ask/"))
    not_now.get_by_role("button", name="Not now").click()
    expect(not_now.get_by_role("status")).to_contain_text("before")
    link = say_yes(open_as_somebody(link_in(ana, "/ask/")))
    assert link.split("?")[0] == link_in(ana, "/r/").split("?")[0]
    buy_as_a_friend(open_as_somebody(link))
    work_off()
    funnel, timeline = read_story(page, home)

    assert funnel == {
        "Delivered": "2",
        "Viewed": "2",
        "Intent": "1",
        "Invite sent": "1",
        "Lead": "1",
        "Won": "1",
    }
    for sentence in (
        "A friend ordered through “Friends of Fernweh”",
        "A friend joined through “Friends of Fernweh”",
        "Somebody opened the referral link, which was copied",
        "Copied the referral link",
    ):
        assert sentence in timeline
