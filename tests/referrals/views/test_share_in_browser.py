import pytest
from django.urls import reverse

from contacts.models import Event
from referrals.links import link_url, share_url
from referrals.models import AskPreference
from tests.factories.contacts import make_contact
from tests.factories.referrals import make_advocate


@pytest.fixture
def advocate(live_server, settings):
    settings.SITE_URL = live_server.url
    return make_advocate(contact=make_contact(first_name="Ada"))


def shares():
    events = Event.objects.filter(name="link_shared").order_by("pk")
    return list(events.values_list("properties__channel", "properties__grade"))


def open_page(page, advocate, stub=""):
    page.add_init_script(
        "navigator.clipboard.writeText = async (text) => { window.copied = text; };"
        + stub
    )
    page.goto(share_url(advocate.contact_id, advocate.pk))


def test_the_copy_button_copies_and_tells(page, advocate):
    open_page(page, advocate)

    with page.expect_response("**/shared") as told:
        page.get_by_role("button", name="Copy link").click()

    assert told.value.status == 204
    assert page.evaluate("window.copied") == link_url(advocate.code, "copy")
    page.get_by_role("button", name="✓ Copied").wait_for()
    page.get_by_role("button", name="Copy link").wait_for()
    assert shares() == [("copy", "probable")]


def test_the_share_sheet_tells_only_what_was_sent(page, advocate):
    open_page(
        page,
        advocate,
        "let times = 0; navigator.share = async (what) => { window.shared = what;"
        " if (times++ === 0) throw new Error('dismissed'); };",
    )
    button = page.get_by_role("button", name="Share…")

    button.click()
    with page.expect_response("**/shared"):
        button.click()

    assert page.evaluate("window.shared") == {
        "text": "Here is $20 off your first order.\n\nI get $20 too.",
        "url": link_url(advocate.code, "native"),
    }
    assert shares() == [("native", "confirmed")]


def test_a_link_to_an_app_tells_before_it_opens(page, advocate):
    open_page(page, advocate)
    link = page.get_by_role("link", name="Text message")
    link.evaluate("link => link.addEventListener('click', e => e.preventDefault())")

    with page.expect_response("**/shared"):
        link.click()

    assert shares() == [("sms", "probable")]


def test_not_now_is_answered_on_the_page(page, advocate):
    open_page(page, advocate)
    page.get_by_label("Ask me again after").select_option("90 days")

    page.get_by_role("button", name="Not now").click()
    page.get_by_text("Okay. We won't ask you before").wait_for()
    assert AskPreference.objects.get().snoozed_until is not None

    page.get_by_role("button", name="You may ask me again").click()
    page.get_by_role("button", name="Not now").wait_for()
    assert AskPreference.objects.get().snoozed_until is None


def test_the_page_works_without_scripts(browser, advocate):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(share_url(advocate.contact_id, advocate.pk))

    assert page.get_by_label("Your personal link").input_value() == link_url(
        advocate.code
    )
    assert not page.get_by_role("button", name="Copy link").is_visible()
    page.get_by_role("button", name="I have shared my link").click()

    page.get_by_label("Your personal link").wait_for()
    assert shares() == [("other", "probable")]
    context.close()


def test_the_preview_of_a_program_follows_the_form(marketer_page, live_server):
    page = marketer_page
    page.goto(live_server.url + reverse("admin:referrals_program_add"))
    headline = page.get_by_label("Headline").first

    with page.expect_response("**/program/preview/"):
        headline.press_sequentially("Give 5, get 5 & <more>")

    frame = page.frame_locator('iframe[title="The advocate\'s share page"]')
    frame.get_by_role("heading", name="Give 5, get 5 & <more>").wait_for()
    with page.expect_response("**/program/preview/"):
        page.get_by_label("Language of the preview").select_option("German")
    frame.get_by_text("Ihr persönlicher Link").wait_for()
    with page.expect_response("**/program/preview/"):
        page.get_by_label("Address").fill("https://evil.example/")
    page.get_by_text('Links may not lead to "evil.example" yet.').wait_for()
