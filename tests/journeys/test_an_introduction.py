"""A B2B introduction: a note that is forwarded, a friend who agrees, a meeting, a deal."""

import json
import re

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.messaging.links import ask_url
from contacts.models import Contact, Event
from referrals.models import AllowedHost, Intro, Referral
from tests.contacts.tracking.client import ask
from tests.factories.campaigns import make_ask, make_campaign
from tests.factories.contacts import make_contact
from tests.factories.referrals import make_program
from tests.factories.tracking import make_key

CALENDAR = "https://cal.example.com/bo?utm_source=greenlight&utm_content={{ intro }}"


@pytest.fixture(autouse=True)
def site(settings, live_server, clock):
    settings.SITE_URL = live_server.url
    AllowedHost.objects.create(host="cal.example.com")


@pytest.fixture
def crm(work_off):
    """The CRM, which tells what becomes of people."""
    key = make_key()

    def tell(name, **properties):
        body = {
            "event": name,
            "userId": "crm-7",
            "context": {"traits": {"email": "cleo@peer.example.com"}},
            "messageId": f"{name} {properties}",
            "timestamp": timezone.now().isoformat(),
            "properties": properties,
        }
        assert ask("/v1/track", json.dumps(body).encode(), key=key).status == 200
        work_off()

    identify = {
        "userId": "crm-7",
        "traits": {"email": "cleo@peer.example.com"},
        "messageId": "who",
    }

    def begin():
        assert ask("/v1/identify", json.dumps(identify).encode(), key=key).status == 200
        work_off()

    tell.begin = begin
    return tell


@pytest.fixture
def open_as_somebody(browser):
    """Open an address in another browser, of a person who is not signed in."""
    contexts = []

    def open_address(address):
        context = browser.new_context(
            locale="en-US", viewport={"width": 390, "height": 844}
        )
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


def set_it_up(page, home, program):
    """Say what the notes speak of, and switch introductions on."""
    page.goto(f"{home}/referrals/program/{program.pk}/change/")
    page.get_by_label("Pages of the program").get_by_role(
        "link", name="Introductions"
    ).click()
    page.get_by_label("It has helped them …").fill("save half a day a week")
    page.get_by_label("What you make").fill("Fernweh for Teams")
    page.get_by_label("Whom the friend would talk to").fill("Bo")
    page.get_by_label("Where a time is booked").fill(CALENDAR)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Advocates may now introduce you.")).to_be_visible()


def forward(page):
    """Say yes to the ask, change the note, and take it along."""
    page.get_by_role("button", name="Yes, show me my link").click()
    expect(page.get_by_role("heading", name="Introduce us to somebody")).to_be_visible()
    page.get_by_label("My friend may see my first name on the page").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(
        page.get_by_label("My friend may see my first name on the page")
    ).to_be_checked()
    note = page.get_by_label("Your note")
    expect(note).to_have_value(re.compile("it has helped us save half a day a week"))
    note.fill(f"Hi Cleo!\n\n{note.input_value()}")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    return page.evaluate("window.copied")


def agree(page):
    """Read who thought of her, agree, and see where a time is booked."""
    expect(page.get_by_role("heading", name="Ada thought of you")).to_be_visible()
    page.get_by_label("Your email address").fill("cleo@peer.example.com")
    page.get_by_label("First name", exact=True).fill("Cleo")
    page.get_by_label(re.compile("may write to me by email")).check()
    page.get_by_role("button", name="Yes, introduce us").click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()


def confirm(page):
    """Press the button behind the mailed link, and see where a time is booked."""
    page.get_by_role("button", name="Yes, introduce us").click()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    return page.get_by_role("link", name="Book a time").get_attribute("href")


def mailed_link():
    """Read the link in the mail that Cleo got."""
    [letter] = [one for one in mail.outbox if one.to == ["cleo@peer.example.com"]]
    return re.search(r"http\S+/i/confirm/\S+", letter.body)[0]


def state_of(page, home):
    """Read how far the introduction has come, from the list of all."""
    page.goto(f"{home}/referrals/intro/")
    return page.locator("#result_list tbody tr").inner_text()


def read_it_all(page):
    """See on the pages of the introduction and the referral how it came about."""
    page.locator("#result_list tbody").get_by_role("link").first.click()
    expect(page.get_by_text("Fernweh Coffee may write to me by email")).to_be_visible()
    page.get_by_role("link", name="See the referral, with its receipt").click()
    expect(page.get_by_text("Accepted an introduction").first).to_be_visible()


def test_a_forwarded_note_becomes_a_deal(
    marketer_page, live_server, open_as_somebody, crm, work_off
):
    page, home = marketer_page, live_server.url
    program = make_program(destination_url="/demo-shop/")
    set_it_up(page, home, program)
    ada = make_contact(email="ada@example.com", first_name="Ada")
    asked = make_ask(make_campaign(program=program, state="running"), contact=ada)

    note = forward(open_as_somebody(ask_url(ada.pk, asked.pk)))
    assert Contact.objects.count() == 1
    assert not Event.objects.filter(name="intro_accepted").exists()
    assert "No answer yet" in state_of(page, home)

    agree(open_as_somebody(re.search(r"http\S+/i/\S+", note)[0]))
    work_off()
    assert Contact.objects.count() == 1
    assert "No answer yet" in state_of(page, home)
    calendar = confirm(open_as_somebody(mailed_link()))
    assert re.match(r"https://cal\.example\.com/bo\?\S+&utm_content=\S+~", calendar)
    assert Event.objects.filter(name="intro_accepted", contact=ada).count() == 1
    crm.begin()
    assert "Said yes" in state_of(page, home)

    crm("Meeting Booked", intro=calendar.rsplit("=", 1)[1])
    assert "Qualified" in state_of(page, home)
    crm("Opportunity Created", opportunity_id="o1")
    assert "Opportunity" in state_of(page, home)
    crm("Opportunity Won", opportunity_id="o1", amount=4_800, currency="EUR")
    assert "Won" in state_of(page, home)

    read_it_all(page)
    referral = Referral.objects.get()
    assert referral.source == "email"
    assert (referral.contact.email, referral.advocate_contact_id) == (
        *("cleo@peer.example.com",),
        ada.pk,
    )
    assert Intro.objects.get().accepted_by == "form"
