import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from contacts.events import Fact, record, record_many, take_reactions
from contacts.models import Event, Reaction, WatchedEvent
from tests.factories.contacts import NOW, make_contact

LATER = NOW + timedelta(hours=1)


def fact(contact, *, name="order_completed", key="F1", at=NOW, **properties):
    return Fact(contact_id=contact.pk, name=name, at=at, key=key, properties=properties)


@pytest.mark.django_db
def test_fact_becomes_an_event():
    ada = make_contact()

    assert record(fact(ada, total=12.5, note="Ü\u2028"), now=LATER)

    event = Event.objects.get()
    assert (event.contact, event.name, event.key) == (ada, "order_completed", "F1")
    assert (event.occurred_at, event.received_at) == (NOW, LATER)
    assert event.properties == {"total": 12.5, "note": "Ü\u2028"}


@pytest.mark.django_db
def test_fact_that_comes_twice_counts_once():
    ada, ben = make_contact(), make_contact()
    facts = [fact(ada), fact(ada), fact(ben), fact(ada, key="F2"), fact(ada, name="x")]

    assert record_many(facts, now=NOW) == 4
    assert record_many(facts, now=LATER) == 0
    assert not record(fact(ada, total=99), now=LATER)

    assert Event.objects.count() == 4
    assert not Event.objects.filter(properties__total=99).exists()
    assert record_many([], now=NOW) == 0


@pytest.mark.django_db
def test_consumers_get_one_reaction_for_each_new_event():
    ada = make_contact()
    WatchedEvent.objects.create(consumer="audiences", name="order_completed")
    WatchedEvent.objects.create(consumer="campaigns", name="order_completed")
    WatchedEvent.objects.create(consumer="campaigns", name="signed_up")

    for _ in range(2):
        record_many([fact(ada), fact(ada, name="review_left")], now=LATER)

    event = Event.objects.get(name="order_completed")
    reactions = Reaction.objects.order_by("consumer").values_list(
        "consumer", "contact", "event_id", "name", "occurred_at", "created_at"
    )
    assert list(reactions) == [
        ("audiences", ada.pk, event.pk, "order_completed", NOW, LATER),
        ("campaigns", ada.pk, event.pk, "order_completed", NOW, LATER),
    ]


@pytest.mark.django_db
def test_historical_facts_count_and_nobody_reacts():
    ada = make_contact()
    WatchedEvent.objects.create(consumer="campaigns", name="order_completed")
    WatchedEvent.objects.create(
        consumer="audiences.history", name="order_completed", tells_history=True
    )
    told = Fact(
        ada.pk, "order_completed", NOW, "7:m1", {}, 7, 12, 99, is_historical=True
    )

    assert record_many([told, fact(ada, key="7:m2")], now=LATER) == 2

    events = Event.objects.order_by("key").values_list(
        "key", "source_id", "identifier_id", "is_historical"
    )
    assert list(events) == [("7:m1", 7, 12, True), ("7:m2", None, None, False)]
    old, new = Event.objects.order_by("key").values_list("pk", flat=True)
    reactions = Reaction.objects.order_by("consumer", "event_id").values_list(
        "consumer", "event_id", "receipt_id"
    )
    assert list(reactions) == [
        ("audiences.history", old, 99),
        ("campaigns", new, None),
    ]


@pytest.mark.django_db(transaction=True)
def test_fact_recorded_on_two_connections_counts_once():
    ada = make_contact()
    WatchedEvent.objects.create(consumer="campaigns", name="order_completed")
    results = []

    def record_beside():
        results.append(record(fact(ada), now=NOW))
        connection.close()

    with transaction.atomic():
        results.append(record(fact(ada), now=NOW))
        other = threading.Thread(target=record_beside)
        other.start()
        other.join(timeout=0.3)  # waits for this transaction to commit
        assert other.is_alive()
    other.join()

    assert results == [True, False]
    assert Event.objects.count() == Reaction.objects.count() == 1


def make_reactions(count):
    WatchedEvent.objects.create(consumer="campaigns", name="order_completed")
    contacts = [make_contact() for _ in range(count)]
    record_many([fact(contact) for contact in contacts], now=NOW)
    return [contact.pk for contact in contacts]


def test_no_more_reactions_are_taken_than_asked_for(repeated_subqueries):
    waiting = make_reactions(6)

    taken = [take_reactions(consumer="campaigns", size=4) for _ in range(3)]

    assert [len(batch) for batch in taken] == [4, 2, 0]
    assert sorted(one.contact_id for batch in taken for one in batch) == waiting


@pytest.mark.django_db(transaction=True)
def test_two_consumers_never_take_the_same_reaction():
    waiting = make_reactions(6)
    other = []

    def take_beside():
        other.extend(take_reactions(consumer="campaigns", size=6))
        connection.close()

    with transaction.atomic():
        mine = take_reactions(consumer="campaigns", size=4)
        thread = threading.Thread(target=take_beside)
        thread.start()
        thread.join(10)

    assert [len(mine), len(other)] == [4, 2]
    assert sorted(one.contact_id for one in [*mine, *other]) == waiting
