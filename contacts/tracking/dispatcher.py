"""
In front of Django: answers what clients of the tracking API ask, passes on the rest.

The hot routes need no session, no user and no protection of forms, so none of that runs.
Nothing here redirects, and nothing that a client sends makes it fail.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from contacts import sources
from contacts.tracking import browser
from contacts.tracking.answers import (
    ACCEPTED,
    JSON,
    Answer,
    Environ,
    cross_site_headers,
    preflight,
    refuse,
)
from contacts.tracking.bell import Bell
from contacts.tracking.fields import BATCH, KINDS
from contacts.tracking.pixel import GIF, message_of
from contacts.tracking.plain import EVENTS
from contacts.tracking.reasons import BodyRefused
from contacts.tracking.requests import (
    own_address,
    query_values,
    read_bytes,
    sender_address,
    shown_key,
)
from contacts.tracking.take import (
    AWAY_SECONDS,
    answer_with_database,
    make_delivery,
    refuse_unread,
    take,
)

Application = Callable[[Environ, Any], Iterable[bytes]]

log = logging.getLogger(__name__)

PREFIXES = ("/v1/", "/analytics.js/v1/", "/analytics-next/bundles/")
ROUTES = {
    "/v1/batch": BATCH,
    "/v1/b": BATCH,
    "/v1/import": BATCH,
    "/v1/events": EVENTS,
    **{f"/v1/{kind}": kind for kind in KINDS},
    **{f"/v1/{kind[0]}": kind for kind in KINDS},
}
METRICS = "/v1/m"
PIXEL = "/v1/pixel/"
PROJECTS = "/v1/projects/"
SETTINGS = "/settings"
SCRIPT = "/analytics.js/v1/"
SCRIPT_FILES = {"analytics.min.js", "analytics.js"}
BUNDLES = "/analytics-next/bundles/"
NO_SCRIPT = b"// This write key is unknown, revoked, or of a source that is off.\n"
NO_BUNDLE = b"// There is no such file.\n"
IMAGE = [
    ("Content-Type", "image/gif"),
    ("Cache-Control", "no-store"),
]


class Dispatcher:
    """A WSGI application in front of another one."""

    def __init__(self, application: Application, *, rings: bool = False) -> None:
        self.application = application
        self.bell = Bell() if rings else None

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer what is ours, and let the other application answer the rest."""
        path = environ.get("PATH_INFO", "")
        answer = _respond_safely(environ) if path.startswith(PREFIXES) else None
        if answer is None:
            return self.application(environ, start_response)
        if self.bell and answer.status == 200 and environ["REQUEST_METHOD"] == "POST":
            self.bell.ring()
        headers = [*answer.headers, *cross_site_headers(environ)]
        if answer.status not in {204, 304}:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(answer.status_line, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


def _respond_safely(environ: Environ) -> Answer | None:
    """Answer; if that fails by a mistake of ours, let the client come again."""
    try:
        return respond(environ)
    except Exception:
        log.exception("The tracking API failed")
        return refuse("unavailable", retry_after=AWAY_SECONDS)


def respond(environ: Environ) -> Answer | None:
    """Answer a request of a client; None if the address is not one of ours."""
    path = environ.get("PATH_INFO", "").rstrip("/")
    method = environ["REQUEST_METHOD"]
    route = ROUTES.get(path)
    if route or path == METRICS:
        expected = "POST"
    elif path.startswith((PIXEL, SCRIPT, BUNDLES)) or _is_settings(path):
        expected = "GET"
    else:
        return None
    if method == "OPTIONS":
        return preflight()
    if method != expected and not (method == "HEAD" and expected == "GET"):
        return refuse("method_not_allowed", f"Send it by {expected}.")
    if expected == "GET":
        return _show(path, environ)
    if route:
        return _receive(environ, route)
    return ACCEPTED


def _receive(environ: Environ, route: str) -> Answer:
    """Take what a client posts."""
    delivery = make_delivery(
        route=route,
        body=b"",
        shown_key=shown_key(environ),
        query_key=query_values(environ).get("writeKey", ""),
        encoding=environ.get("HTTP_CONTENT_ENCODING", "").strip().lower(),
        ip_address=sender_address(environ),
        now=timezone.now(),
    )
    try:
        delivery.body = read_bytes(environ)
    except BodyRefused as refusal:
        return refuse_unread(refusal, delivery)
    except OSError:
        # Who sent it has gone in the middle; there is nobody to tell.
        return refuse("bad_json", "It ends in the middle.")
    return take(delivery)


def _show(path: str, environ: Environ) -> Answer:
    """Answer what a client asks for."""
    if path.startswith(PIXEL):
        return _take_pixel(path.removeprefix(PIXEL), environ)
    gzip = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "").lower()
    if path.startswith(BUNDLES):
        found = browser.bundle(path.removeprefix(BUNDLES), gzip=gzip)
        return found or Answer(404, NO_BUNDLE, [browser.JAVASCRIPT])
    return answer_with_database(lambda: _show_source(path, environ, gzip))


def _show_source(path: str, environ: Environ, gzip: bool) -> Answer:
    """Show a browser the settings or the script of the source whose key is in the path."""
    is_settings = path.startswith(PROJECTS)
    prefix = PROJECTS if is_settings else SCRIPT
    key, _, name = path.removeprefix(prefix).partition("/")
    source = sources.find_source(key, now=timezone.now())
    home = own_address(environ)
    if is_settings:
        if source is None:
            return Answer(404, refuse("unknown_key").body, [JSON])
        return browser.settings_document(key=key, home=home)
    if source is None or name not in SCRIPT_FILES:
        return Answer(404, NO_SCRIPT, [browser.JAVASCRIPT])
    tag = environ.get("HTTP_IF_NONE_MATCH", "")
    return browser.script(key=key, home=home, source=source, gzip=gzip, tag=tag)


def _take_pixel(kind: str, environ: Environ) -> Answer:
    """Take the message that an image's address carries; always show the image."""
    if kind in KINDS:
        values = query_values(environ)
        delivery = make_delivery(
            route=kind,
            body=message_of(values),
            query_key=values.get("writeKey", ""),
            ip_address=sender_address(environ),
            now=timezone.now(),
        )
        take(delivery)
    return Answer(200, GIF, IMAGE)


def _is_settings(path: str) -> bool:
    """Tell whether the settings of a source are asked for."""
    return path.startswith(PROJECTS) and path.endswith(SETTINGS)
