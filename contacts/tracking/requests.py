"""What is read from a request without Django: the key, the body, who asks, and where."""

from base64 import b64decode
from binascii import Error as NotBase64
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from contacts.sources import PREFIX
from contacts.tracking.answers import Environ
from contacts.tracking.reasons import BodyRefused

CHUNK = 64 * 1024
# A body that is too large is read to twice the limit before it is refused, so that a client
# that only then looks for an answer finds it; nothing of it is kept.
PATIENCE = 2


def read_bytes(environ: Environ) -> bytes:
    """
    Read the body; never more than the limit is kept.

    :raises BodyRefused: if it is larger
    """
    limit = settings.TRACKING_BODY_BYTES
    length = environ.get("CONTENT_LENGTH") or ""
    stream = environ["wsgi.input"]
    if length.isdigit():
        if int(length) > limit:
            if int(length) <= limit * PATIENCE:
                _read_away(stream, int(length))
            raise _too_large(limit)
        return _read_all(stream, int(length))
    if not environ.get("wsgi.input_terminated"):
        return b""
    body = _read_all(stream, limit + 1)
    if len(body) > limit:
        _read_away(stream, limit * (PATIENCE - 1))
        raise _too_large(limit)
    return body


def shown_key(environ: Environ) -> str:
    """
    Find the write key that is shown as the user of basic authentication, or as a bearer's.

    A bearer of something else has it from elsewhere, and shows the key in the body.
    """
    scheme, _, code = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return code.strip() if code.strip().startswith(PREFIX) else ""
    if scheme.lower() != "basic":
        return ""
    try:
        text = b64decode(code.strip() + "==").decode("utf-8", "replace")
    except (NotBase64, ValueError):
        return ""
    return text.partition(":")[0].strip()


def query_values(environ: Environ) -> dict[str, str]:
    """Read what is written behind the question mark; the last value of each name counts."""
    query = environ.get("QUERY_STRING", "")
    if not query:
        return {}
    try:
        values = parse_qs(query, keep_blank_values=True, max_num_fields=1_000)
    except ValueError:
        return {}
    return {name: texts[-1] for name, texts in values.items()}


def sender_address(environ: Environ) -> str | None:
    """Find the address of who asks, believing as many proxies as are ours."""
    text = environ.get("REMOTE_ADDR", "")
    hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        text = hops[-settings.TRUSTED_PROXIES].strip() or text
    return _known_address(text)


def own_address(environ: Environ) -> str:
    """
    Give the address of this site as the one who asks knows it, such as https://host:8000.

    A name that is not ours is not repeated.
    """
    host = environ.get("HTTP_HOST", "")
    if settings.TRUSTED_PROXIES:
        host = environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[-1].strip() or host
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return str(settings.SITE_URL)
    return f"{_scheme(environ, host)}://{host}"


def _scheme(environ: Environ, host: str) -> str:
    """Say how the client reaches us, as far as that can be believed."""
    home = urlsplit(settings.SITE_URL)
    if host == home.netloc:
        return home.scheme
    told = environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")[-1].strip()
    if told in {"http", "https"} and settings.TRUSTED_PROXIES:
        return told
    return str(environ.get("wsgi.url_scheme", "http"))


@lru_cache(maxsize=4096)
def _known_address(text: str) -> str | None:
    """Read an IP address; None if it is none."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _too_large(limit: int) -> BodyRefused:
    """Say that a body is too large."""
    return BodyRefused("body_too_large", f"The limit is {limit:,} bytes.")


def _read_all(stream: Any, length: int) -> bytes:
    """Read so many bytes, or fewer if the client sends no more."""
    body: bytes = stream.read(length)
    if len(body) == length or not body:
        return body
    parts, left = [body], length - len(body)
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _read_away(stream: Any, length: int) -> None:
    """Read what nobody wants, so that the client reads our answer."""
    while length > 0 and (part := stream.read(min(CHUNK, length))):
        length -= len(part)
