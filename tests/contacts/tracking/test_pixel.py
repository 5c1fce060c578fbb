import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import urlencode

import pytest

from contacts.models import InboxBody, Receipt
from contacts.tracking.pixel import GIF, message_of
from tests.contacts.tracking.client import ask
from tests.factories.tracking import make_key

pytestmark = pytest.mark.django_db
OPENED = {"event": "Email Opened", "userId": "ü1??>>", "properties": {"mail": 7}}


def show(kind, values):
    return ask(f"/v1/pixel/{kind}", method="GET", query=urlencode(values))


def kept():
    return [
        (row.route, json.loads(bytes(row.body)))
        for row in InboxBody.objects.order_by("id")
    ]


@pytest.mark.parametrize("write", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("is_padded", [True, False])
def test_a_pixel_carries_a_message_in_base64(write, is_padded):
    message = {**OPENED, "writeKey": make_key()}
    code = write(json.dumps(message, ensure_ascii=False).encode()).decode()

    reply = show("track", {"data": code if is_padded else code.rstrip("=")})

    assert (reply.status, reply.body) == (200, GIF)
    assert reply.headers["Content-Type"] == "image/gif"
    assert reply.headers["Cache-Control"] == "no-store"
    assert kept() == [("track", message)]


def test_a_pixel_carries_a_message_in_its_fields():
    key = make_key()

    show(
        "page",
        {"writeKey": key, "userId": "u1", "name": "", "properties.a.b": "1", "x": "2"},
    )

    assert kept() == [
        (
            "page",
            {
                "writeKey": key,
                "userId": "u1",
                "name": "",
                "properties": {"a": {"b": "1"}},
                "x": "2",
            },
        )
    ]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("track", {}),
        ("track", {"data": "%%%"}),
        ("track", {"data": "é"}),
        ("track", {"data": "AAAA"}),
        ("none", {"userId": "u1"}),
        ("track", {"writeKey": "unknown"}),
    ],
)
def test_a_pixel_is_shown_whatever_it_says(kind, values):
    reply = show(kind, values)

    assert (reply.status, reply.body, kept()) == (200, GIF, [])


def test_a_pixel_that_can_not_be_read_leaves_a_receipt():
    key = make_key()

    ask("/v1/pixel/track", method="GET", query=f"writeKey={key}&data=AAAA")

    assert [receipt.reason for receipt in Receipt.objects.all()] == ["bad_json"]


def test_fields_that_contradict_each_other_do_no_harm():
    values = {"a": "1", "a.b": "2", "c.d": "3", "c": "4", ".": "5"}

    assert json.loads(message_of(values)) == {"a": "1", "c": "4", "": {"": "5"}}
