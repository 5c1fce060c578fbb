"""
In front of Django: leads friends on at once, where nothing is the matter.

Who comes to the running offer of a program that leads straight to the shop needs no session and
no form. The visit is committed by one statement (``referrals.waiting_visits``), or with
``GREENLIGHT_BUFFER_VISITS`` kept in a file without any. Everything else, like an own link, a card
for a chat or an offer that has ended, is answered by Django.
"""

import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import Error, connection
from django.http.request import HttpHeaders
from django.utils.encoding import iri_to_uri

from referrals.arrivals import Arrival
from referrals.fraud.known import AD_PARAMETERS
from referrals.landing import RUNNING, Tags, state_of, way_on
from referrals.links import (
    DestinationError,
    clean_channel,
    clean_word,
    find_advocate,
    read_mailed_at,
)
from referrals.models import Program
from referrals.robots import PREVIEW, classify
from referrals.views.link import OWN_COOKIE
from referrals.visit_buffer import Buffer, line_of
from referrals.waiting_visits import let_wait, version_of

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

PATH = re.compile(r"/r/([A-Za-z0-9][A-Za-z0-9_.-]{1,49})")
# How long what is known of a link is believed: so late a pause or a new address counts.
KNOWN_SECONDS = 5.0
KNOWN_AT_MOST = 20_000
# Stands in an address for the click id, which is another each time.
MARK = "gl0click0id"
HEADERS = [
    ("Content-Length", "0"),
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("X-Content-Type-Options", "nosniff"),
]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Way:
    """Where a link leads, and to whom its visits belong; ``until`` is when to look again."""

    contact_id: int
    advocate_id: int
    before: str
    after: str
    until: float
    # Of the program; what is recorded in the database is compared with it.
    version: str = ""


class QuickLinks:
    """A WSGI application in front of another one."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.buffer = Buffer() if settings.BUFFER_VISITS else None
        self.ways: OrderedDict[tuple[str, str, str], Way] = OrderedDict()
        self.lock = Lock()
        self.headers = list(HEADERS)
        if seconds := getattr(settings, "SECURE_HSTS_SECONDS", 0):
            hsts = f"max-age={seconds}; includeSubDomains"
            self.headers.append(("Strict-Transport-Security", hsts))

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Lead a friend on, or let the other application answer."""
        url = self._lead_on(environ) if environ["REQUEST_METHOD"] == "GET" else ""
        if not url:
            return self.application(environ, start_response)
        start_response("302 Found", [*self.headers, ("Location", url)])
        return []

    def _lead_on(self, environ: Environ) -> str:
        """Keep the visit and write where it leads; blank if that is not for us to say."""
        found = PATH.fullmatch(environ.get("PATH_INFO", ""))
        if found is None or not is_plain(environ):
            return ""
        query = environ.get("QUERY_STRING", "")
        tags = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
        headers = HttpHeaders(environ)
        if "p" in tags or classify(method="GET", headers=headers).kind == PREVIEW:
            return ""
        channel = clean_channel(tags.get("c", "")[:20])
        asset = clean_word(tags.get("a", "")[:40])
        key = (found[1].lower(), channel, asset)
        way = self._way_of(key)
        if way is None:
            return ""
        arrival = Arrival(
            address=address_of(environ),
            headers=headers,
            channel=channel,
            asset=asset,
            mailed_at=read_mailed_at(tags.get("m", "")[:8]),
            ad_parameter=next((name for name in AD_PARAMETERS if name in tags), ""),
        )
        click_id = secrets.token_urlsafe(16)
        if not self._keep(way, arrival, click_id):
            self._forget(key)
            return ""
        return f"{way.before}{click_id}{way.after}"

    def _keep(self, way: Way, arrival: Arrival, click_id: str) -> bool:
        """Keep the visit; False if that can't be done, so that Django does all."""
        now = datetime.now(UTC)
        if self.buffer is None:
            return record(way, arrival, click_id, now)
        line = line_of(
            contact_id=way.contact_id,
            advocate_id=way.advocate_id,
            arrival=arrival,
            click_id=click_id,
            at=now,
        )
        try:
            self.buffer.append(line)
        except OSError:
            log.exception("A visit can't be kept in a file.")
            return False
        return True

    def _forget(self, key: tuple[str, str, str]) -> None:
        """Look a link up anew the next time."""
        with self.lock:
            self.ways.pop(key, None)

    def _way_of(self, key: tuple[str, str, str]) -> Way | None:
        """Say where a link leads, as it was known a moment ago or as it is."""
        way = self.ways.get(key)
        if way and way.until > monotonic():
            return way
        try:
            way = look_up(key[0], Tags(*key[1:]))
        except Error:
            # Django answers, by a new connection.
            log.exception("A link can't be looked up.")
            connection.close()
            return None
        with self.lock:
            self.ways.pop(key, None)
            if way:
                self.ways[key] = way
            while len(self.ways) > KNOWN_AT_MOST:
                self.ways.popitem(last=False)
        return way


def look_up(code: str, tags: Tags) -> Way | None:
    """Find where a link leads; None unless it leads straight to the shop."""
    advocate = find_advocate(code)
    if advocate is None:
        return None
    # The version first: if the program changes in between, the visit is not recorded by it.
    version = version_of(advocate.program_id)
    advocate.program = program = Program.objects.get(pk=advocate.program_id)
    is_straight = program.landing == Program.Landing.DESTINATION
    now = datetime.now(UTC)
    if (
        not is_straight
        or "{language}" in program.tag_template
        or state_of(advocate, own_advocate_id=0, now=now) != RUNNING
    ):
        return None
    try:
        url = iri_to_uri(way_on(advocate, tags, click_id=MARK, language=""))
    except DestinationError:
        return None
    before, _, after = url.rpartition(MARK)
    until = monotonic() + KNOWN_SECONDS
    return Way(advocate.contact_id, advocate.pk, before, after, until, version)


def record(way: Way, arrival: Arrival, click_id: str, now: datetime) -> bool:
    """Commit a visit; False if the link is not what it was, or the database fails."""
    try:
        return let_wait(
            contact_id=way.contact_id,
            advocate_id=way.advocate_id,
            version=way.version,
            click_id=click_id,
            arrival=arrival,
            now=now,
        )
    except Error:
        # Django answers, by a new connection.
        log.exception("A visit can't be recorded at once.")
        connection.close()
        return False


def is_plain(environ: Mapping[str, Any]) -> bool:
    """Whether it is nobody's own browser, and came the way that the site wants."""
    if OWN_COOKIE in environ.get("HTTP_COOKIE", ""):
        return False
    if not getattr(settings, "SECURE_SSL_REDIRECT", False):
        return True
    is_encrypted = environ.get("HTTP_X_FORWARDED_PROTO") == "https"
    return is_encrypted or environ.get("wsgi.url_scheme") == "https"


def address_of(environ: Mapping[str, Any]) -> str:
    """Name the address of the sender, as ``views.requests.client_address`` does."""
    direct = str(environ.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return direct
    told = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    hops = [hop.strip() for hop in told]
    return str(hops[-settings.TRUSTED_PROXIES :][0] or direct)
