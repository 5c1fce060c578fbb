"""News of a person's own: also to who wants no marketing, never to who wants nothing at all."""

import pytest
from django.test import Client

from campaigns.asks.holds import Candidate
from campaigns.asks.make import Occasion, decide_batch
from campaigns.emails.liquid import variables_used
from campaigns.flows.checks import check_document
from campaigns.flows.definition import empty_document, fill_in
from campaigns.flows.edits import new_step
from campaigns.messaging import send
from campaigns.messaging.compile import compile_content
from campaigns.models import AskBudget, Message
from campaigns.starters.news import NEWS
from contacts import consents
from contacts.events import Fact, record
from contacts.models import Consent, Event, Suppression
from referrals.models import Intro
from referrals.texts import NAMES
from tests.factories.campaigns import make_campaign, make_enrollment
from tests.factories.contacts import make_contact
from tests.factories.messages import NOW, make_content
from tests.factories.referrals import make_advocate
from tests.factories.rewards import make_order, make_referral, make_rule, work_off

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


def tell(channel, event, **changes):
    """Let a piece of news happen to somebody, and read the mail that tells it."""
    steps = NEWS[event.name].write(7)["steps"]
    steps[0]["content"] = compile_content(steps[0]["content"], ask=False)
    campaign = make_campaign(steps=steps, state="running", **changes)
    step = campaign.published.definition["steps"][0]
    enrollment = make_enrollment(
        campaign,
        contact=event.contact,
        step_key=step["key"],
        moment_key=f"event:{event.pk}",
    )
    occasion = Occasion(campaign, campaign.published, step, NOW)
    candidate = Candidate(
        enrollment.pk, event.contact_id, enrollment.visit, enrollment.version_id
    )
    decide_batch(occasion, [candidate])
    send.send_due(owner="me", clock=lambda: NOW)
    return channel.letters[-1]


def make_news(contact, name, key, **properties):
    record(Fact(contact.pk, name, NOW, key, properties), now=NOW)
    return Event.objects.select_related("contact").get(contact=contact, key=key)


@pytest.mark.parametrize(
    ("locale", "amount"), [("en", "$20.00"), ("de-AT", "20,00\xa0$"), ("ja", "$20.00")]
)
def test_news_of_a_reward_says_how_much(channel, locale, amount):
    advocate = make_advocate(contact=make_contact(locale=locale))
    make_rule(advocate.program, hold_days=0)
    make_order(make_referral(advocate))
    work_off()
    event = Event.objects.select_related("contact").get(name="reward_approved")

    letter = tell(channel, event)

    assert amount in letter.text


@pytest.mark.parametrize(("shown_at", "said"), [(None, "a friend"), (NOW, "Cleo")])
def test_news_of_a_friend_names_who_agreed(channel, shown_at, said):
    advocate = make_advocate(contact=make_contact(locale="en"))
    friend = make_contact(first_name="Cleo")
    referral = make_referral(advocate, friend=friend, friend_shown_at=shown_at)
    event = make_news(advocate.contact, "referral_lead", f"referral:{referral.pk}")

    letter = tell(channel, event)

    assert f"Thanks to you, {said} joined us." in letter.text


def test_news_of_an_introduction_names_who_agreed(channel):
    advocate = make_advocate(contact=make_contact(locale="en"))
    friend = make_contact(first_name="Cleo")
    make_referral(advocate, friend=friend, friend_shown_at=NOW)
    intro = Intro.objects.create(
        contact=advocate.contact,
        program=advocate.program,
        written_at=NOW,
        accepted_at=NOW,
        accepted_by="form",
        friend_contact_id=friend.pk,
    )
    event = make_news(advocate.contact, "intro_accepted", f"intro:{intro.pk}")

    assert "and Cleo said yes" in tell(channel, event).text


@pytest.mark.parametrize("event", NEWS)
def test_our_news_speaks_every_language_of_our_pages(event):
    variants = NEWS[event].content()["variants"]

    assert list(variants) == list(NAMES)
    assert len({one["subject"] for one in variants.values()}) == len(NAMES)
    wanted = {"reward.name"} if NEWS[event].is_reward else set()
    for one in variants.values():
        used = {name for name, _ in variables_used(one["blocks"][0]["text"])}
        assert wanted <= used
