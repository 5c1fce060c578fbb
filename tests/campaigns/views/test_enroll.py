"""Another program lets people in."""

import json
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment
from contacts.identities.find import create_or_update_contact
from referrals.endpoint_keys import create_key
from tests.factories.campaigns import NOW, make_campaign, make_contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make_campaign(
        state="running",
        steps=[new_step("delay", key="wait")],
        trigger={"kind": "manual"},
    )


@pytest.fixture
def send(client, campaign):
    _, key = create_key(name="Product", user=None, now=NOW)

    def post(body, key=key, pk=campaign.pk):
        return client.post(
            reverse("campaigns_enroll", args=[pk]),
            body if isinstance(body, str) else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )

    return post


@pytest.fixture
def ada():
    return create_or_update_contact(email="ada@example.com", user_id="u1", now=NOW)[0]


def test_a_request_that_is_repeated_counts_once(send, ada):
    first = send({"key": "1001", "email": "Ada@example.com"}).json()
    again = send({"key": "1001", "user_id": "u1"}).json()
    other = send({"key": "1002", "user_id": "u1"}).json()

    assert first == again == {"results": [{"index": 0, "status": "enrolled"}]}
    assert other == {
        "results": [{"index": 0, "status": "refused", "reason": "still_active"}]
    }
    assert Enrollment.objects.get().moment_key == "api:1001"


def test_a_list_says_of_each_what_became_of_it(send, ada):
    moment = "2026-05-01T10:00:00+02:00"
    results = send(
        [
            {"key": 7, "email": "ada@example.com", "at": moment},
            {"key": "8", "email": "nobody@example.com"},
            {"key": "", "email": "ada@example.com"},
            {"key": "9"},
            {"key": "10", "email": "ada@example.com", "at": "soon"},
            {"key": "11", "email": ["x"]},
            {"key": "12\ud800", "email": "ada@example.com"},
            "odd",
        ]
    ).json()["results"]

    assert [(one["status"], one.get("field")) for one in results] == [
        ("enrolled", None),
        ("invalid", "email"),
        ("invalid", "key"),
        ("invalid", "email"),
        ("invalid", "at"),
        ("invalid", "email"),
        ("invalid", "key"),
        ("invalid", ""),
    ]
    assert Enrollment.objects.get().moment_at == datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "at",
    [
        "2026-05-01T10:00:00",
        "2999-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        1_700_000_000,
    ],
)
def test_a_time_that_cannot_be_is_refused(send, ada, at):
    [result] = send({"key": "1", "user_id": "u1", "at": at}).json()["results"]

    assert (result["status"], result["field"]) == ("invalid", "at")
    assert Enrollment.objects.count() == 0


def test_two_people_in_one_request_are_told_apart(send, ada):
    other = make_contact(email="grace@example.com")
    other.identifiers.create(kind="email", value=other.email)
    [result] = send({"key": "1", "email": other.email, "user_id": "u1"}).json()[
        "results"
    ]

    assert (result["status"], result["field"]) == ("invalid", "user_id")


def test_a_paused_campaign_keeps_it_and_a_stopped_one_says_so(send, ada, campaign):
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    paused = send({"key": "1", "user_id": "u1"}).json()
    lifecycle.stop(campaign=campaign, user=None, now=NOW)
    stopped = send({"key": "2", "user_id": "u1"})

    assert paused == {
        "results": [{"index": 0, "status": "waiting", "reason": "campaign"}]
    }
    assert stopped.status_code == 409
    assert Enrollment.objects.count() == 0


def test_without_a_key_a_campaign_or_json_nobody_is_let_in(send, client, campaign):
    answers = [
        send({}, key="wrong").status_code,
        send({}, pk=0).status_code,
        send("{").status_code,
        client.get(reverse("campaigns_enroll", args=[campaign.pk])).status_code,
    ]

    assert answers == [401, 404, 400, 405]
