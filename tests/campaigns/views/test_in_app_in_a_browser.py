"""The banner on a page of another origin, under a strict policy, by mouse and keyboard."""

import re
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.channels.vouching import sign_user
from campaigns.models import Ask, InAppSite, Message, MessageFact
from contacts.models import Event
from tests.campaigns.views.test_in_app import SECRET, make_shown

PAGE = """<!doctype html><html lang="en"><title>Their product</title>
<body><h1>Their product</h1><input aria-label="Search">
<div id="invite"></div><p>The end</p>
<script src="{home}/widget.js" defer data-key="app_k"{signed}
 data-mode="{mode}" data-into="#invite"></script></body></html>"""
SIGNED = ' data-user="u1" data-expires="{expires}" data-signature="{signature}"'


@pytest.fixture
def product(live_server, transactional_db, troubles):
    """A page of a product on an origin of its own, with a strict policy."""
    expires = int((timezone.now() + timedelta(minutes=30)).timestamp())
    signed = SIGNED.format(expires=expires, signature=sign_user(SECRET, "u1", expires))
    policy = f"default-src 'none'; script-src {live_server.url}; connect-src {live_server.url}"

    class Product(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(204 if "." in self.path else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            if "." not in self.path:
                mode = self.path.strip("/")
                body = PAGE.format(
                    home=live_server.url,
                    mode=mode,
                    signed="" if mode.startswith("public") else signed,
                )
                self.wfile.write(body.encode())

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Product)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://localhost:{server.server_port}"
    InAppSite.objects.create(name="App", key="app_k", secret=SECRET, origins=[address])
    make_shown()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()
    # That its own pages are another host is what the test is about.
    foreign = f"request to another host: {address}/"
    troubles[:] = [one for one in troubles if not one.startswith(foreign)]


def open_product(page, product):
    """Open the page and see the banner; the search field of the product keeps the focus."""
    # It may be told at any time from here on.
    with page.expect_response(lambda response: response.url.endswith("/seen")):
        page.goto(f"{product}/")
        page.get_by_label("Search").focus()
        banner = page.get_by_role("region", name="Hi Ada")
        expect(banner).to_be_visible()
    return banner


def test_yes_brings_the_link_in_place(page, product):
    banner = open_product(page, product)
    expect(page.get_by_label("Search")).to_be_focused()

    banner.get_by_role("button", name="Yes, show me my link").click()

    expect(banner.get_by_role("status")).to_contain_text("Your link")
    expect(banner.get_by_role("button", name="Copy")).to_be_focused()
    ask = Ask.objects.get()
    assert (ask.answer, ask.answered_via) == ("yes", "in_app")
    kinds = MessageFact.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["shown", "viewed"]


def test_escape_closes_it_for_good(page, product):
    banner = open_product(page, product)
    banner.get_by_role("button", name="Not now").focus()

    with page.expect_response(lambda response: response.url.endswith("/close")):
        page.keyboard.press("Escape")

    expect(page.get_by_role("region", name="Hi Ada")).to_have_count(0)
    expect(page.get_by_label("Search")).to_be_focused()
    with page.expect_response(lambda response: response.url.endswith("/ready")) as told:
        page.reload()
    assert told.value.json() == {"ask": None}
    assert Ask.objects.get().answer == ""


def test_a_dialog_keeps_the_focus_and_gives_it_back(page, product):
    page.goto(f"{product}/public")
    page.get_by_label("Search").focus()
    with page.expect_response(lambda response: response.url.endswith("/seen")):
        page.goto(f"{product}/modal")
        dialog = page.get_by_role("dialog", name="Hi Ada")
        expect(dialog).to_be_visible()
    buttons = dialog.get_by_role("button")
    for _ in range(buttons.count() + 2):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || document.activeElement.localName === 'greenlight-ask'"
        )

    page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)


def test_a_button_opens_it_and_only_then_it_counts_as_seen(page, product):
    page.goto(f"{product}/button")
    opener = page.locator("#invite").get_by_role("button", name="Hi Ada")
    expect(opener).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)

    with page.expect_response(lambda response: response.url.endswith("/seen")):
        opener.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Not now").click()

    expect(page.get_by_role("dialog")).to_contain_text("Okay. Thank you!")
    assert Ask.objects.get().answer == "not_now"


def test_a_card_stands_where_the_page_wants_it(page, product):
    page.add_init_script(
        "navigator.clipboard.writeText = async (text) => { window.copied = text; };"
    )
    with page.expect_response(lambda response: response.url.endswith("/seen")):
        page.goto(f"{product}/inline")
        card = page.locator("#invite").get_by_role("region", name="Hi Ada")
        expect(card).to_be_visible()

    card.get_by_role("button", name="Yes, show me my link").click()
    expect(card.get_by_role("textbox", name="Your link")).to_have_value(
        re.compile("/r/")
    )
    with page.expect_response(lambda response: response.url.endswith("/shared")):
        card.get_by_role("button", name="Copy").click()

    expect(card.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("window.copied").endswith("?c=copy")
    assert Event.objects.get(name="link_shared").properties["channel"] == "copy"


def test_who_is_not_signed_in_sees_the_offer(page, product):
    site = InAppSite.objects.get()
    site.program = Ask.objects.get().campaign.program
    site.save()

    page.goto(f"{product}/public")

    offer = page.get_by_role("region", name=site.program.offer_headline)
    expect(offer).to_be_visible()
    expect(offer.get_by_role("button")).to_have_accessible_name("Close")
    assert Message.objects.get().handed_over_at is None


def test_it_moves_nothing_for_who_wants_no_motion(page, product):
    page.emulate_media(reduced_motion="reduce")
    banner = open_product(page, product)

    assert banner.evaluate("element => element.getAnimations().length") == 0
