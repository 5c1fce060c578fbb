"""
Segment's client for browsers delivers from another site: exact counts, and to us alone.

The shop's pages come from another host than the tracking API, in a real Chromium.
"""

import json
import time
from collections import Counter
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from contacts import sources
from contacts.models import InboxBody, Source
from tests.factories.contacts import NOW
from tests.factories.tracking import make_key

pytestmark = pytest.mark.browser
VENDOR = settings.BASE_DIR / "static" / "vendor" / "analytics-next"
ORDERS = 24

PACKAGE = """<!doctype html><title>Shop</title><script src="/index.js"></script><script>
window.errors = [];
window.analytics = AnalyticsNext.AnalyticsBrowser.load(
  {writeKey: "%(key)s", cdnURL: "%(site)s"},
  {integrations: {"Segment.io": {deliveryStrategy: %(strategy)s}}},
);
analytics.on("error", (error) => errors.push(String(error.reason || error)));
analytics.on("delivery_failure", (error) => errors.push("delivery " + error));
analytics.page();
analytics.identify("u1", {email: "ana@example.com"});
for (let n = 0; n < %(orders)s; n += 1) {
  analytics.track("Order Completed", {order_id: n, total: 39.95});
}
analytics.group("acme", {name: "Acme"});
</script>"""
SNIPPET = """<!doctype html><title>Shop</title>%(snippet)s<script>
analytics.identify("u1", {email: "ana@example.com"});
for (let n = 0; n < %(orders)s; n += 1) {
  analytics.track("Order Completed", {order_id: n, total: 39.95});
}
analytics.group("acme", {name: "Acme"});
</script>"""
BATCHING = {"strategy": "batching", "config": {"size": 10, "timeout": 300}}


class Shop(BaseHTTPRequestHandler):
    """A site of a customer: one page, and the package that it has built in."""

    def __init__(self, pages, *rest):
        self.pages = pages
        super().__init__(*rest)

    def do_GET(self):
        path = self.path.partition("?")[0]
        kind = "text/javascript" if path.endswith(".js") else "text/html"
        self.send_response(200 if path in self.pages else 204)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(self.pages.get(path, b""))

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def pages():
    """What the shop shows, by path."""
    return {"/index.js": (VENDOR / "index.js").read_bytes()}


@pytest.fixture
def shop(pages):
    """The address of a customer's site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Shop, pages))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser, shop, site):
    """Open a page of the shop; whatever goes wrong in it or leaves for others fails."""
    troubles, methods, strangers = [], Counter(), []
    context = browser.new_context()
    ours = {urlsplit(shop).netloc, urlsplit(site).netloc}

    def watch(request):
        address = urlsplit(request.url)
        if address.netloc not in ours:
            strangers.append(request.url)
        if address.netloc == urlsplit(site).netloc:
            methods[request.method] += 1

    def note(message):
        if message.type in {"error", "warning"}:
            troubles.append(f"console: {message.text}")

    context.on("request", watch)
    context.on("requestfailed", lambda request: troubles.append(request.url))
    context.on("console", note)
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on(
        "response",
        lambda reply: troubles.append(reply.url) if reply.status >= 400 else None,
    )
    page = context.new_page()

    def open_page(path="/"):
        page.goto(f"{shop}{path}")
        return page, methods

    open_page.troubles = troubles
    yield open_page
    context.close()
    assert (strangers, troubles) == ([], [])


def wait_for(page, delivered, count):
    """Give what came once it is so much, and a little later still no more."""
    end = time.monotonic() + 30
    while len(delivered()) < count and time.monotonic() < end:
        page.wait_for_timeout(200)
    page.wait_for_timeout(1_000)
    return delivered()


def check_visit(messages):
    assert Counter(message.kind for message in messages) == {
        "page": 1,
        "identify": 1,
        "track": ORDERS,
        "group": 1,
    }
    orders = [message for message in messages if message.kind == "track"]
    assert {one.properties["order_id"] for one in orders} == set(range(ORDERS))
    assert {one.user_id for one in orders} == {"u1"}
    assert len({one.anonymous_id for one in messages}) == 1
    (page,) = [message for message in messages if message.kind == "page"]
    assert page.name == "Page Viewed"
    assert page.properties["title"] == "Shop"
    assert {message.flags for message in messages} == {()}


@pytest.mark.parametrize(
    ("strategy", "route", "requests"),
    [
        (
            {"strategy": "standard"},
            {"track", "page", "identify", "group"},
            [ORDERS + 3],
        ),
        (BATCHING, {"batch"}, [2, 3, 4]),
    ],
    ids=["standard", "batching"],
)
def test_the_package_from_another_site(
    visit, site, pages, delivered_once, strategy, route, requests
):
    words = {"key": make_key(kind="browser"), "site": site, "orders": ORDERS}
    pages["/"] = (PACKAGE % {**words, "strategy": json.dumps(strategy)}).encode()

    page, methods = visit()
    messages = wait_for(page, delivered_once, ORDERS + 3)

    check_visit(messages)
    rows = InboxBody.objects.values_list("route", "ip_address")
    assert {row[0] for row in rows} == route
    assert {row[1] for row in rows} <= {"127.0.0.1", "::1"}
    assert len(rows) == methods["POST"]
    assert len(rows) in requests
    assert page.evaluate("errors") == []


@pytest.mark.parametrize("reads_links", [False, True])
def test_the_snippet_from_another_site(visit, site, pages, delivered_once, reads_links):
    key = make_key(kind="browser", reads_links=reads_links)
    values = {"address": site, "key": key}
    snippet = render_to_string("contacts/sources/snippets/website.txt", values)
    pages["/"] = (SNIPPET % {"snippet": snippet, "orders": ORDERS}).encode()
    link = "/?ajs_event=Clicked&ajs_prop_x=1"
    expected = ORDERS + 3 + reads_links

    page, _ = visit(link)
    messages = wait_for(page, delivered_once, expected)

    clicked = [message for message in messages if message.name == "Clicked"]
    assert [message.properties for message in clicked] == [{"x": "1"}] * reads_links
    check_visit([message for message in messages if message.name != "Clicked"])


def test_a_disabled_source_sends_nothing_anywhere(visit, site, pages, delivered):
    """Nor does the client complain to its maker, as it would without settings."""
    words = {"key": make_key(kind="browser"), "site": site, "orders": ORDERS}
    sources.disable_source(source=Source.objects.get(), user=None, now=NOW)
    pages["/"] = (PACKAGE % {**words, "strategy": json.dumps(BATCHING)}).encode()

    page, methods = visit()
    page.wait_for_timeout(2_000)

    assert (delivered(), methods["POST"]) == ([], 0)
    assert f"{site}/v1/projects/{words['key']}/settings" in visit.troubles
    visit.troubles.clear()
