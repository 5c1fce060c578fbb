import base64
import gzip
import json
from uuid import UUID

import pytest

from contacts.models import InboxBody
from contacts.tracking import dispatcher
from tests.contacts.tracking.client import ask, kept
from tests.factories.tracking import batch, make_key, make_source, track

pytestmark = pytest.mark.django_db
ALL_ROUTES = {
    "/v1/batch": "batch",
    "/v1/b": "batch",
    "/v1/import": "batch",
    "/v1/track": "track",
    "/v1/t": "track",
    "/v1/identify": "identify",
    "/v1/i": "identify",
    "/v1/page": "page",
    "/v1/p": "page",
    "/v1/screen": "screen",
    "/v1/s": "screen",
    "/v1/group": "group",
    "/v1/g": "group",
    "/v1/alias": "alias",
    "/v1/a": "alias",
}


@pytest.mark.parametrize(("path", "route"), ALL_ROUTES.items())
@pytest.mark.parametrize("end", ["", "/"])
def test_each_route_keeps_what_comes(path, route, end):
    key = make_key()
    body = batch(track()) if route == "batch" else json.dumps(track()).encode()

    reply = ask(path + end, body, key=key)

    assert (reply.status, reply.json) == (200, {"success": True})
    assert reply.headers["Content-Type"] == "application/json"
    assert kept() == [(route, body)]


def test_what_is_kept_is_written_whole():
    source = make_source(kind="browser")
    body = gzip.compress(batch(track()))

    ask("/v1/b", body, key=make_key(source=source), HTTP_CONTENT_ENCODING="gzip")

    row = InboxBody.objects.get()
    assert (row.source, row.route, row.encoding, row.body, row.ip_address) == (
        source,
        "batch",
        "gzip",
        body,
        "192.0.2.7",
    )
    assert isinstance(row.uid, UUID)
    assert (row.attempts, row.retry_at, row.error) == (0, None, "")


def test_a_trusted_proxy_tells_the_address(settings):
    settings.TRUSTED_PROXIES = 1
    body = json.dumps(track()).encode()

    ask(
        "/v1/t",
        body,
        key=make_key(kind="mobile"),
        HTTP_X_FORWARDED_FOR="x, 2001:db8::1",
    )

    assert InboxBody.objects.get().ip_address == "2001:db8::1"


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/v1/batch", {}),
        ("/v1/batch", {"key": "unknown"}),
        ("/v1/m", {}),
        ("/v1/batch", {"method": "GET"}),
        ("/v1/projects/unknown/settings", {"method": "GET"}),
        ("/analytics.js/v1/unknown/analytics.min.js", {"method": "GET"}),
        ("/analytics-next/bundles/none.js", {"method": "GET"}),
        ("/v1/pixel/page", {"method": "GET"}),
    ],
)
def test_any_site_may_read_any_answer(path, options):
    reply = ask(path, HTTP_ORIGIN="https://shop.example", **options)

    assert reply.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
    assert reply.headers["Access-Control-Expose-Headers"] == (
        "retry-after, x-ratelimit-reset"
    )


def test_without_an_origin_all_may_read():
    assert ask("/v1/m").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        *ALL_ROUTES,
        "/v1/m",
        "/v1/pixel/track",
        "/v1/projects/key/settings",
        "/analytics.js/v1/key/analytics.min.js",
        "/analytics-next/bundles/x.js",
    ],
)
def test_a_preflight_needs_no_key(path):
    reply = ask(path, method="OPTIONS", HTTP_ORIGIN="https://shop.example")

    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers == {
        "Access-Control-Allow-Origin": "https://shop.example",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
        "Access-Control-Allow-Headers": (
            "authorization, content-type, content-encoding, x-retry-count"
        ),
        "Access-Control-Expose-Headers": "retry-after, x-ratelimit-reset",
        "Access-Control-Max-Age": "86400",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Origin",
        "X-Content-Type-Options": "nosniff",
    }


def test_a_browsers_numbers_about_itself_are_dropped():
    reply = ask("/v1/m", b'{"series": []}')

    assert (reply.status, reply.json, kept()) == (200, {"success": True}, [])


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/batch"), ("PUT", "/v1/t"), ("POST", "/v1/pixel/page")],
)
def test_another_method_is_refused_with_json(method, path):
    reply = ask(path, method=method)

    assert (reply.status, reply.json["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/", "/v1/conversions", "/v1/batches", "/v1/projects/x", "/r/code"],
)
def test_the_rest_is_django(path):
    reply = ask(path)

    assert (reply.status, reply.body) == (299, b"django")


def test_a_mistake_of_ours_makes_clients_come_again(monkeypatch, caplog):
    def fail(delivery):
        raise KeyError("mistake")

    monkeypatch.setattr(dispatcher, "take", fail)

    reply = ask("/v1/batch", batch(track()), key=make_key())

    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    assert [record.message for record in caplog.records] == ["The tracking API failed"]


def test_django_answers_the_same(client):
    """As the server of the tests and the client of the tests ask."""
    key = make_key()
    code = base64.b64encode(f"{key}:".encode()).decode()

    reply = client.post(
        "/v1/batch",
        batch(track()),
        content_type="text/plain",
        headers={"authorization": f"Basic {code}", "origin": "https://shop.example"},
    )

    assert (reply.status_code, reply.json(), len(kept())) == (200, {"success": True}, 1)
    assert reply["Access-Control-Allow-Origin"] == "https://shop.example"
    assert client.get("/v1/pixel/page").status_code == 200
    assert client.options("/v1/t").status_code == 204
    assert client.get("/analytics.js/v1/x/analytics.min.js").status_code == 404
    assert client.get("/v1/projects/x").status_code == 404
    assert client.post("/v1/conversions").status_code == 401
