from datetime import timedelta

import pytest

from contacts.attributes import Assertion, assert_attributes
from contacts.identities.by_hand import merge_by_hand
from contacts.models import Contact, Event
from tests.factories.contacts import NOW, make_contact, make_event, make_user
from tests.factories.plans import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client):
    client.force_login(make_user("contacts.view_contact", "contacts.view_event"))

    def answer(contact, **values):
        page = client.get(f"/contacts/contact/{contact.pk}/timeline/", values)
        return [happening.sentence for happening in page.context["happenings"]]

    return answer


def silent_contact():
    """Somebody of whom nothing has been told."""
    return Contact.objects.create()


def test_attributes_and_merges_stand_beside_events(ask):
    ada = make_contact(email="ada@example.com")
    other = make_contact(email="b@example.com", now=NOW + timedelta(hours=1))
    make_event(ada, name="signed_up", at=NOW + timedelta(days=1))
    merge_by_hand(
        contact_id=ada.pk, other_id=other.pk, user=None, now=NOW + timedelta(days=2)
    )

    assert ask(ada) == [
        "b@example.com became a part of this contact",
        "Signed up",
        "Email is b@example.com, by hand",
        "Email is ada@example.com, by hand",
    ]
    assert ask(ada, event="#merges") == ["b@example.com became a part of this contact"]
    assert ask(ada, event="#attributes") == [
        "Email is b@example.com, by hand",
        "Email is ada@example.com, by hand",
    ]


def test_filters_by_source_period_and_words(ask):
    ada, shop = silent_contact(), make_source(name="Shop")
    early = make_event(ada, name="signed_up", at=NOW, color="green")
    Event.objects.filter(pk=early.pk).update(source=shop)
    make_event(ada, name="review_left", at=NOW + timedelta(days=3), stars=4)
    assert_attributes(
        [
            Assertion(
                ada.pk,
                NOW + timedelta(minutes=1),
                "1:1",
                {"city": "Greenwich"},
                "identify",
                source_id=shop.pk,
            )
        ],
        now=NOW,
    )

    told = "City is Greenwich, by a message"
    assert ask(ada, source=shop.pk) == [told, "Signed up"]
    assert ask(ada, text="GREEN") == [told, "Signed up"]
    assert ask(ada, text="review") == ["Left a review with 4 of 5 stars"]
    assert ask(ada, since="2026-03-02") == ["Left a review with 4 of 5 stars"]
    assert ask(ada, until="2026-03-01") == [told, "Signed up"]
    assert len(ask(ada, since="2026-99-99", source="x", text=" ")) == 3


def test_many_events_are_read_a_page_at_a_time(ask, django_assert_max_num_queries):
    ada = silent_contact()
    Event.objects.bulk_create(
        Event(
            contact=ada,
            name="signed_up",
            key=str(number),
            occurred_at=NOW,
            properties={},
        )
        for number in range(200)
    )

    with django_assert_max_num_queries(12):
        assert len(ask(ada, page=8)) == 25
