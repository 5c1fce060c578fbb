"""Messages that ask for nothing and that another system delivers."""

import json

import pytest

from campaigns.flows.edits import new_step
from campaigns.messaging import outbox
from campaigns.messaging.send import send_due
from campaigns.models import Ask, AskBudget, Hold, Message
from contacts import consents
from contacts.models import Consent, Suppression
from tests.factories.campaigns import NOW, make_contact
from tests.factories.flows import enroll_in, place_of, story_of, walk
from tests.factories.messages import make_content

pytestmark = pytest.mark.django_db
NIGHT = NOW.replace(hour=23)


def deliver(now=NOW):
    return send_due(owner="worker", clock=lambda: now, lane=outbox.ELSEWHERE)


def text_step(connection, **changes):
    way = {
        "hours": 48,
        "channel": connection.purpose,
        "connection": connection.pk,
        "address": "phone",
        "variants": {
            "en": {"text": "Hi {{ contact.first_name }}. {{ links.unsubscribe }}"},
            "de": {"text": "Hallo. {{ ask.url }}"},
        },
    }
    values = {"key": "tip", "ask": False, "by_email": False, "passed_on": way}
    return new_step("email", **values | changes)


def make_person(channel="sms", **changes):
    known = {"first_name": "Ada", "attributes": {"phone": " +49 170 1 "}}
    contact = make_contact(**known | changes)
    consents.grant([contact.pk], channel=channel, source="test", statement="", now=NOW)
    return contact


def test_it_takes_no_ask_and_says_how_to_end_it(there):
    contact = make_person()
    enroll_in([text_step(there.connection)], contact)
    walk()
    walk()

    deliver()

    [came] = there.requests
    data = json.loads(came.body)["data"]
    end = data.pop("unsubscribe_url")
    assert end.endswith("?via=sms")
    assert data | {"referral_link": None} == {
        "channel": "sms",
        "language": "en",
        "text": f"Hi Ada. {end}",
        "contact": {"id": contact.pk, "user_ids": [], "email": contact.email},
        "ask": None,
        "referral_link": None,
        "report_to": f"http://testserver/v1/connections/{there.connection.key}/reports",
        "to": "+49 170 1",
        "parts": 1,
    }
    message = Message.objects.get()
    assert (message.channel, message.state, message.ask_id) == ("sms", "accepted", None)
    assert (message.connection, message.address) == (there.connection, "+49 170 1")
    assert not Ask.objects.exists()
    assert not AskBudget.objects.exists()
    assert story_of(contact) == [("tip", "sent")]


def test_nobody_can_answer_it(there):
    contact = make_person(locale="de")
    enroll_in([text_step(there.connection)], contact)
    walk()

    deliver()

    data = json.loads(there.requests[0].body)["data"]
    assert (data["language"], data["text"], data["ask"]) == ("de", "Hallo.", None)


@pytest.mark.parametrize("channel", ["push", "other"])
def test_a_push_needs_consent_of_its_own_and_no_number(there, channel):
    there.connection.purpose = channel
    there.connection.save()
    told = make_person(channel, attributes={}, email="told@example.com")
    texted = make_person("sms", email="texted@example.com")
    enroll_in([text_step(there.connection)], told, texted)
    walk()

    deliver()

    assert Message.objects.get().contact == told
    hold = Hold.objects.get()
    assert (hold.contact, hold.reason) == (texted, "no_consent")
    data = json.loads(there.requests[0].body)["data"]
    assert (data["channel"], "to" in data) == (channel, False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: Consent.objects.all().delete(), "no_consent"),
        (lambda one: Consent.objects.update(state="withdrawn"), "unsubscribed"),
        (lambda one: type(one).objects.update(attributes={}), "no_address"),
        (
            lambda one: consents.suppress(
                address=one.email, reason=Suppression.Reason.MANUAL, now=NOW
            ),
            "suppressed",
        ),
        (
            lambda one: consents.suppress(
                address="0049 (170) 1", reason=Suppression.Reason.MANUAL, now=NOW
            ),
            "suppressed",
        ),
        (
            lambda one: consents.suppress(
                address="+491701", reason=Suppression.Reason.UNSUBSCRIBED, now=NOW
            ),
            "unsubscribed",
        ),
    ],
)
def test_who_may_not_be_texted_is_held_now_and_at_the_hand_over(there, change, reason):
    early = make_person(email="early@example.com")
    campaign = enroll_in([text_step(there.connection)], early)
    walk()
    change(early)
    late = make_person(email="late@example.com")
    change(late)
    enroll_in(campaign.draft["steps"], late)

    walk()
    deliver()

    assert there.requests == []
    message = Message.objects.get()
    assert (message.contact, message.state, message.cause) == (
        early,
        "canceled",
        reason,
    )
    assert Hold.objects.get(contact=late).reason == reason


def test_who_wants_no_asks_gets_it_still_but_not_at_night(there):
    contact = make_person()
    enroll_in([text_step(there.connection, if_held="skip")], contact)

    walk(NIGHT)

    assert Hold.objects.get().reason == "quiet_hours"
    assert place_of(contact)[1] == "tip"


def test_unsubscribing_from_it_ends_mail_and_texts(there, client):
    contact = make_person()
    consents.grant([contact.pk], source="test", statement="", now=NOW)
    enroll_in([text_step(there.connection)], contact)
    walk()
    deliver()
    page = json.loads(there.requests[0].body)["data"]["unsubscribe_url"]

    client.get(page.removeprefix("http://testserver"))
    before = set(Consent.objects.values_list("channel", "state"))
    client.post(page.removeprefix("http://testserver"))

    assert before == {("sms", "granted"), ("email", "granted")}
    after = set(Consent.objects.values_list("channel", "state"))
    assert after == {("sms", "withdrawn"), ("email", "withdrawn")}


def test_a_no_to_texts_is_none_to_mail(there):
    contact = make_person()

    consents.withdraw(contact=contact, channel="sms", source="test", now=NOW)

    assert not Suppression.objects.exists()


def test_a_number_that_is_silenced_gets_mail_still():
    contact = make_person(attributes={"phone": "+49 170 1"})
    consents.grant([contact.pk], source="test", statement="", now=NOW)
    consents.suppress(address="+491701", reason="bounced", now=NOW)
    mail = new_step("email", key="mail", ask=False, content=make_content())
    enroll_in([mail], contact)

    walk()

    assert (Message.objects.get().channel, Hold.objects.count()) == ("email", 0)
