from datetime import timedelta

import pytest

from contacts import demo
from contacts.models import Consent, Contact, ContactList, Event, Suppression
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


def load(seed=1, contacts=60):
    demo.load(seed=seed, contacts=contacts, days=180, now=NOW)


def snapshot():
    people = Contact.objects.order_by("email").values_list(
        "email", "first_name", "locale", "attributes", "created_at"
    )
    events = Event.objects.order_by("contact__email", "name", "key").values_list(
        "contact__email", "name", "key", "occurred_at", "properties"
    )
    return list(people), list(events)


def test_same_seed_makes_the_same_people():
    load()
    first = snapshot()
    Contact.objects.all().delete()
    Event.objects.all().delete()
    ContactList.objects.filter(kind="chosen").delete()
    Suppression.objects.all().delete()

    load()

    assert snapshot() == first
    assert len(first[0]) == 60


def test_demo_people_are_believable():
    load(contacts=400)

    assert not Event.objects.filter(occurred_at__gt=NOW).exists()
    assert not Event.objects.filter(
        occurred_at__lt=NOW - timedelta(days=540), name="order_completed"
    ).exists()
    assert not Contact.objects.exclude(
        email__regex=r"^[a-z]+\.[a-z]+\d+@[a-z]+\.example\.(com|org|net)$"
    ).exists()
    languages = {
        row.split("-")[0] for row in Contact.objects.values_list("locale", flat=True)
    }
    assert languages == {
        "en",
        "de",
        "fr",
        "es",
        "pt",
        "pl",
        "ja",
        "ko",
        "zh",
        "ar",
        "he",
        "ru",
    }
    withdrawn = Consent.objects.filter(state="withdrawn").count()
    assert Suppression.objects.filter(reason="unsubscribed").count() == withdrawn
    assert 0 < Suppression.objects.count() < 30
    assert sorted(ContactList.objects.values_list("name", flat=True)) == [
        "All customers",
        "Berlin pop-up visitors",
        "Beta tasters",
        "Gold members",
        "Newsletter readers",
    ]


def test_demo_people_do_not_mix_with_others():
    make_contact()

    with pytest.raises(demo.HouseNotEmpty):
        load()

    assert Contact.objects.count() == 1
