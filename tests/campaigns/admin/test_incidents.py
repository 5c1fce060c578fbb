"""The page of incidents, and the address at which other systems open them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.guardrails.incident_keys import create_key
from campaigns.guardrails.incidents import close_incident, open_incident
from campaigns.models import Incident, IncidentKey
from tests.factories.campaigns import (
    make_audience,
    make_campaign,
    make_contact,
    make_hold,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

PAGE = "/campaigns/incidents/"
SEE = "campaigns.view_incident"
ACT = "campaigns.stop_everything"


@pytest.fixture
def operator(client):
    user = make_user(SEE, ACT)
    client.force_login(user)
    return user


def page_url():
    return reverse("admin:campaigns_incidents")


def test_the_switch_stops_everything_and_lets_it_go_on(client, operator):
    before = client.get(page_url()).content.decode()
    client.post(page_url(), {"stop": "1"})
    again = client.post(page_url(), {"stop": "1"}, follow=True).content.decode()
    stop = Incident.objects.get()
    client.post(reverse("admin:campaigns_close_incident", args=[stop.pk]))
    stop.refresh_from_db()

    assert "Everything runs" in before
    assert "Everything is stopped already." in again
    assert "Let everything go on" in again
    assert (stop.kind, stop.opened_by, stop.closed_by) == ("stop", operator, operator)
    assert stop.ends_at == stop.closed_at
    assert "Everything runs" in client.get(page_url()).content.decode()


def test_an_incident_is_opened_rests_and_ends(client, operator):
    client.post(page_url(), {"title": "Checkout is down", "cool_down_hours": "24"})
    incident = Incident.objects.get()
    close = reverse("admin:campaigns_close_incident", args=[incident.pk])
    opened = client.get(page_url()).content.decode()
    rests = client.post(close, follow=True).content.decode()
    incident.refresh_from_db()
    rested_for = incident.ends_at - incident.closed_at
    over = client.post(close, follow=True).content.decode()
    incident.refresh_from_db()

    assert (incident.title, incident.scope, incident.kind) == (
        "Checkout is down",
        None,
        "incident",
    )
    assert "Everybody" in opened
    assert "the rest has begun" in rests
    assert "rests until" in rests
    assert rested_for == timedelta(hours=24)
    assert "Who waited goes on" in over
    assert incident.ends_at < timezone.now()


def test_what_is_wrong_must_be_said(client, operator):
    response = client.post(page_url(), {"title": "", "cool_down_hours": "9999"})

    text = response.content.decode()
    assert "Say what is wrong." in text
    assert "less than or equal to 336" in text
    assert Incident.objects.count() == 0


def test_who_may_not_act_only_sees(client):
    client.force_login(make_user(SEE))
    incident = open_incident(title="Down", user=None, now=timezone.now())

    seen = client.get(page_url()).content.decode()
    refused = [
        client.post(page_url(), {"stop": "1"}),
        client.post(reverse("admin:campaigns_close_incident", args=[incident.pk])),
        client.post(reverse("admin:campaigns_revoke_incident_key", args=[1])),
    ]

    assert "Down" in seen
    assert "Stop everything" not in seen
    assert [response.status_code for response in refused] == [403] * 3


def test_who_may_not_see_it_is_refused(client):
    client.force_login(make_user())

    assert client.get(page_url()).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_people_held_are_counted(client, operator, count):
    now = timezone.now()
    campaign = make_campaign(state="running")
    for number in range(count):
        incident = open_incident(title=f"Down {number}", user=None, now=now)
        for _ in range(2):
            make_hold(
                campaign,
                reason="incident",
                held_at=now,
                details={
                    "objections": [{"reason": "incident", "incident": incident.pk}]
                },
            )
        close_incident(incident=incident, user=None, now=now)
    open_incident(title="Still open", user=None, now=now)

    text = client.get(page_url()).content.decode()

    assert text.count('<td class="gl-number">2</td>') == count
    assert "0 people held so far" in text


def test_a_key_is_shown_once_and_revoked(client, operator):
    unnamed = client.post(page_url(), {"key": "1", "name": ""}).content.decode()
    shown = client.post(page_url(), {"key": "1", "name": "Monitor"})
    key = IncidentKey.objects.get()
    again = client.get(page_url()).content.decode()
    client.post(reverse("admin:campaigns_revoke_incident_key", args=[key.pk]))
    key.refresh_from_db()

    assert "Name what will use the key" in unnamed
    assert shown["Cache-Control"] == "no-store"
    assert shown.content.decode().count("gli_") > again.count("gli_")
    assert (key.name, key.revoked_by) == ("Monitor", operator)
    assert "Revoked" in client.get(page_url()).content.decode()


@pytest.fixture
def call(client):
    key, secret = create_key(name="Monitor", user=None, now=timezone.now())

    def post(body, *, key=secret):
        response = client.post(
            reverse("campaigns_take_incident"),
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        return response.status_code, response.json()

    return post


def test_another_system_opens_and_closes(call):
    audience = make_audience(make_contact())
    body = {
        "action": "open",
        "reference": "checkout",
        "title": "Checkout is down",
        "audience": audience.name,
        "cool_down_hours": 2,
    }

    first = call(body)
    again = call(body)
    incident = Incident.objects.get()
    closed = call({"action": "close", "reference": "checkout"})
    incident.refresh_from_db()
    nothing = call({"action": "close", "reference": "checkout"})
    anew = call({"action": "open", "reference": "checkout"})

    opened = (200, {"status": "open", "incident": incident.pk})
    assert (first, again) == (opened, opened)
    assert (incident.title, incident.cool_down_hours) == ("Checkout is down", 2)
    assert incident.scope == {
        "kind": "audience",
        "audience": audience.pk,
        "operator": "in",
    }
    assert incident.opened_key.name == "Monitor"
    assert incident.opened_key.last_used_at is not None
    assert closed == (
        200,
        {
            "status": "closed",
            "incident": incident.pk,
            "ends_at": incident.ends_at.isoformat(),
        },
    )
    assert nothing == (200, {"status": "closed", "incident": None})
    assert anew[0] == 200
    assert Incident.objects.filter(closed_at=None).get().title == "checkout"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{", "Expected JSON in UTF-8."),
        ("[]", "Expected an object."),
        (
            {"action": "open"},
            'Expected "reference" to be a text of at most 200 characters.',
        ),
        (
            {"action": "open", "reference": "a\x00"},
            'Expected "reference" to be text that can be kept.',
        ),
        (
            {"action": "close", "reference": "a\ud800"},
            'Expected "reference" to be text that can be kept.',
        ),
        (
            {"action": "open", "reference": "a", "audience": "a\x00"},
            'Expected "audience" to be text that can be kept.',
        ),
        (
            {"action": "melt", "reference": "a"},
            'Expected "action" to be "open" or "close".',
        ),
        (
            {"action": "open", "reference": "a", "cool_down_hours": True},
            'Expected "cool_down_hours" to be a whole number from 0 to 336.',
        ),
        (
            {"action": "open", "reference": "a", "audience": "Nobody"},
            "There is no audience of the name 'Nobody'.",
        ),
        ('{"x": "' + "a" * 20_001 + '"}', "Expected at most 20,000 bytes."),
    ],
)
def test_what_is_not_understood_is_refused(call, body, expected):
    assert call(body) == (400, {"error": expected})
    assert Incident.objects.count() == 0


def test_without_a_key_nothing_is_taken(call, client):
    body = {"action": "open", "reference": "a"}
    IncidentKey.objects.create(
        name="Old", digest="0" * 64, prefix="gli_", revoked_at=timezone.now()
    )

    assert call(body, key="gli_wrong")[0] == 401
    assert client.get(reverse("campaigns_take_incident")).status_code == 405
    assert Incident.objects.count() == 0
