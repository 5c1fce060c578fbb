"""News of a person's own: also to who wants no marketing, never to who wants nothing at all."""

import pytest
from django.test import Client

from campaigns.asks.holds import Candidate
from campaigns.asks.make import Occasion, decide_batch
from campaigns.flows.checks import check_document
from campaigns.flows.definition import empty_document, fill_in
from campaigns.flows.edits import new_step
from campaigns.messaging import send
from campaigns.models import AskBudget, Message
from campaigns.starters.news import NEWS
from contacts import consents
from contacts.models import Consent, Suppression
from tests.factories.campaigns import make_campaign, make_enrollment
from tests.factories.contacts import make_contact
from tests.factories.messages import NOW, make_content

pytestmark = pytest.mark.django_db


def make_service_campaign():
    content = make_content()
    step = new_step("email", key="news", ask=False, service=True, content=content)
    return make_campaign(steps=[step], state="running")


def decide(campaign, contact):
    """Decide at the step, and give the reason if it is held."""
    enrollment = make_enrollment(campaign, contact=contact, step_key="news")
    occasion = Occasion(
        campaign, campaign.published, campaign.published.definition["steps"][0], NOW
    )
    candidate = Candidate(
        enrollment.pk, contact.pk, enrollment.visit, enrollment.version_id
    )
    held = decide_batch(occasion, [candidate]).held
    return held[0].verdict.reason if held else ""


def unsubscribe(contact):
    consents.withdraw(contact=contact, source="unsubscribe_page", now=NOW)


def bounce(contact):
    consents.suppress(address=contact.email, reason="bounced", now=NOW)


def complain(contact):
    consents.suppress(address=contact.email, reason="complained", now=NOW)


def silence(contact):
    consents.suppress(address=contact.email, reason="manual", now=NOW)


def stop_everything(contact):
    consents.stop_everything(contact=contact, source="unsubscribe_page", now=NOW)


@pytest.mark.parametrize(
    ("did", "reason"),
    [
        (lambda contact: None, ""),
        (unsubscribe, ""),
        (bounce, "suppressed"),
        (complain, "suppressed"),
        (silence, "suppressed"),
        (stop_everything, "unsubscribed"),
    ],
)
def test_who_gets_news_of_his_own(channel, did, reason):
    campaign, contact = make_service_campaign(), make_contact()
    did(contact)

    assert decide(campaign, contact) == reason

    assert Message.objects.count() == (0 if reason else 1)
    # It asks for nothing, so it takes no ask.
    assert not AskBudget.objects.exists()
    assert send.send_due(owner="me", clock=lambda: NOW) == (0 if reason else 1)
    assert len(channel.letters) == (0 if reason else 1)


def test_what_is_stopped_meanwhile_does_not_leave(channel):
    campaign, contact = make_service_campaign(), make_contact()
    decide(campaign, contact)

    stop_everything(contact)
    send.send_due(owner="me", clock=lambda: NOW)

    message = Message.objects.get()
    assert (message.state, message.cause) == ("canceled", "unsubscribed")
    assert channel.letters == []


def test_the_link_at_its_foot_stops_everything(channel, settings):
    settings.SITE_URL = "https://shop.example"
    campaign, contact = make_service_campaign(), make_contact()
    decide(campaign, contact)
    send.send_due(owner="me", clock=lambda: NOW)
    address = channel.letters[0].headers["List-Unsubscribe"].strip("<>")
    path = address.removeprefix("https://shop.example")

    for _ in range(2):
        Client().post(path, {"List-Unsubscribe": "One-Click"})

    states = Consent.objects.filter(contact=contact).order_by("channel")
    assert list(states.values_list("channel", "state")) == [
        ("email", "withdrawn"),
        ("service", "withdrawn"),
    ]
    assert Suppression.objects.get().reason == "unsubscribed"
    assert decide(make_service_campaign(), contact) == "unsubscribed"
    Client().post(path, {"action": "subscribe"})
    assert decide(make_service_campaign(), contact) == ""


@pytest.mark.parametrize("event", NEWS)
def test_our_news_can_be_told(event):
    document = fill_in(NEWS[event].write(7))

    errors = [one for one in check_document(document) if one.blocks]

    assert errors == []
    assert document["trigger"]["event"]["filters"][0] == {
        "name": "program_id",
        "operator": "is",
        "value": 7,
    }


@pytest.mark.parametrize("event", ["order_completed", ""])
def test_marketing_is_no_news(event):
    document = empty_document()
    document["trigger"] |= {"kind": "event", "event": {"name": event, "filters": []}}
    step = new_step(
        "email", ask=False, service=True, name="Sale", content=make_content()
    )
    document["steps"] = [step]

    said = [one.message for one in check_document(document) if one.blocks]

    assert any("“Sale” is a service message" in one for one in said)
