"""
One request to an address that somebody has typed.

Only ``https``, only to the public: the name is resolved once, every address of it is checked,
and the connection goes to one that was checked, whatever the name says a moment later. Nothing
is followed, no proxy of the environment is asked, and time and size have limits. For development
a setting names hosts that are exempt from ``https`` and from being public.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri

from contacts.outgoing.public import is_public

MOST_LENGTH = 500
USUAL_PORTS = {"https": 443, "http": 80}
PORTS = (443, 8443)
USER_AGENT = "Greenlight"
LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True)
class Limits:
    """How long a request may take, in seconds, and how much of the answer is read."""

    connect: float = 5
    read: float = 10
    total: float = 15
    answer_bytes: int = 16_384


@dataclass(frozen=True)
class Target:
    """An address taken apart; ``is_exempt`` for the hosts that development names."""

    scheme: str
    host: str
    port: int
    path: str
    is_exempt: bool


@dataclass(frozen=True)
class Answer:
    """What the other side said, and how long it took."""

    status: int
    text: str
    seconds: float
    retry_after: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it took what was sent."""
        return 200 <= self.status < 300


class OutgoingError(Exception):
    """There is no answer; the message says why."""


class TargetRefused(OutgoingError):
    """The address is none that we send to; nothing was tried."""


class NotConnected(OutgoingError):
    """The other side can't be reached; nothing has left."""


class NoAnswer(OutgoingError):
    """It left, at least in part, and nobody knows what became of it."""


def read_target(url: str) -> Target:
    """
    Take an address apart.

    :raises TargetRefused: if it is none that we send to
    """
    if len(url) > MOST_LENGTH or not url.isprintable() or " " in url or "\\" in url:
        raise TargetRefused("This is not an address such as https://example.com/hooks.")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except (ValueError, UnicodeError) as error:
        raise TargetRefused("This is not an address that can be read.") from error
    is_exempt = host in settings.OUTGOING_HOSTS
    if not host or parts.username is not None or parts.password is not None:
        raise TargetRefused("The address needs a host, and no name or password in it.")
    if parts.scheme != "https" and not (is_exempt and parts.scheme == "http"):
        raise TargetRefused("The address has to begin with https://.")
    port = port if port is not None else USUAL_PORTS[parts.scheme]
    if port not in PORTS and not is_exempt:
        raise TargetRefused("The port has to be 443 or 8443.")
    path = iri_to_uri((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    return Target(parts.scheme, host, port, path, is_exempt)


def find_addresses(target: Target) -> list[str]:
    """
    Resolve a name, once; each of its addresses must be public.

    :raises NotConnected: if there is no such name
    :raises TargetRefused: if one of them is not public
    """
    try:
        found = socket.getaddrinfo(
            target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
    except (OSError, UnicodeError) as error:
        raise NotConnected(f"There is no host “{target.host}”.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not target.is_exempt and not all(map(is_public, addresses)):
        raise TargetRefused(f"“{target.host}” is not on the public internet.")
    return addresses


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    limits: Limits = Limits(),
) -> Answer:
    """
    Post a document and read the beginning of the answer; a redirect is an answer like others.

    :raises TargetRefused: if the address is none that we send to
    :raises NotConnected: if nothing has left
    :raises NoAnswer: if something has left, and no whole answer came
    """
    target = read_target(url)
    began = monotonic()
    end = began + limits.total
    plain = _dial(target, find_addresses(target), limits, end)
    with _speaking(target, plain, limits, end) as connection:
        try:
            connection.request(
                "POST",
                target.path,
                body=body,
                headers={
                    "User-Agent": USER_AGENT,
                    "Accept-Encoding": "identity",
                    "Connection": "close",
                    **headers,
                },
            )
            response = connection.getresponse()
        except (OSError, HTTPException) as error:
            raise NoAnswer(_words(error)) from error
        with response:
            text = _read(response, limits)
        retry_after = response.headers.get("Retry-After", "")
        return Answer(response.status, text, monotonic() - began, retry_after)


def wait_from(retry_after: str, *, now: datetime) -> timedelta | None:
    """Read how long the other side asks us to wait, at most a day; None if it does not say."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _dial(
    target: Target, addresses: list[str], limits: Limits, end: float
) -> socket.socket:
    """
    Connect to the first address that answers; a literal address is not looked up again.

    :raises NotConnected: if none of them answers
    """
    problem = "Nobody answers."
    for address in addresses:
        left = min(limits.connect, end - monotonic())
        if left <= 0:
            break
        plain = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        plain.settimeout(left)
        try:
            plain.connect((address, target.port))
        except OSError as error:
            plain.close()
            problem = _words(error)
        else:
            return plain
    raise NotConnected(f"“{target.host}” can’t be reached: {problem}")


@contextmanager
def _speaking(
    target: Target, plain: socket.socket, limits: Limits, end: float
) -> Iterator[HTTPConnection]:
    """
    Speak over a connection, which is cut when the whole time is over.

    :raises NotConnected: if its certificate is not that of the host
    """
    spoken = plain
    if target.scheme == "https":
        spoken = _context().wrap_socket(
            plain, server_hostname=target.host, do_handshake_on_connect=False
        )
    watchdog = Timer(max(end - monotonic(), 0), _cut, [spoken])
    watchdog.daemon = True
    watchdog.start()
    try:
        spoken.settimeout(limits.read)
        if isinstance(spoken, ssl.SSLSocket):
            _shake_hands(spoken, target)
        connection = HTTPConnection(target.host, target.port)
        # So the port stands in the header "Host" only where it is not the usual one.
        connection.default_port = USUAL_PORTS[target.scheme]
        connection.sock = spoken
        yield connection
    finally:
        watchdog.cancel()
        spoken.close()


def _shake_hands(spoken: ssl.SSLSocket, target: Target) -> None:
    """
    Agree on keys with a host that shows the right certificate.

    :raises NotConnected: if it does not
    """
    try:
        spoken.do_handshake()
    except OSError as error:
        raise NotConnected(
            f"“{target.host}” can’t be reached safely: {_words(error)}"
        ) from error


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    """Read the certificates that the system trusts, once."""
    return ssl.create_default_context()


def _cut(spoken: socket.socket) -> None:
    """End a conversation that takes too long, from outside; whoever waits for it goes on."""
    with suppress(OSError):
        # Of the plain socket: that of TLS would take its state away from who uses it.
        socket.socket.shutdown(spoken, socket.SHUT_RDWR)


def _read(response: HTTPResponse, limits: Limits) -> str:
    """Read the beginning of an answer, as far as it comes: its status is known already."""
    with suppress(OSError, HTTPException):
        return response.read(limits.answer_bytes).decode("utf-8", "replace")
    return ""


def _words(error: Exception) -> str:
    """Say what went wrong, in short."""
    if isinstance(error, TimeoutError):
        return "It took too long."
    reason = getattr(error, "strerror", "") or str(error)
    return (reason or type(error).__name__)[:300]
