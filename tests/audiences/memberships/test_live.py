"""What happens to a contact lets it enter and leave at once, and history tells nobody."""

from datetime import timedelta

import pytest
from django.db import connection

from audiences.definitions import archive_audience, change_audience, restore_audience
from audiences.memberships import judge
from audiences.memberships.live import backlog, react_next
from audiences.memberships.refresh import refresh_audience
from audiences.memberships.schedule import refresh_next
from audiences.models import (
    Audience,
    Membership,
    MembershipChange,
    MembershipReaction,
    WatchedAudience,
)
from audiences.models.membership import Cause
from contacts.background import Backlog
from contacts.changes import tell_changed
from contacts.events import Fact, record
from contacts.models import Contact, Event, Reaction, WatchedEvent
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact

LATER = NOW + timedelta(hours=1)
ORDERED = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}
TWICE = {**ORDERED, "count": 2}


def order(contact, key="F1", at=NOW, **changes):
    fact = Fact(
        contact_id=contact.pk, name="order_completed", at=at, key=key, **changes
    )
    record(fact, now=LATER)
    return Event.objects.get(contact=contact, key=key).pk


def react(now=LATER):
    """React until nothing is left; tell what was taken in each batch."""
    taken = []
    while count := react_next(now):
        taken.append(count)
    return taken


def ledger(**filters):
    return list(
        MembershipChange.objects.filter(**filters)
        .order_by("pk")
        .values_list(
            "contact_id", "audience_id", "change", "cause", "event_id", "receipt_id"
        )
    )


def told():
    """Who enters that somebody was told of."""
    rows = MembershipReaction.objects.order_by("pk")
    return list(rows.values_list("contact_id", "audience_id", "change"))


def watch(*audiences):
    for audience in audiences:
        WatchedAudience.objects.create(consumer="campaign:1", audience=audience)


def test_event_lets_its_contact_alone_enter_at_once(db):
    ada, _ = make_contact(), make_contact()
    audience, _ = make_audience(rule=ORDERED), make_audience(rule=PRO)
    watch(audience)

    event = order(ada)
    assert backlog(LATER) == Backlog(1, LATER)

    assert react() == [1]
    assert ledger() == [(ada.pk, audience.pk, "entered", "event", event, None)]
    assert told() == [(ada.pk, audience.pk, "entered")]
    assert Audience.objects.get(pk=audience.pk).size == 1
    assert backlog(LATER) == Backlog(0, None)
    assert react() == []


def test_last_of_several_events_is_the_cause(db):
    ada = make_contact()
    audience = make_audience(rule=TWICE)

    order(ada, "F1")
    second = order(ada, "F2")

    assert react() == [2]
    assert ledger() == [(ada.pk, audience.pk, "entered", "event", second, None)]


def test_changed_contact_enters_and_leaves_by_its_receipt(db):
    ada = make_contact()
    audience = make_audience(rule=PRO)
    watch(audience)

    for receipt, plan in ((7, "pro"), (8, "free")):
        Contact.objects.filter(pk=ada.pk).update(attributes={"plan": plan})
        tell_changed({ada.pk: receipt}, now=LATER)
        react()

    assert ledger() == [
        (ada.pk, audience.pk, "entered", "changed", None, 7),
        (ada.pk, audience.pk, "left", "changed", None, 8),
    ]
    assert told() == [(ada.pk, audience.pk, "entered"), (ada.pk, audience.pk, "left")]


def test_audience_that_names_another_is_looked_at_in_its_turn(db):
    ada = make_contact()
    inner = make_audience(rule=ORDERED)
    outer = make_audience(
        rule={"kind": "audience", "audience": inner.pk, "operator": "in"}
    )

    event = order(ada)
    react()

    assert ledger() == [
        (ada.pk, inner.pk, "entered", "event", event, None),
        (ada.pk, outer.pk, "entered", "event", event, None),
    ]


def test_history_enters_and_tells_nobody(db):
    ada = make_contact()
    inner = make_audience(rule=ORDERED)
    outer = make_audience(
        rule={"kind": "audience", "audience": inner.pk, "operator": "in"}
    )
    watch(inner, outer)

    event = order(ada, is_historical=True)
    react()

    assert ledger() == [
        (ada.pk, inner.pk, "entered", "history", event, None),
        (ada.pk, outer.pk, "entered", "history", event, None),
    ]
    assert told() == []


def test_refresh_that_comes_before_tells_nobody_of_history_either(db):
    ada, ben = make_contact(), make_contact()
    audience = make_audience(rule=ORDERED)
    watch(audience)

    order(ada, is_historical=True)
    order(ben)
    refresh_audience(audience, now=LATER, cause=Cause.REFRESHED)

    assert sorted(ledger()) == [
        (ada.pk, audience.pk, "entered", "history", None, None),
        (ben.pk, audience.pk, "entered", "refreshed", None, None),
    ]
    assert told() == [(ben.pk, audience.pk, "entered")]
    assert react() == [1, 1]
    assert len(ledger()) == 2


def test_live_event_after_history_tells(db):
    ada, ben = make_contact(), make_contact()
    audience = make_audience(rule=TWICE)
    watch(audience)

    order(ada, "F1", is_historical=True)
    react()
    live = order(ada, "F2")
    # In whatever order the two are looked at, the news is the news.
    order(ben, "F1", is_historical=True)
    other = order(ben, "F2")
    react()

    assert sorted(ledger()) == [
        (ada.pk, audience.pk, "entered", "event", live, None),
        (ben.pk, audience.pk, "entered", "event", other, None),
    ]
    assert sorted(told()) == [
        (ada.pk, audience.pk, "entered"),
        (ben.pk, audience.pk, "entered"),
    ]


def test_what_fails_is_there_again(db, monkeypatch):
    ada = make_contact()
    audience = make_audience(rule=ORDERED)
    event = order(ada)
    monkeypatch.setattr(
        "audiences.memberships.ledger.write",
        lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt),
    )
    with pytest.raises(KeyboardInterrupt):
        react()
    assert (Reaction.objects.count(), Membership.objects.count()) == (1, 0)

    monkeypatch.undo()
    react()

    assert ledger() == [(ada.pk, audience.pk, "entered", "event", event, None)]


def test_rule_that_cannot_be_read_stops_no_other(db):
    ada = make_contact()
    broken, audience = make_audience(rule=ORDERED), make_audience(rule=ORDERED)
    gone = {"kind": "list", "list": 999_999, "operator": "on"}
    Audience.objects.filter(pk=broken.pk).update(
        rule={"kind": "any", "conditions": [ORDERED, gone]}
    )

    event = order(ada)
    react()

    assert ledger() == [(ada.pk, audience.pk, "entered", "event", event, None)]


@pytest.mark.parametrize(
    ("statement", "said"),
    [("SELECT 1 / 0", "division by zero"), (None, "RuntimeError")],
)
def test_rule_that_fails_unexpectedly_stops_no_other(db, monkeypatch, statement, said):
    ada = make_contact()
    poison, audience = make_audience(rule=ORDERED), make_audience(rule=ORDERED)
    Audience.objects.update(refresh_due_at=LATER + timedelta(hours=1))

    def fail(seat, *args):
        if seat.audience.pk != poison.pk:
            return compare(seat, *args)
        if statement:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        raise RuntimeError

    compare = judge._compare
    monkeypatch.setattr("audiences.memberships.judge._compare", fail)
    event = order(ada)

    assert react() == [1]

    entered = (ada.pk, audience.pk, "entered", "event", event, None)
    assert ledger() == [entered]
    assert list(
        Audience.objects.order_by("pk").values_list("refresh_error", "refresh_due_at")
    ) == [
        (said, LATER + timedelta(minutes=1)),
        ("", LATER + timedelta(hours=1)),
    ]

    monkeypatch.undo()
    assert refresh_next(LATER + timedelta(minutes=1)) == 1

    assert ledger() == [
        entered,
        (ada.pk, poison.pk, "entered", "refreshed", None, None),
    ]
    assert Audience.objects.get(pk=poison.pk).refresh_error == ""


def test_what_is_watched_follows_the_rules(db):
    def watched():
        rows = WatchedEvent.objects.order_by("consumer", "name")
        return list(rows.values_list("consumer", "name", "tells_history"))

    first = make_audience(rule=ORDERED)
    second = make_audience(rule={"kind": "not", "condition": PRO})
    both = [
        ("audiences", "contact_changed", False),
        ("audiences", "contact_remade", False),
        ("audiences", "order_completed", False),
        ("audiences.history", "contact_changed", True),
        ("audiences.history", "order_completed", True),
    ]
    assert watched() == both

    archive_audience(second, now=NOW)
    assert watched() == both[1:]

    restore_audience(second, now=NOW)
    change_audience(first, name=first.name, rule=PRO, now=NOW)
    assert watched() == [row for row in both if row[1].startswith("contact_")]


def test_contact_that_history_has_made_is_no_news(db):
    audience = make_audience(rule={"kind": "not", "condition": ORDERED})
    watch(audience)
    ada, ben = make_contact(), make_contact()
    Reaction.objects.all().delete()
    tell_changed({ada.pk: 7}, now=LATER, is_historical=True)

    react()
    refresh_audience(audience, now=LATER, cause=Cause.REFRESHED)

    assert ledger() == [
        (ada.pk, audience.pk, "entered", "history", None, 7),
        (ben.pk, audience.pk, "entered", "refreshed", None, None),
    ]
    assert told() == [(ben.pk, audience.pk, "entered")]


def test_contact_that_is_made_or_merged_is_looked_at_in_every_audience(db):
    inactive = make_audience(rule={**ORDERED, "operator": "at_most", "count": 0})
    twice = make_audience(rule=TWICE)
    ada, ben = make_contact(), make_contact()
    order(ada, "F1")
    Reaction.objects.exclude(name="order_completed").delete()
    react()
    assert ledger() == []

    tell_changed({ben.pk: 7}, now=LATER, is_remade=True)
    react()
    assert ledger(contact_id=ben.pk) == [
        (ben.pk, inactive.pk, "entered", "changed", None, 7)
    ]

    Event.objects.create(contact=ada, name="order_completed", key="F2", occurred_at=NOW)
    tell_changed({ada.pk: None}, now=LATER)
    tell_changed({ada.pk: 8}, now=LATER, is_remade=True)
    react()
    assert ledger(contact_id=ada.pk) == [
        (ada.pk, twice.pk, "entered", "changed", None, 8)
    ]
