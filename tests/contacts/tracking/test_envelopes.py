import json

import pytest

from contacts.tracking.envelopes import read_items
from contacts.tracking.reasons import BodyRefused

USUAL = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"}


@pytest.mark.parametrize(
    ("route", "body", "reason"),
    [
        ("batch", {}, "no_batch"),
        ("batch", {"batch": {}}, "no_batch"),
        ("batch", {"batch": "x", "type": "track"}, "no_batch"),
        ("batch", 5, "body_not_an_object"),
        ("track", [USUAL], "body_not_an_object"),
        ("track", "hello", "body_not_an_object"),
        ("track", None, "body_not_an_object"),
    ],
)
def test_a_request_without_messages_is_refused(route, body, reason):
    with pytest.raises(BodyRefused) as error:
        read_items(json.dumps(body).encode(), encoding="", route=route)

    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("batch", [USUAL]),
        ("batch", USUAL),
        ("track", {"batch": [USUAL]}),
        ("track", USUAL),
    ],
)
def test_messages_are_found_where_clients_put_them(route, body):
    _, items = read_items(json.dumps(body).encode(), encoding="", route=route)

    assert items == [USUAL]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"batch": [{"writeKey": "item"}], "writeKey": "top"}, "top"),
        ({"batch": [{"writeKey": "item"}], "writeKey": ""}, "item"),
        ({"batch": [{"writeKey": 5}]}, ""),
        ({"batch": []}, ""),
        ([{"writeKey": "item"}], "item"),
    ],
)
def test_the_key_is_found_in_the_body(body, key):
    envelope, _ = read_items(json.dumps(body).encode(), encoding="", route="batch")

    assert envelope.write_key == key
