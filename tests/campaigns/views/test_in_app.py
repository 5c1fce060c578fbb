"""Asks in the product: who is vouched for, what is shown once, and what came of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.asks.in_app import claim_offer
from campaigns.channels.vouching import sign_user
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.guardrails import budget
from campaigns.guardrails.incidents import open_incident
from campaigns.models import Ask, Campaign, InAppSite, Message, MessageFact
from campaigns.views.in_app import PURPOSE
from campaigns.views.limits import Pace
from contacts.identities.merge import merge_contacts
from contacts.models import Event
from contacts.tokens import make_token
from referrals.advocates import enroll_advocates
from referrals.models import AskPreference
from tests.factories.campaigns import make_ask, make_campaign
from tests.factories.contacts import make_contact

pytestmark = pytest.mark.django_db

ORIGIN = "https://app.example.com"
SECRET = "s" * 64
IN_APP = {
    "hours": 4,
    "variants": {
        "en": {"title": "Hi {{ contact.first_name }}", "text": "A friend?"},
        "de": {"title": "Hallo", "text": "Wer noch?"},
    },
}


@pytest.fixture(autouse=True)
def nobody_has_asked(monkeypatch):
    for limit in ("OF_A_SITE", "OF_A_PERSON"):
        pace = Pace(per_second=1, at_once=1_000)
        monkeypatch.setattr(f"campaigns.views.in_app.{limit}", pace)


@pytest.fixture
def site():
    return InAppSite.objects.create(
        name="App", key="app_k", secret=SECRET, origins=[ORIGIN]
    )


def make_shown(*, state="waiting", user_id="u1", **changes):
    """An ask that waits for its person in the product."""
    step = new_step("email", key="ask", in_app=IN_APP, content={}, by_email=False)
    campaign = make_campaign(steps=[step], state="running")
    contact = make_contact(user_id=user_id, first_name="Ada", **changes)
    ask = make_ask(campaign, contact=contact)
    budget.lock_budgets([contact.pk])
    budget.take([contact.pk], [ask.asked_on])
    enroll_advocates(
        program=campaign.program, contact_ids=[contact.pk], now=timezone.now()
    )
    return Message.objects.create(
        contact=contact,
        campaign=campaign,
        version=campaign.published,
        enrollment_id=ask.enrollment_id,
        step_key="ask",
        visit=ask.visit,
        ask_id=ask.pk,
        channel="in_app",
        tag="tag",
        state=state,
        created_at=timezone.now(),
        due_at=timezone.now(),
    )


def post(client, path, body, origin=ORIGIN):
    return client.post(
        f"/in-app/app_k/{path}",
        json.dumps(body),
        content_type="text/plain",
        headers={"origin": origin},
    )


def ready(client, user="u1", minutes=5, secret=SECRET, **changes):
    expires = int((timezone.now() + timedelta(minutes=minutes)).timestamp())
    signature = sign_user(secret, user, expires)
    body = {"user": user, "expires": expires, "signature": signature, **changes}
    return post(client, "ready", body)


def facts():
    return list(MessageFact.objects.order_by("pk").values_list("kind", flat=True))


def test_it_is_shown_and_delivered(client, site):
    message = make_shown(locale="de-AT")

    response = ready(client)

    message.refresh_from_db()
    ask = Ask.objects.get()
    shown = response.json()["ask"]
    assert (shown["title"], shown["text"]) == ("Hallo", "Wer noch?")
    assert (shown["language"], shown["direction"]) == ("de", "ltr")
    assert shown["labels"]["not_now"] == "Jetzt nicht"
    assert message.state == Message.State.ACCEPTED
    assert ask.delivered_at == message.handed_over_at
    assert (facts(), ask.viewed_at) == (["shown"], None)
    assert Event.objects.get(name="ask_delivered").properties["channel"] == "in_app"
    assert response["Access-Control-Allow-Origin"] == ORIGIN
    assert response["Cache-Control"] == "no-store"
    assert "Origin" in response["Vary"]


def test_nobody_vouches_with_a_secret_that_is_lost(client, site):
    make_shown()
    InAppSite.objects.update(sealed_secret="1.gone.")

    assert ready(client).status_code == 403
    assert ready(client, secret="").status_code == 403


def test_two_tabs_show_one_ask(client, site):
    make_shown()

    first, second = ready(client).json(), ready(client).json()

    assert first == second
    assert first["ask"]["title"] == "Hi Ada"
    assert (facts(), Event.objects.filter(name="ask_delivered").count()) == (
        ["shown"],
        1,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "x" * 64},
        {"minutes": -1},
        {"minutes": 60 * 24 * 8},
        {"signature": "é"},
        {"user": "u2", "signature": "0" * 64},
        {"expires": "soon"},
        {"user": ""},
        {"signature": "\ud800"},
        {"user": "\ud800", "signature": "0" * 64},
    ],
)
def test_who_is_not_vouched_for_is_shown_nothing(client, site, changes):
    make_shown()

    response = ready(client, **changes)

    assert response.status_code == 403
    assert response.json() == {"error": "The signature is wrong, or too old."}
    assert Message.objects.get().state == Message.State.WAITING


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", ""])
def test_other_pages_may_not_ask(client, site, origin):
    response = post(client, "ready", {}, origin=origin)

    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response


def test_a_browser_may_ask_before(client, site):
    response = client.options("/in-app/app_k/ready", headers={"origin": ORIGIN})

    assert (response.status_code, response["Access-Control-Allow-Methods"]) == (
        204,
        "POST",
    )


@pytest.mark.parametrize("body", ["", "[]", "{", "[" * 4_000, "x" * 5_000])
def test_nonsense_is_refused(client, site, body):
    response = client.post(
        "/in-app/app_k/ready",
        body,
        content_type="text/plain",
        headers={"origin": ORIGIN},
    )

    assert response.status_code == 400


def test_who_is_not_known_or_not_asked_is_shown_nothing(client, site):
    make_contact(user_id="u2")

    assert ready(client, user="u2").json() == {"ask": None}
    assert ready(client, user="u3").json() == {"ask": None}


def test_when_a_site_asked_is_written_once_a_minute(client, site):
    ready(client)
    first = InAppSite.objects.get().last_asked_at
    ready(client)

    assert first is not None
    assert InAppSite.objects.get().last_asked_at == first

    InAppSite.objects.update(last_asked_at=first - timedelta(minutes=2))
    ready(client)

    assert InAppSite.objects.get().last_asked_at >= first


def test_a_page_with_nothing_to_show_locks_nobody(client, site):
    make_contact(user_id="u1")

    with CaptureQueriesContext(connection) as queries:
        ready(client)

    assert not [one for one in queries if "FOR NO KEY UPDATE" in one["sql"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wins", ["incident", "stop"])
def test_what_is_stopped_at_that_instant_is_not_shown(wins):
    message = make_shown()
    campaign, now = message.campaign, timezone.now()

    def claim():
        try:
            return claim_offer(contact_id=message.contact_id, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            if wins == "incident":
                open_incident(title="Down", user=None, now=now)
            else:
                Campaign.objects.select_for_update().get(pk=campaign.pk)
            claimed = pool.submit(claim)
            with pytest.raises(TimeoutError):
                claimed.result(timeout=0.3)
            if wins == "stop":
                # Who shows it must not hold by now what the stop takes back.
                lifecycle.stop(campaign=campaign, user=None, now=now)
        assert claimed.result(timeout=20) is None

    message.refresh_from_db()
    assert message.handed_over_at is None


def test_the_switch_stops_it(client, site):
    make_shown()
    InAppSite.objects.update(disabled_at=timezone.now())

    assert ready(client).json() == {"ask": None}
    assert Message.objects.get().state == Message.State.WAITING


def test_a_paused_campaign_shows_nothing(client, site):
    message = make_shown()
    message.campaign.state = "paused"
    message.campaign.save()

    assert ready(client).json() == {"ask": None}


def test_who_said_never_meanwhile_is_shown_nothing(client, site):
    message = make_shown()
    AskPreference.objects.create(
        contact=message.contact, never_since=timezone.now(), changed_at=timezone.now()
    )

    assert ready(client).json() == {"ask": None}


def test_at_night_it_is_shown_to_who_is_there(client, site):
    message = make_shown()
    settings = message.version.definition["settings"]
    assert (settings["quiet_from"], settings["quiet_until"]) == ("20:00", "08:00")
    type(message.version).objects.update(
        definition=message.version.definition
        | {"settings": settings | {"quiet_from": "00:00", "quiet_until": "23:59"}}
    )

    assert ready(client).json()["ask"]["title"] == "Hi Ada"


def test_seen_is_noted_once(client, site):
    message = make_shown()
    token = ready(client).json()["ask"]["token"]

    for _ in range(2):
        assert post(client, f"{token}/seen", {}).json() == {}

    assert facts() == ["shown", "viewed"]
    assert Ask.objects.get().viewed_at is not None
    assert token == make_token(PURPOSE, message.contact_id, message.pk)


def test_yes_brings_the_link(client, site):
    make_shown()
    token = ready(client).json()["ask"]["token"]

    response = post(client, f"{token}/answer", {"answer": "yes"})

    ask = Ask.objects.get()
    assert (ask.answer, ask.answered_via) == ("yes", "in_app")
    assert ask.viewed_at is not None
    assert ask.intent_at is not None
    assert response.json()["link"].endswith("?c=in_app")
    assert "/a/" in response.json()["share"]
    assert ready(client).json() == {"ask": None}


@pytest.mark.parametrize("act", ["answer", "close"])
def test_who_became_a_part_of_another_meanwhile_is_heard(client, site, act):
    message = make_shown()
    token = ready(client).json()["ask"]["token"]
    other = make_contact()
    merge_contacts(
        survivor_id=other.pk,
        merged_id=message.contact_id,
        link=None,
        now=timezone.now(),
    )

    response = post(client, f"{token}/{act}", {"answer": "yes"})

    assert response.status_code == 200
    ask, left = Ask.objects.get(), Message.objects.get()
    assert (ask.contact_id, left.contact_id) == (other.pk, other.pk)
    assert (ask.answer == "yes") == (act == "answer")
    assert left.withdrawn_at is not None


@pytest.mark.parametrize("answer", ["not_now", "never"])
def test_a_no_is_as_easy(client, site, answer):
    make_shown()
    token = ready(client).json()["ask"]["token"]

    response = post(client, f"{token}/answer", {"answer": answer})

    assert (response.status_code, response.json()) == (200, {})
    assert Ask.objects.get().answer == answer
    assert post(client, f"{token}/seen", {}).status_code == 410


def test_closed_it_does_not_come_again(client, site):
    make_shown()
    token = ready(client).json()["ask"]["token"]

    post(client, f"{token}/close", {})

    assert facts() == ["shown", "closed"]
    assert ready(client).json() == {"ask": None}
    assert post(client, f"{token}/answer", {"answer": "yes"}).status_code == 410
    assert Ask.objects.get().answer == ""


@pytest.mark.parametrize(
    ("token", "act", "body", "status"),
    [
        ("x", "seen", {}, 400),
        ("1.2.3~x", "seen", {}, 400),
        (None, "dance", {}, 400),
        (None, "answer", {"answer": "maybe"}, 400),
        (None, "seen", {}, 410),
    ],
)
def test_what_was_not_shown_cannot_be_answered(client, site, token, act, body, status):
    message = make_shown()
    token = token or make_token(PURPOSE, message.contact_id, message.pk)

    assert post(client, f"{token}/{act}", body).status_code == status
    assert facts() == []


@pytest.mark.parametrize("limit", ["OF_A_SITE", "OF_A_PERSON"])
def test_who_asks_or_presses_too_often_waits(client, site, monkeypatch, limit):
    message = make_shown(state="accepted")
    path = f"{make_token('in_app', message.contact_id, message.pk)}/seen"
    until = int(timezone.now().timestamp()) + 600
    signature = sign_user(SECRET, "u1", until)
    body = {"user": "u1", "expires": until, "signature": signature}

    for where in ("ready", path):
        pace = Pace(per_second=0.01, at_once=1)
        monkeypatch.setattr(f"campaigns.views.in_app.{limit}", pace)
        first, second = post(client, where, body), post(client, where, body)

        assert (first.status_code, second.status_code) == (200, 429)
        assert 0 < int(second["Retry-After"]) <= 100
        assert second["Access-Control-Allow-Origin"] == ORIGIN
