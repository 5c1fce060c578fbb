"""What clients are told: always JSON with what they look for, always readable across sites."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contacts.tracking.reasons import REASONS

Environ = dict[str, Any]
Header = tuple[str, str]

STATUS_LINES = {
    200: "200 OK",
    204: "204 No Content",
    304: "304 Not Modified",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
    429: "429 Too Many Requests",
    503: "503 Service Unavailable",
}
# How a refused request is answered; 400 if it is not here. Clients of all generations drop
# what gets a 4xx but 429, and come again after 429 and 503.
REASON_STATUS = {
    "body_too_large": 413,
    "no_key": 401,
    "unknown_key": 401,
    "method_not_allowed": 405,
    "rate_limited": 429,
    "busy": 429,
    "unavailable": 503,
}
JSON = ("Content-Type", "application/json")
# Rejected messages that an answer lists; the Debugger has them all.
LISTED = 100

ALLOWED_METHODS = "POST, GET, OPTIONS"
# By name, for an asterisk does not cover the first one.
ALLOWED_HEADERS = "authorization, content-type, content-encoding, x-retry-count"
READABLE_HEADERS = "retry-after, x-ratelimit-reset"
# Browsers cut this down to what they like.
PREFLIGHT_SECONDS = "86400"
ORIGIN_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, before it is known which site asks."""

    status: int
    body: bytes = b""
    headers: list[Header] = field(default_factory=list)

    @property
    def status_line(self) -> str:
        """The status as the server wants it."""
        return STATUS_LINES[self.status]


ACCEPTED = Answer(200, b'{"success":true}', [JSON])


def accept(rejected: Iterable[tuple[int, str, str]] = ()) -> Answer:
    """Say that all is kept but for these: place in the request, reason, details."""
    listed = [
        {
            "index": index,
            "reason": reason,
            "message": f"{REASONS[reason]} {details}".strip(),
        }
        for index, reason, details in rejected
    ]
    if not listed:
        return ACCEPTED
    told: dict[str, Any] = {"success": True, "rejected": listed[:LISTED]}
    if len(listed) > LISTED:
        told["rejected_count"] = len(listed)
    return Answer(200, json.dumps(told).encode(), [JSON])


def refuse(reason: str, details: str = "", *, retry_after: int = 0) -> Answer:
    """Say that a whole request is refused, and when to come again."""
    message = f"{REASONS[reason]} {details}".strip()
    body = {"success": False, "code": reason, "message": message}
    headers = [JSON]
    if retry_after:
        seconds = str(retry_after)
        headers += [("Retry-After", seconds), ("X-RateLimit-Reset", seconds)]
    status = REASON_STATUS.get(reason, 400)
    if status == 401:
        headers.append(("WWW-Authenticate", 'Basic realm="write key"'))
    if status == 413:
        headers.append(("Connection", "close"))
    return Answer(status, json.dumps(body).encode(), headers)


def preflight() -> Answer:
    """Say what a page of another site may send; asked for without a key."""
    return Answer(
        204,
        b"",
        [
            ("Access-Control-Allow-Methods", ALLOWED_METHODS),
            ("Access-Control-Allow-Headers", ALLOWED_HEADERS),
            ("Access-Control-Max-Age", PREFLIGHT_SECONDS),
        ],
    )


def cross_site_headers(environ: Environ) -> list[Header]:
    """
    Let any site read the answer.

    Nothing here goes by cookies, so a site that sends some along gains nothing by it.
    """
    origin = environ.get("HTTP_ORIGIN", "")
    headers = [
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if not origin or len(origin) > ORIGIN_LENGTH or not origin.isprintable():
        return [("Access-Control-Allow-Origin", "*"), *headers]
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", READABLE_HEADERS),
        ("Vary", "Origin"),
        *headers,
    ]
