import gzip
import json

import pytest

from contacts.tracking.browser import FOLDER
from tests.contacts.tracking.client import ask
from tests.factories.tracking import make_key

pytestmark = pytest.mark.django_db
QUERY_STRING = next(FOLDER.glob("queryString.bundle.*.js")).name


def show(path, **headers):
    return ask(path, method="GET", **headers)


def script_of(key, name="analytics.min.js", **headers):
    return show(f"/analytics.js/v1/{key}/{name}", **headers)


def test_settings_name_us_and_nobody_else():
    key = make_key(kind="browser")

    reply = show(f"/v1/projects/{key}/settings")

    assert (reply.status, reply.json) == (
        200,
        {
            "integrations": {
                "Segment.io": {
                    "apiKey": key,
                    "apiHost": "testserver/v1",
                    "protocol": "http",
                    "unbundledIntegrations": [],
                    "addBundledMetadata": True,
                }
            },
            "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
            "metrics": {"sampleRate": 0},
            "middlewareSettings": {},
            "enabledMiddleware": {},
            "remotePlugins": [],
            "edgeFunction": {},
            "legacyVideoPluginsEnabled": False,
        },
    )


@pytest.mark.parametrize(
    ("proxies", "headers", "expected"),
    [
        (0, {"HTTP_HOST": "localhost:9000"}, "http localhost:9000"),
        (
            0,
            {"HTTP_HOST": "localhost:9000", "wsgi.url_scheme": "https"},
            "https localhost:9000",
        ),
        (
            0,
            {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_PROTO": "https"},
            "http localhost",
        ),
        (
            1,
            {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_PROTO": "https"},
            "https localhost",
        ),
        (
            1,
            {"HTTP_HOST": "inner", "HTTP_X_FORWARDED_HOST": "x, localhost"},
            "http localhost",
        ),
        # A name that is not ours is not repeated.
        (0, {"HTTP_HOST": "evil.example"}, "http testserver"),
        (0, {"HTTP_HOST": ""}, "http testserver"),
    ],
)
def test_settings_name_the_address_by_which_we_are_known(
    settings, proxies, headers, expected
):
    settings.TRUSTED_PROXIES = proxies

    reply = show(f"/v1/projects/{make_key()}/settings", **headers)

    told = reply.json["integrations"]["Segment.io"]
    assert told["protocol"] + " " + told["apiHost"].removesuffix("/v1") == expected


def test_settings_of_an_unknown_key_are_not_found():
    reply = show("/v1/projects/unknown/settings")

    assert (reply.status, reply.json["code"]) == (404, "unknown_key")


@pytest.mark.parametrize("name", ["analytics.min.js", "analytics.js"])
def test_the_script_knows_its_key_and_its_home(name):
    key = make_key(kind="browser")

    reply = script_of(key, name)

    text = reply.body.decode()
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert f'window.analyticsWriteKey="{key}"' in text
    assert 'a._cdn="http://testserver"' in text
    assert text.count("http://testserver/analytics-next/bundles/") == 1


def test_the_script_leads_to_no_other_host():
    text = script_of(make_key(kind="browser")).body.decode()

    for host in ("cdn.segment.com", "api.segment.io", "cloudflare"):
        assert host in (FOLDER / "standalone.js").read_text()
        assert host not in text


@pytest.mark.parametrize(
    ("reads_links", "options"), [(False, '{"useQueryString": false}'), (True, "{}")]
)
def test_links_carry_events_only_if_the_source_says_so(reads_links, options):
    text = script_of(make_key(kind="browser", reads_links=reads_links)).body.decode()

    assert f"a._loadOptions,{options})" in text


def test_the_script_is_packed_for_who_can_unpack_it():
    key = make_key(kind="browser")
    plain = script_of(key)

    packed = script_of(key, HTTP_ACCEPT_ENCODING="br, GZIP")

    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("host", "packs"),
    [("testserver", True), ("shop.example:8443", True), ("testserver:81", False)],
)
def test_the_script_is_packed_only_for_the_addresses_we_are_known_by(
    settings, host, packs
):
    settings.SITE_URL = "https://shop.example:8443"
    settings.ALLOWED_HOSTS = ["testserver", "shop.example"]
    key = make_key(kind="browser")

    reply = script_of(key, HTTP_HOST=host, HTTP_ACCEPT_ENCODING="gzip")

    assert ("Content-Encoding" in reply.headers) == packs
    text = gzip.decompress(reply.body) if packs else reply.body
    assert f"://{host}/v1".encode() in text or f'"{host}/v1'.encode() in text
    same = script_of(key, HTTP_HOST=host, HTTP_IF_NONE_MATCH=reply.headers["ETag"])
    assert same.status == 304


def test_the_script_is_not_sent_again():
    key = make_key(kind="browser")
    tag = script_of(key).headers["ETag"]

    reply = script_of(key, HTTP_IF_NONE_MATCH=tag)

    assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", tag)
    assert script_of(key, HTTP_IF_NONE_MATCH='"other"').status == 200


@pytest.mark.parametrize("name", ["other.js", "", "analytics.min.js/x"])
def test_other_files_of_a_source_are_not_found(name):
    assert script_of(make_key(), name).status == 404


def test_a_script_of_an_unknown_key_says_so():
    reply = script_of("unknown")

    assert (reply.status, reply.body) == (
        404,
        b"// This write key is unknown, revoked, or of a source that is off.\n",
    )


def test_parts_are_kept_for_ever():
    plain = show(f"/analytics-next/bundles/{QUERY_STRING}")
    packed = show(
        f"/analytics-next/bundles/{QUERY_STRING}", HTTP_ACCEPT_ENCODING="gzip"
    )

    assert plain.body == (FOLDER / QUERY_STRING).read_bytes()
    assert gzip.decompress(packed.body) == plain.body
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "name", ["none.js", "LICENSE.md", "../../js/share.js", "..%2fx.js", ".js", "a/b.js"]
)
def test_nothing_else_is_shown(name):
    assert show(f"/analytics-next/bundles/{name}").status == 404


def test_head_tells_the_length_only():
    path = f"/v1/projects/{make_key()}/settings"

    reply = ask(path, method="HEAD")

    assert reply.body == b""
    assert int(reply.headers["Content-Length"]) == len(json.dumps(show(path).json))


def test_the_published_files_carry_their_license():
    assert "MIT License" in (FOLDER / "LICENSE.md").read_text()
