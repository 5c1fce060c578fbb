"""A booked time that names an introduction is the friend's yes."""

import json

import pytest
from django.utils import timezone

from contacts.drain.inbox import drain_inbox
from referrals.attribution.inbox import credit_next
from referrals.intros.offers import booking_token
from referrals.models import Intro, Referral
from tests.contacts.tracking.client import ask
from tests.factories.tracking import make_key
from tests.referrals.intros.test_answer import make_intro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", ["intro", "utm_content"])
def test_a_booking_is_a_yes_and_qualifies(name):
    intro = make_intro()
    key = make_key()
    body = {
        "event": "Meeting Booked",
        "userId": "crm-1",
        "messageId": "m1",
        "properties": {name: booking_token(intro)},
    }

    for _ in range(2):
        assert ask("/v1/track", json.dumps(body).encode(), key=key).status == 200
        drain_inbox(now=timezone.now())
        while credit_next(now=timezone.now()):
            pass

    found = Intro.objects.get()
    referral = Referral.objects.get()
    assert (found.accepted_by, found.friend_contact_id) == (
        "booking",
        referral.contact_id,
    )
    assert referral.source == "email"
    assert referral.advocate_contact_id == intro.contact_id
    assert referral.qualified_at is not None


@pytest.mark.parametrize("token", ["", "x~y", 7, "~" * 500])
def test_what_is_no_token_of_ours_is_nothing(token):
    make_intro()
    body = {
        "event": "Meeting Booked",
        "userId": "crm-1",
        "messageId": "m1",
        "properties": {"intro": token},
    }

    reply = ask("/v1/track", json.dumps(body).encode(), key=make_key())
    drain_inbox(now=timezone.now())

    assert reply.status == 200
    assert Intro.objects.get().is_open
