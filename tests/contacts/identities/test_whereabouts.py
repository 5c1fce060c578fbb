import pytest
from django.test import Client

from campaigns.messaging.links import ask_url
from contacts.erasure.asking import request_erasure
from contacts.erasure.forget import forget_person
from contacts.identities.by_hand import merge_by_hand
from contacts.models import Consent, Erasure
from contacts.views.unsubscribe import unsubscribe_url
from contacts.work import advance_one
from referrals.links import share_url
from tests.factories.campaigns import make_ask, make_campaign, make_reachable
from tests.factories.contacts import NOW
from tests.factories.referrals import make_advocate, make_program

pytestmark = pytest.mark.django_db


def path_of(url):
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def merged():
    """Two reachable people, of whom the second became a part of the first."""
    first, second = make_reachable(), make_reachable()
    for contact in (first, second):
        contact.identifiers.create(kind="email", value=contact.email)
    ask = make_ask(make_campaign(state="running"), contact=second)
    merge_by_hand(contact_id=first.pk, other_id=second.pk, user=None, now=NOW)
    return first, second, ask


def test_old_unsubscribe_link_speaks_for_who_remained(merged):
    first, second, _ = merged

    answer = Client().post(path_of(unsubscribe_url(second.pk)))

    assert answer.status_code == 200
    assert list(Consent.objects.values_list("contact_id", "state")) == [
        (first.pk, "withdrawn")
    ]


def test_old_link_of_an_ask_is_answered(merged):
    first, second, ask = merged

    Client().post(path_of(ask_url(second.pk, ask.pk)), {"answer": "never"})

    ask.refresh_from_db()
    assert (ask.contact_id, ask.answer) == (first.pk, "never")


def test_links_of_a_forgotten_advocate_lead_on_without_a_name():
    contact = make_reachable(first_name="Ada")
    advocate = make_advocate(program=make_program(), contact=contact)
    request_erasure(
        contact=contact, never_again=False, statement="", user=None, now=NOW
    )
    advance_one(Erasure, forget_person, now=NOW)

    link = Client().get(f"/r/{advocate.code}", HTTP_USER_AGENT="Mozilla/5.0")
    page = Client().get(path_of(share_url(contact.pk, advocate.pk)))

    # A neutral page that leads on to the shop.
    assert link.status_code == 200
    assert "https://shop.example.com/welcome" in link.content.decode()
    assert "Ada" not in link.content.decode()
    assert page.status_code == 404
