"""The banner on a page of another origin, under a strict policy, by mouse and keyboard."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.channels.vouching import sign_user
from campaigns.models import Ask, InAppSite, MessageFact
from tests.campaigns.views.test_in_app import SECRET, make_shown

PAGE = """<!doctype html><html lang="en"><title>Their product</title>
<body><h1>Their product</h1><input aria-label="Search">
<script src="{home}/in-app.js" defer data-key="app_k" data-user="u1"
 data-expires="{expires}" data-signature="{signature}"></script></body></html>"""


@pytest.fixture
def product(live_server, transactional_db, troubles):
    """A page of a product on an origin of its own, with a strict policy."""
    expires = int((timezone.now() + timedelta(minutes=30)).timestamp())
    body = PAGE.format(
        home=live_server.url,
        expires=expires,
        signature=sign_user(SECRET, "u1", expires),
    ).encode()
    policy = f"default-src 'none'; script-src {live_server.url}; connect-src {live_server.url}"

    class Product(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/" else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            if self.path == "/":
                self.wfile.write(body)

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

    expect(banner.get_by_role("status")).to_contain_text("Your link: ")
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
