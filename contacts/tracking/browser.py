"""
What browsers load before they send: the script, its parts, and the settings of a source.

The script is the published one of @segment/analytics-next, from ``static/vendor``; the
addresses in it that lead elsewhere lead here instead, whatever fails.
"""

import json
import re
from functools import lru_cache
from gzip import compress
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from contacts.sources import OpenSource
from contacts.tracking.answers import JSON, Answer, Header

FOLDER = settings.BASE_DIR / "static" / "vendor" / "analytics-next"
BUNDLE = re.compile(r"[\w-]+(\.[\w-]+)*\.js", re.ASCII)
JAVASCRIPT = ("Content-Type", "text/javascript; charset=utf-8")
# The name of a part contains its hash; the script and the settings follow the source.
FOR_EVER = ("Cache-Control", "public, max-age=31536000, immutable")
FOR_A_WHILE = ("Cache-Control", "public, max-age=300")
GZIPPED = [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]

# Before the script: where its parts are, and whether links may carry events.
SETUP = """(function(){var s=document.querySelector(\
"script[data-global-segment-analytics-key]"),\
n=s&&s.dataset.globalSegmentAnalyticsKey||"analytics",a=window[n]=window[n]||[];\
a._cdn=%(home)s;a._loadOptions=Object.assign({},a._loadOptions,%(options)s)})();
"""
# Where the published script would turn without being told otherwise.
ELSEWHERE = {
    b"https://cdnjs.cloudflare.com/ajax/libs/babel-polyfill/7.7.0": b"%(home)s/analytics-next",
    b"https://cdn.segment.com": b"%(home)s",
    b"api.segment.io/v1": b"%(host)s/v1",
    b"__WRITE_KEY__": b"%(key)s",
}


def settings_document(*, key: str, home: str) -> Answer:
    """
    Tell a browser where to send, and that to nobody else.

    A second integration would make it fetch code from other hosts; without this one it
    would send to its maker.
    """
    scheme, _, host = home.partition("://")
    integration = {
        "apiKey": key,
        "apiHost": f"{host}/v1",
        "protocol": scheme,
        "unbundledIntegrations": [],
        "addBundledMetadata": True,
    }
    document: dict[str, Any] = {
        "integrations": {"Segment.io": integration},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "metrics": {"sampleRate": 0},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "remotePlugins": [],
        "edgeFunction": {},
        "legacyVideoPluginsEnabled": False,
    }
    return Answer(200, json.dumps(document).encode(), [JSON, FOR_A_WHILE])


def script(*, key: str, home: str, source: OpenSource, gzip: bool, tag: str) -> Answer:
    """Give the script of a source; ``tag`` is the version that the browser has."""
    if not _is_usual(home):
        body, etag = _write_script(key, home, source.reads_links)
        return _file(body, body, [JAVASCRIPT, FOR_A_WHILE, ("ETag", etag)], False, tag)
    body, packed, etag = _script(key, home, source.reads_links)
    return _file(body, packed, [JAVASCRIPT, FOR_A_WHILE, ("ETag", etag)], gzip, tag)


def bundle(name: str, *, gzip: bool) -> Answer | None:
    """Give a part that the script loads when it needs it; None if there is no such part."""
    found = _bundle(name)
    if found is None:
        return None
    body, packed = found
    return _file(body, packed, [JAVASCRIPT, FOR_EVER], gzip, "")


def _file(
    body: bytes, packed: bytes, headers: list[Header], gzip: bool, tag: str
) -> Answer:
    """Answer with a file, packed if wanted, or say that it is unchanged."""
    if tag and ("ETag", tag) in headers:
        return Answer(304, b"", headers)
    if gzip:
        return Answer(200, packed, [*headers, *GZIPPED])
    return Answer(200, body, [*headers, GZIPPED[1]])


def _is_usual(home: str) -> bool:
    """
    Tell whether this site is known by this address, so that packing for it pays.

    Who asks may write any port behind our name, and any name before an allowed ending.
    """
    host = home.partition("://")[2]
    return host in settings.ALLOWED_HOSTS or host == urlsplit(settings.SITE_URL).netloc


@lru_cache(maxsize=64)
def _script(key: str, home: str, reads_links: bool) -> tuple[bytes, bytes, str]:
    """Write and pack the script for an address that is asked for often."""
    body, etag = _write_script(key, home, reads_links)
    return body, compress(body, mtime=0), etag


def _write_script(key: str, home: str, reads_links: bool) -> tuple[bytes, str]:
    """Put a source's key and our address into the script."""
    body = (FOLDER / "standalone.js").read_bytes()
    words = {
        b"home": home.encode(),
        b"host": home.partition("://")[2].encode(),
        b"key": json.dumps(key)[1:-1].replace("'", "\\'").encode(),
    }
    for there, here in ELSEWHERE.items():
        body = body.replace(there, here % words)
    options = {} if reads_links else {"useQueryString": False}
    setup = SETUP % {"home": json.dumps(home), "options": json.dumps(options)}
    body = setup.encode() + body
    return body, f'"{sha256(body).hexdigest()[:20]}"'


@lru_cache(maxsize=64)
def _bundle(name: str) -> tuple[bytes, bytes] | None:
    """Read a part of the script; None if there is none of the name."""
    if not BUNDLE.fullmatch(name):
        return None
    try:
        body = (FOLDER / name).read_bytes()
    except FileNotFoundError:
        return None
    return body, compress(body, mtime=0)
