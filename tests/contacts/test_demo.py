from datetime import timedelta

import pytest

from contacts import demo
from contacts.funnels.report import count_funnel
from contacts.funnels.stages import stages_of
from contacts.funnels.way import Period
from contacts.models import (
    Account,
    AttributeChange,
    Consent,
    Contact,
    ContactList,
    Event,
    EventType,
    Funnel,
    Identifier,
    Merge,
    Receipt,
    Source,
    Suppression,
    TrackingPlan,
    Violation,
)
from contacts.observed import count_people
from contacts.source_health import HealthState, examine_sources
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


def load(seed=1, contacts=60):
    demo.load(seed=seed, contacts=contacts, days=180, now=NOW)


def snapshot():
    people = (
        Contact.objects.exclude(email="")
        .order_by("email")
        .values_list("email", "first_name", "locale", "attributes", "created_at")
    )
    # The keys of what sources sent hold the number of the source.
    own = Event.objects.filter(source=None)
    events = own.order_by("contact__email", "name", "key").values_list(
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
    for model in (Source, TrackingPlan, Receipt, Identifier, AttributeChange, Funnel):
        model.objects.all().delete()

    load()

    assert snapshot() == first
    # One signs in for the first time.
    assert len(first[0]) == 61


def test_demo_people_are_believable():
    load(contacts=400)

    assert not Event.objects.filter(occurred_at__gt=NOW).exists()
    assert not Event.objects.filter(
        occurred_at__lt=NOW - timedelta(days=540), name="order_completed"
    ).exists()
    assert (
        not Contact.objects.exclude(email="")
        .exclude(email__regex=r"^[a-z]+\.[a-z]+\d+@[a-z]+\.example\.(com|org|net)$")
        .exists()
    )
    languages = {
        row.split("-")[0]
        for row in Contact.objects.exclude(email="").values_list("locale", flat=True)
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


def test_demo_traffic_shows_what_may_happen():
    load(contacts=400)

    receipts = Receipt.objects.all()
    health = examine_sources(Source.objects.order_by("name"), now=NOW)
    assert [(one.source.name, one.state) for one in health] == [
        ("Fernweh app", HealthState.QUIET),
        ("Fernweh server", HealthState.LIVE),
        ("Fernweh website", HealthState.LIVE),
    ]
    assert set(receipts.values_list("state", "reason")) == {
        ("accepted", ""),
        ("rejected", "no_identifier"),
        ("blocked", "missing"),
    }
    assert not receipts.filter(received_at__gt=NOW).exists()
    assert receipts.filter(copies=1).exists()
    assert set(Violation.objects.values_list("problem", "reaction")) == {
        ("missing", "block"),
        ("unplanned_event", "allow"),
        ("wrong_type", "omit"),
    }
    # Who signs in after two visits brings the visits along.
    visitor = Contact.objects.get(first_name="Inês", last_name="Moreira")
    assert Event.objects.filter(contact=visitor, source__isnull=False).count() > 5
    assert Merge.objects.count() == 2


def test_demo_people_do_not_mix_with_others():
    make_contact()

    with pytest.raises(demo.HouseNotEmpty):
        load()

    assert Contact.objects.count() == 1


def test_demo_funnels_have_people_in_them():
    load()

    for funnel in Funnel.objects.all():
        stages = stages_of(funnel)
        period = Period(NOW - timedelta(days=180), NOW, timedelta(days=60), NOW)
        counts = [row.count for row in count_funnel(stages, period).stages]
        assert counts == sorted(counts, reverse=True)
        assert counts[-1] > 0
    viewed = EventType.objects.get(name="Product Viewed")
    assert viewed.people_count == count_people("Product Viewed") > 0


def test_members_renew_tickets_are_rated_and_offices_drink_coffee():
    load(contacts=400)

    renewals = Event.objects.filter(name="subscription_renewed")
    assert renewals.exists()
    assert not renewals.filter(contact__attributes__plan="none").exists()
    assert {event.properties["plan"] for event in renewals} == {"club", "club plus"}
    closed = Event.objects.filter(name="ticket_closed")
    assert {event.properties["rating"] for event in closed} >= {3, 4, 5}
    assert closed.filter(properties__comment__startswith="Thank").exists()
    accounts = Account.objects.all()
    assert len(accounts) == 8
    assert {row.attributes["plan"] for row in accounts} == {"office"}
    assert min(row.attributes["seat_adoption"] for row in accounts) == 38
