import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Contact, Event
from referrals.endpoint_keys import create_key, revoke_key
from referrals.models import EndpointKey, Referral
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import NOW, make_advocate, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(db):
    return create_key(name="Shop", user=None, now=NOW)[1]


def send(key, body, **words):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return Client(enforce_csrf_checks=True).post(
        "/v1/conversions",
        text,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
        **words,
    )


def result_of(key, **item):
    answer = send(key, item).json()
    assert len(answer["results"]) == 1
    return answer["results"][0]


def test_a_friend_signs_up_and_orders(key):
    advocate = make_advocate()
    visit = make_visit(advocate, now=timezone.now() - timedelta(hours=2))

    signed_up = send(
        key,
        {
            "event": "signed_up",
            "email": "Grace@Example.com",
            "user_id": 42,
            "first_name": "Grace",
            "last_name": "Hopper",
            "locale": "en-US",
            "time_zone": "America/New_York",
            "click_id": visit.click_id,
            "unknown_field": {"is_superuser": True},
        },
    )
    ordered = result_of(
        key,
        event="order_completed",
        user_id="42",
        order_id=1001,
        value=49.9,
        currency="eur",
    )

    assert signed_up.status_code == 200
    assert signed_up.json() == {
        "accepted": 1,
        "refused": 0,
        "results": [
            {
                "index": 0,
                "status": "accepted",
                "event": "signed_up",
                "contact": "created",
                "referral": {"status": "credited"},
            }
        ],
    }
    assert ordered == {
        "index": 0,
        "status": "accepted",
        "event": "order_completed",
        "contact": "found",
        "referral": {"status": "already_credited"},
    }
    friend = Contact.objects.get(email="grace@example.com")
    assert (friend.first_name, friend.last_name) == ("Grace", "Hopper")
    assert (friend.locale, friend.time_zone) == ("en-US", "America/New_York")
    referral = Referral.objects.get()
    assert (referral.contact, referral.stage) == (friend, "won")
    order = Event.objects.get(name="order_completed")
    assert (order.key, order.properties) == (
        "order:1001",
        {"order_id": "1001", "total": 49.9, "currency": "EUR"},
    )


def test_what_comes_twice_counts_once(key):
    item = {
        "event": "order_completed",
        "email": "grace@example.com",
        "order_id": "A-1",
        "code": make_advocate().code,
    }

    first, second = result_of(key, **item), result_of(key, **item)

    assert (first["status"], first["referral"]) == ("accepted", {"status": "credited"})
    assert (second["status"], second["referral"]) == (
        "duplicate",
        {"status": "already_credited"},
    )
    assert Event.objects.filter(name="order_completed").count() == 1
    assert Event.objects.filter(name="referral_won").count() == 1


def test_a_message_id_makes_a_sign_up_count_once(key):
    person = {"event": "signed_up", "email": "grace@example.com"}

    statuses = [
        result_of(key, **person, message_id=message_id)["status"]
        for message_id in ("m1", "m1", "m2")
    ]

    assert statuses == ["accepted", "duplicate", "accepted"]


def test_a_repeated_order_keeps_its_first_time(key):
    advocate, friend = make_advocate(), make_contact()
    long_ago = timezone.now() - timedelta(days=3)
    order = {"event": "order_completed", "email": friend.email, "order_id": "1"}
    result_of(key, **order, occurred_at=long_ago.isoformat())
    result_of(key, event="signed_up", email=friend.email, code=advocate.code)

    result_of(key, **order)

    assert not Referral.objects.filter(won_at__isnull=False).exists()


def test_a_refused_referral_says_why(key):
    advocate = make_advocate()

    own = result_of(
        key, event="signed_up", email=advocate.contact.email, code=advocate.code
    )
    unknown = result_of(
        key, event="signed_up", email="grace@example.com", click_id="nope"
    )
    result_of(key, event="order_completed", email="old@example.com", order_id="1")
    visit = make_visit(advocate, now=timezone.now())
    old = result_of(
        key,
        event="order_completed",
        email="old@example.com",
        order_id="2",
        click_id=visit.click_id,
    )

    assert own["status"] == unknown["status"] == "accepted"
    assert own["referral"] == {
        "status": "refused",
        "code": "own_link",
        "reason": "It is the advocate's own link: nobody refers himself.",
    }
    assert unknown["referral"]["code"] == "unknown_click"
    assert old["referral"] == {
        "status": "refused",
        "code": "existing_customer",
        "reason": "The friend was a customer before.",
    }


GOOD = {"event": "signed_up", "email": "grace@example.com"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event": "paid"}, "event"),
        ({"event": None}, "event"),
        ({"event": 5}, "event"),
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"email": "grace@"}, "email"),
        ({"email": ["grace@example.com"]}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"first_name": "Gr\x00ce"}, "first_name"),
        ({"first_name": "\ud83d"}, "first_name"),
        ({"first_name": {"$gt": ""}}, "first_name"),
        ({"last_name": "x" * 201}, "last_name"),
        ({"user_id": 10**30}, "user_id"),
        ({"user_id": True}, "user_id"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"event": "order_completed"}, "order_id"),
        ({"value": "49.90", "currency": "EUR"}, "value"),
        ({"value": True, "currency": "EUR"}, "value"),
        ({"value": 10**400, "currency": "EUR"}, "value"),
        ({"value": 1e13, "currency": "EUR"}, "value"),
        ({"value": float("nan"), "currency": "EUR"}, "value"),
        ({"value": float("-inf"), "currency": "EUR"}, "value"),
        ({"value": 5}, "currency"),
        ({"value": 5, "currency": "€€€"}, "currency"),
        ({"email": float("nan")}, "email"),
        ({"email": f"a@{'İ' * 60}.{'İ' * 60}.{'İ' * 60}.com"}, "email"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-02-30T10:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2026-02-20T10:00:00"}, "occurred_at"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": 1700000000}, "occurred_at"),
    ],
)
def test_a_bad_item_is_refused_and_the_others_are_not(key, changes, field):
    answer = send(key, [GOOD | changes, GOOD]).json()

    refused, accepted = answer["results"]
    assert (answer["accepted"], answer["refused"]) == (1, 1)
    assert (refused["index"], refused["status"], refused["field"]) == (
        0,
        "refused",
        field,
    )
    assert refused["reason"].endswith(".")
    assert accepted["status"] == "accepted"
    assert Event.objects.count() == 1
    assert Contact.objects.count() == 1


def test_the_widest_offset_from_utc_is_understood(key):
    result = result_of(
        key,
        event="signed_up",
        email="ada@example.com",
        occurred_at="2026-02-20T10:00:00+23:59",
    )

    assert result["status"] == "accepted"
    assert Event.objects.get(name="signed_up").occurred_at == datetime(
        2026, 2, 19, 10, 1, tzinfo=UTC
    )


@pytest.mark.parametrize("item", [1, "text", None, [], float("nan")])
def test_an_item_that_is_no_object_is_refused(key, item):
    answer = send(key, [item, GOOD]).json()

    assert [result["status"] for result in answer["results"]] == ["refused", "accepted"]


def test_names_of_two_people_are_refused(key):
    make_contact(email="grace@example.com")
    make_contact(user_id="42")

    result = result_of(key, event="signed_up", email="grace@example.com", user_id="42")

    assert result == {
        "index": 0,
        "status": "refused",
        "field": "user_id",
        "reason": "The email and the user_id name two different people.",
    }
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("{", 400, "line 1, column 2"),
        ("", 400, "line 1, column 1"),
        ('[{"event": "signed_up",]', 400, "line 1, column 24"),
        (b"\xff\xfe{", 400, "Expected JSON"),
        ("[" * 100_000, 400, "Expected JSON in UTF-8."),
        ("1" * 5_000, 400, "Expected JSON in UTF-8."),
        ("5", 400, "Expected an event or a list of events."),
        (json.dumps([GOOD] * 501), 400, "Expected at most 500 events"),
        (" " * 1_000_001, 413, "Expected at most 1,000,000 bytes."),
    ],
)
def test_a_bad_body_is_refused_as_a_whole(key, body, status, words):
    response = send(key, body)

    assert response.status_code == status
    assert words in response.json()["error"]
    assert not Event.objects.exists()


def test_an_empty_list_is_fine(key):
    assert send(key, []).json() == {"accepted": 0, "refused": 0, "results": []}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer nope", "Basic Z2xr", "nope"]
)
def test_without_a_key_nothing_is_taken(key, header):
    response = Client().post(
        "/v1/conversions",
        json.dumps(GOOD),
        content_type="application/json",
        headers={"Authorization": header},
    )

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert not Contact.objects.exists()


def test_a_revoked_key_is_no_key(key):
    revoke_key(key=EndpointKey.objects.get(), user=make_user(), now=NOW)

    assert send(key, GOOD).status_code == 401


def test_only_post_is_allowed(key):
    response = Client().get(
        "/v1/conversions", headers={"Authorization": f"Bearer {key}"}
    )

    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_the_kind_of_content_does_not_matter(key):
    response = Client().post(
        "/v1/conversions",
        json.dumps(GOOD),
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"bearer {key}"},
    )

    assert response.json()["accepted"] == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_order_at_the_same_time_counts_once(key):
    item = {
        "event": "order_completed",
        "email": "grace@example.com",
        "order_id": "1",
        "code": make_advocate().code,
    }
    barrier = threading.Barrier(2)
    answers = []

    def report():
        barrier.wait()
        answers.append(send(key, item).json()["results"][0]["status"])
        connection.close()

    workers = [threading.Thread(target=report) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(answers) == ["accepted", "duplicate"]
    assert Contact.objects.filter(email="grace@example.com").count() == 1
    assert Referral.objects.filter(won_at__isnull=False).count() == 1
    for name in ("order_completed", "referral_lead", "referral_won"):
        assert Event.objects.filter(name=name).count() == 1


def test_three_items_cost_three_times_one(key):
    items = [GOOD | {"email": f"friend{number}@example.com"} for number in range(4)]
    send(key, [])

    with CaptureQueriesContext(connection) as one:
        send(key, items[:1])
    with CaptureQueriesContext(connection) as three:
        send(key, items[1:])

    # The key is looked up once for all of them.
    of_item = (len(three) - len(one)) / 2
    assert (of_item, len(one) - of_item) == (30, 2)
