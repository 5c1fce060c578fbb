"""
Fixtures that tests of two apps need; the rest are next to their tests.

A browser test asks for ``page``, or ``marketer_page`` for one that is signed in. Whatever goes
wrong inside the page (an error in the console, an answer of 400 and above, a request to
another host) fails the test; a test that expects such a thing clears ``troubles``.
"""

import os
import shutil
import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import expect

from tests.fresh_rows import keep_baseline, restore_baseline

# Playwright's synchronous interface runs an event loop in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = next(
    filter(
        None,
        map(
            shutil.which,
            ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
        ),
    ),
    None,
)
# A busy machine is slow, not wrong.
expect.set_options(timeout=20_000)
hypothesis_settings.register_profile(
    "patient",
    # Where CI runs, examples are the same each time.
    parent=hypothesis_settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("patient")
# A request that the next edit overtakes, or that the page is left with, and htmx tells so.
BROKEN_OFF = ("console: htmx:sendAbort", "console: htmx:afterRequest")
NO_CHROMIUM = (
    "No Chromium on this machine; install the system's package named chromium "
    "(make test does it where it can)"
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Mark browser tests, and say what several processes share out among them: files."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "page" in names or "context" in names:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))
        item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A test that commits ends with the rows that the migrations made, and no others."""
    with django_db_blocker.unblock():
        keep_baseline()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            TransactionTestCase, "_fixture_teardown", lambda test: restore_baseline()
        )
        yield


def pytest_unconfigure():
    """Stop the embedded server of the tests, if they used it."""
    server = settings.EMBEDDED_POSTGRES if settings.configured else None
    if server is not None and server.is_running():
        connections.close_all()
        server.stop(only_if_idle=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Run the system's Chromium; nothing is downloaded."""
    if not CHROMIUM:
        pytest.fail(NO_CHROMIUM)
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags}


@pytest.fixture
def troubles():
    """What went wrong inside the pages of the test."""
    return []


@pytest.fixture
def context(context, live_server, troubles):
    """A browser context whose pages may not have troubles."""
    home = urlsplit(live_server.url).netloc

    def watch_answer(response):
        if response.status >= 400:
            troubles.append(f"{response.status} from {response.url}")

    def watch_request(request):
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws"} and address.netloc != home:
            troubles.append(f"request to another host: {request.url}")

    def watch_console(message):
        if message.type == "error":
            troubles.append(f"console: {message.text}")

    context.on("response", watch_answer)
    context.on("request", watch_request)
    context.on("console", watch_console)
    context.on("weberror", lambda error: troubles.append(f"script: {error.error}"))
    yield context
    assert [trouble for trouble in troubles if trouble not in BROKEN_OFF] == []


@pytest.fixture
def marketer_page(page, live_server, admin_client):
    """A page whose user is signed in and may do everything."""
    cookie = admin_client.cookies["sessionid"]
    page.context.add_cookies(
        [{"name": "sessionid", "value": cookie.value, "url": live_server.url}]
    )
    yield page
    page.goto("about:blank")
    wait_for_late_requests()


BUSY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND state <> 'idle'
"""


def wait_for_late_requests():
    """The tables are emptied next, which must not meet a request that is still served."""
    until = time.monotonic() + 5
    with connections["default"].cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(BUSY)
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.05)


@pytest.fixture
def repeated_subqueries(db):
    """Leave the planner only those plans that run a subquery again for each row."""
    plans = ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize")
    with connections["default"].cursor() as cursor:
        for name in plans:
            cursor.execute(f"SET enable_{name} = off")
        yield
        for name in plans:
            cursor.execute(f"RESET enable_{name}")
