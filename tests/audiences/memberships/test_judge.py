"""Contacts are judged in many audiences at once, and never as of an earlier moment."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audiences.memberships.clock import pass_time
from audiences.memberships.judge import Happening, judge
from audiences.memberships.ledger import Difference, News
from audiences.memberships.live import backlog, react_next
from audiences.memberships.refresh import refresh_audience
from audiences.models import Audience, Membership, MembershipChange, Trait
from audiences.models.membership import Cause
from contacts.background import Backlog
from contacts.events import Fact, record
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact

HOUR = timedelta(hours=1)
LATER = NOW + HOUR


def did(name, **changes):
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [],
        **changes,
    }


def last(name, amount, unit="hours"):
    return did(name, window={"kind": "last", "amount": amount, "unit": unit})


def inside(audience, operator="in"):
    return {"kind": "audience", "audience": audience.pk, "operator": operator}


def both(*conditions):
    return {"kind": "all", "conditions": list(conditions)}


def record_event(contact, name, at=NOW, key="1"):
    record(Fact(contact_id=contact.pk, name=name, at=at, key=key), now=at)


def members():
    rows = Membership.objects.order_by("audience_id", "contact_id")
    return list(rows.values_list("audience_id", "contact_id"))


@pytest.mark.django_db
def test_many_audiences_are_read_and_written_in_one_statement_each():
    people = [make_contact(attributes={"plan": "pro"}) for _ in range(3)]
    rules = [did("a"), both(did("a"), PRO), both(did("a"), did("b")), did("b")]
    audiences = [make_audience(rule=rule) for rule in rules]
    record_event(people[0], "a")
    record_event(people[1], "b")

    with CaptureQueriesContext(connection) as captured:
        react_next(LATER)

    assert members() == [
        (audiences[0].pk, people[0].pk),
        (audiences[1].pk, people[0].pk),
        (audiences[3].pk, people[1].pk),
    ]
    statements = [query["sql"] for query in captured.captured_queries]
    assert sum("contacts_event" in sql for sql in statements) == 1
    assert sum("INTO audiences_membership" in sql for sql in statements) == 1
    # The condition that three rules have is computed once.
    [look] = [sql for sql in statements if "contacts_event" in sql]
    assert look.count("event.name = (SELECT 'a'::text)") == 1


@pytest.mark.django_db
def test_only_conditions_that_may_have_changed_decide():
    ada = make_contact()
    changed = make_audience(rule=PRO)
    told = make_audience(rule=did("a"))
    ada.attributes = {"plan": "pro"}
    ada.save()
    record_event(ada, "a")

    react_next(LATER)

    # That the plan has changed nobody has said.
    assert members() == [(told.pk, ada.pk)]
    assert Audience.objects.get(pk=changed.pk).judged_at is None


@pytest.mark.django_db
def test_chain_of_audiences_is_judged_in_order():
    ada, ben = make_contact(), make_contact()
    inner = make_audience(rule=did("a"))
    middle = make_audience(rule=inside(inner, "not_in"))
    outer = make_audience(rule=both(inside(inner), inside(middle, "not_in")))
    assert members() == [(middle.pk, ada.pk), (middle.pk, ben.pk)]

    record_event(ada, "a")
    react_next(LATER)

    assert members() == [(inner.pk, ada.pk), (middle.pk, ben.pk), (outer.pk, ada.pk)]


@pytest.mark.django_db
def test_refresh_takes_those_along_who_name_the_audience():
    ada = make_contact()
    inner = make_audience()
    outer = make_audience(rule=inside(inner))
    ada.attributes = {"plan": "pro"}
    ada.save()

    refresh_audience(inner, now=LATER, cause=Cause.REFRESHED)

    assert members() == [(inner.pk, ada.pk), (outer.pk, ada.pk)]
    assert (
        list(MembershipChange.objects.values_list("cause", flat=True))
        == ["refreshed"] * 2
    )


@pytest.mark.django_db
def test_older_look_is_made_as_of_the_newest():
    ada = make_contact()
    audience = make_audience(rule=last("a", 1))
    record_event(ada, "a", NOW)
    # Somebody has judged after the event has left the window.
    judge([Happening(ada.pk, "a", News(Cause.EVENT))], now=LATER)

    found = refresh_audience(
        audience, now=LATER - timedelta(seconds=1), cause=Cause.REFRESHED
    )

    assert found == Difference()
    assert MembershipChange.objects.count() == 0


@pytest.mark.django_db
def test_what_lies_ahead_waits_until_then():
    ada = make_contact()
    make_audience(rule=did("a"))
    record(Fact(contact_id=ada.pk, name="a", at=LATER, key="1"), now=NOW)
    just_before = LATER - timedelta(microseconds=1)

    assert backlog(just_before) == Backlog(0, None)
    assert react_next(just_before) == 0
    assert react_next(LATER) == 1

    assert len(members()) == 1


@pytest.mark.django_db
def test_more_contacts_than_one_statement_takes(monkeypatch):
    monkeypatch.setattr("audiences.memberships.judge.CHUNK", 2)
    audience = make_audience(rule=did("a"))
    people = [make_contact() for _ in range(5)]
    for contact in people:
        record_event(contact, "a")

    assert react_next(LATER) == 10  # Each was made, and did it.

    assert members() == [(audience.pk, contact.pk) for contact in people]
    assert Audience.objects.get().size == 5


@pytest.mark.django_db
def test_more_names_than_bits(monkeypatch):
    monkeypatch.setattr("audiences.memberships.judge.BITS", 2)
    ada = make_contact()
    audiences = [make_audience(rule=did(name)) for name in "abcde"]
    for name in "abcd":
        record_event(ada, name)

    react_next(LATER)

    assert members() == [(audience.pk, ada.pk) for audience in audiences[:4]]


@pytest.mark.django_db
def test_forgotten_contact_leaves_even_what_he_fits():
    ada = make_contact()
    make_audience(rule={"kind": "not", "condition": did("a")})
    assert len(members()) == 1
    type(ada).objects.filter(pk=ada.pk).update(erased_at=NOW)

    record_event(ada, "a")
    react_next(LATER)

    assert members() == []


@pytest.mark.django_db(transaction=True)
def test_who_judges_at_the_same_time_counts_once():
    audiences = [make_audience(rule=did("a")), make_audience(rule=last("a", 5))]
    people = [make_contact() for _ in range(30)]
    for contact in people:
        record_event(contact, "a")
    happenings = [Happening(one.pk, "a", News(Cause.EVENT)) for one in people]
    start = threading.Barrier(4)

    def look():
        start.wait()
        with transaction.atomic():
            judge(happenings, now=NOW)
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert MembershipChange.objects.count() == 60
    assert list(Audience.objects.order_by("pk").values_list("pk", "size")) == [
        (audience.pk, 30) for audience in audiences
    ]


@pytest.mark.django_db
def test_trait_is_computed_once_for_all_conditions():
    ada = make_contact()
    spent = Trait.objects.create(
        name="Spent",
        key="spent",
        definition={
            "kind": "sum",
            "event": "order",
            "property": "total",
            "window": {"kind": "last", "amount": 90, "unit": "days"},
        },
    )
    audiences = [
        make_audience(
            rule={
                "kind": "trait",
                "trait": spent.pk,
                "operator": "greater_than",
                "value": limit,
            }
        )
        for limit in (100, 499.99, 500)
    ]
    total = {"total": "500.00"}
    record(
        Fact(contact_id=ada.pk, name="order", at=NOW, key="1", properties=total),
        now=NOW,
    )

    with CaptureQueriesContext(connection) as captured:
        react_next(NOW)

    assert members() == [(audience.pk, ada.pk) for audience in audiences[:2]]
    [look] = [
        query["sql"]
        for query in captured.captured_queries
        if "contacts_event" in query["sql"]
    ]
    assert look.count("FROM contacts_event") == 1

    end = NOW + 90 * 24 * HOUR
    assert pass_time(end - timedelta(microseconds=1)) == 0
    assert pass_time(end) > 0
    assert members() == []
