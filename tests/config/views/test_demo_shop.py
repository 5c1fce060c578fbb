import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

pytestmark = [
    pytest.mark.urls("tests.config.demo_urls"),
    pytest.mark.django_db,
]
PERSON = {"first_name": "Ben", "email": "ben@x.example"}


@pytest.fixture
def endpoint(settings):
    """Stands for the conversion endpoint: keeps what it is sent, answers as told."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(length))
            server.received.append((self.path, self.headers["Authorization"], body))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    server.received, server.status = [], 200
    thread = Thread(target=server.serve_forever)
    thread.start()
    settings.SITE_URL = f"http://127.0.0.1:{server.server_port}"
    settings.DEMO_KEY = "glk_demo"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_friend_signs_up_and_orders_once(client, endpoint):
    landing = client.get("/demo-shop/?gl_click=c123")
    client.get("/demo-shop/")
    signed_up = client.post("/demo-shop/", PERSON, follow=True)
    ordered = client.post("/demo-shop/order/")
    client.post("/demo-shop/order/")

    assert "A friend sent you" in landing.content.decode()
    assert signed_up.redirect_chain == [("/demo-shop/welcome/", 302)]
    assert "Welcome, Ben" in signed_up.content.decode()
    assert "Thank you, Ben" in ordered.content.decode()
    order_id = endpoint.received[1][2]["order_id"]
    order = {"order_id": order_id, "value": 24.5, "currency": "USD"}
    person = {**PERSON, "click_id": "c123"}
    assert endpoint.received == [
        ("/v1/conversions", "Bearer glk_demo", {**person, "event": "signed_up"}),
        *[
            (
                "/v1/conversions",
                "Bearer glk_demo",
                {**person, **order, "event": "order_completed"},
            )
        ]
        * 2,
    ]


def test_visitor_without_a_link_signs_up_too(client, endpoint):
    landing = client.get("/demo-shop/")
    client.post("/demo-shop/", PERSON)

    assert "A friend sent you" not in landing.content.decode()
    assert endpoint.received[0][2] == {**PERSON, "event": "signed_up"}


def test_form_says_what_is_missing(client, endpoint):
    page = client.post("/demo-shop/", {"first_name": "", "email": "ben"})

    assert page.content.decode().count('role="alert"') == 2
    assert endpoint.received == []


@pytest.mark.parametrize("status", [401, 500])
def test_refusal_is_shown_and_nothing_is_forgotten(client, endpoint, status):
    endpoint.status = status

    page = client.post("/demo-shop/", PERSON).content.decode()

    assert f"Greenlight refused the report ({status})." in page
    assert "ben@x.example" in page


def test_silence_is_shown(client, settings):
    settings.SITE_URL = "http://127.0.0.1:1"

    page = client.post("/demo-shop/", PERSON).content.decode()

    assert "can&#x27;t reach Greenlight" in page


def test_refused_order_can_be_placed_again(client, endpoint):
    client.post("/demo-shop/", PERSON)
    endpoint.status = 500

    page = client.post("/demo-shop/order/").content.decode()

    assert "Greenlight refused the report (500)." in page
    assert "Place a first order" in page


def test_welcome_is_for_who_has_signed_up(client):
    assert client.get("/demo-shop/welcome/")["Location"] == "/demo-shop/"
    assert client.post("/demo-shop/order/")["Location"] == "/demo-shop/"
