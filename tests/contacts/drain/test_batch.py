from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import (
    Account,
    AccountMember,
    AttributeChange,
    Contact,
    Event,
    EventType,
    EventVolume,
    PlannedEvent,
    PlannedProperty,
    PropertyType,
    Reaction,
    Receipt,
    SourceVolume,
    TrackingPlan,
    Violation,
    WatchedEvent,
)
from contacts.models.event import CONTACT_CHANGED
from contacts.tracking import trust
from tests.factories.contacts import NOW
from tests.factories.drain import read, take_in
from tests.factories.tracking import make_source, track

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def identify(**fields):
    return {"type": "identify", "messageId": "i1", "userId": "u1", **fields}


def states(results):
    return [(result.state, result.reason) for result in results]


def test_track_becomes_an_event_of_a_contact_with_a_receipt():
    source = make_source()
    item = track(
        messageId="m1",
        properties={"total": 12.5, "note": "a\tb\\n\n\u2028"},
        timestamp="2026-03-01T10:00:00Z",
        sentAt="2026-03-01T10:59:59Z",
    )

    [result] = take_in(source, item)

    event, receipt, contact = (
        Event.objects.get(),
        Receipt.objects.get(),
        Contact.objects.get(),
    )
    assert (result.state, result.receipt_id, result.event_id, result.contact_id) == (
        "accepted",
        receipt.pk,
        event.pk,
        contact.pk,
    )
    at = datetime(2026, 3, 1, 11, 0, 1, tzinfo=UTC)
    identifier = contact.identifiers.get()
    assert (identifier.kind, identifier.value) == ("user_id", "u1")
    assert (event.contact, event.name, event.key) == (
        contact,
        "Order Completed",
        f"{source.pk}:m1",
    )
    assert (event.occurred_at, event.received_at) == (at, NOW)
    assert event.properties == item["properties"]
    assert (event.source, event.identifier_id) == (source, identifier.pk)
    assert (receipt.kind, receipt.name, receipt.user_id) == (
        "track",
        "Order Completed",
        "u1",
    )
    assert (receipt.event_id, receipt.identifier_id) == (event.pk, identifier.pk)
    assert (receipt.occurred_at, receipt.understood_at) == (at, NOW)
    assert receipt.payload["properties"] == item["properties"]
    assert receipt.flags == []
    assert receipt.outcome == {
        "matched": "new",
        "clock": {"sent_at": "2026-03-01T10:59:59+00:00", "skew_ms": 3601000},
    }


def test_message_counts_once_for_its_source():
    one, other = make_source(), make_source()
    item = track(messageId="m1")

    first = take_in(one, item, item)
    again = take_in(one, item, now=NOW + HOUR)
    elsewhere = take_in(other, item)

    assert [result.state for result in [*first, *again, *elsewhere]] == [
        "accepted",
        "duplicate",
        "duplicate",
        "accepted",
    ]
    assert Event.objects.count() == 2
    assert again[0].receipt_id == first[0].receipt_id
    receipt = Receipt.objects.get(source=one)
    assert (receipt.copies, receipt.last_copy_at) == (2, NOW + HOUR)
    volumes = SourceVolume.objects.order_by("source_id", "hour", "outcome")
    assert list(volumes.values_list("source_id", "hour", "outcome", "count")) == [
        (one.pk, NOW, "accepted", 1),
        (one.pk, NOW, "duplicate", 1),
        (one.pk, NOW + HOUR, "duplicate", 1),
        (other.pk, NOW, "accepted", 1),
    ]


def test_refused_messages_leave_receipts_with_their_reason():
    results = take_in(
        make_source(),
        "nonsense",
        {"type": "track", "userId": "u1", "messageId": "m2"},
        track(messageId="m3", userId="", context={"traits": {"email": "a@b@c"}}),
    )

    assert states(results) == [
        ("rejected", "not_an_object"),
        ("rejected", "no_name"),
        ("rejected", "no_identifier"),
    ]
    assert not Event.objects.exists()
    assert not Contact.objects.exists()
    receipts = Receipt.objects.order_by("pk")
    assert [one.state for one in receipts] == ["rejected"] * 3
    assert receipts[0].payload == "nonsense"


def test_receipt_says_which_names_were_ignored():
    alias = {"type": "alias", "messageId": "m1", "userId": "u1", "previousId": "null"}

    take_in(make_source(), alias)

    ignored = Receipt.objects.get().outcome["refused_links"]
    assert [(one["kind"], one["value"], one["reason"]) for one in ignored] == [
        ("anonymous_id", "null", "blocked_value"),
        ("user_id", "null", "blocked_value"),
    ]


def test_identify_tells_attributes_by_the_time_they_were_true():
    source = make_source()
    take_in(
        source,
        identify(
            messageId="late",
            timestamp="2026-02-02T00:00:00Z",
            traits={"plan": "pro", "email": "Ada@Example.com", "firstName": "Ada"},
            context={"locale": "de-DE"},
        ),
        identify(
            messageId="early",
            timestamp="2026-02-01T00:00:00Z",
            traits={"plan": "free", "age": 30, "timezone": "nowhere"},
        ),
    )

    ada = Contact.objects.get()
    assert (ada.email, ada.first_name, ada.locale) == (
        "ada@example.com",
        "Ada",
        "de-DE",
    )
    assert ada.attributes == {"plan": "pro", "age": 30}
    assert set(ada.identifiers.values_list("kind", "value")) == {
        ("user_id", "u1"),
        ("email", "ada@example.com"),
    }
    change = AttributeChange.objects.get(order_key=f"{source.pk}:late")
    receipt = Receipt.objects.get(message_id="late")
    assert (change.receipt_id, change.cause, change.source) == (
        receipt.pk,
        "identify",
        source,
    )
    assert receipt.outcome["linked"] == [["email", "ada@example.com"]]
    assert Receipt.objects.get(message_id="early").outcome["omitted"] == ["timezone"]


def test_event_of_an_address_alone_gives_the_contact_the_address():
    item = track(messageId="m1", context={"traits": {"email": "Ada@Example.com"}})
    del item["userId"]

    take_in(make_source(), item)

    assert Contact.objects.get().email == "ada@example.com"


def test_alias_makes_two_one():
    source = make_source()
    take_in(source, track(messageId="m1", userId="", anonymousId="visitor"))
    take_in(source, track(messageId="m2", userId="u1"))

    [result] = take_in(
        source,
        {"type": "alias", "messageId": "m3", "previousId": "visitor", "userId": "u1"},
    )

    contact = Contact.objects.get()
    assert result.contact_id == contact.pk
    assert [event.contact_id for event in Event.objects.all()] == [contact.pk] * 2
    assert len(Receipt.objects.get(message_id="m3").outcome["merged"]) == 1


def test_group_makes_an_account_with_its_members():
    source = make_source()

    def group(number, at, **traits):
        return {
            "type": "group",
            "messageId": f"g{number}",
            "userId": f"u{number % 2}",
            "groupId": "acme",
            "timestamp": at,
            "traits": traits,
        }

    take_in(source, group(1, "2026-02-02T00:00:00Z", name="Acme Inc", size=9))
    take_in(
        source,
        group(2, "2026-02-01T00:00:00Z", name="Acme", hq={"city": "Rome"}),
        group(3, "2026-01-01T00:00:00Z", size=1),
        group(4, "2026-02-03T00:00:00Z", hq=None, size=None),
    )

    acme = Account.objects.get()
    assert (acme.group_id, acme.name) == ("acme", "Acme Inc")
    assert acme.attributes == {"hq.city": "Rome"}
    assert acme.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert acme.attributes_at == datetime(2026, 2, 3, tzinfo=UTC)
    first = AccountMember.objects.order_by("first_at").values_list(
        "first_at", flat=True
    )
    assert list(first) == [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
    ]


def test_watchers_react_once_and_to_history_only_those_who_ask():
    for consumer, tells in (("campaigns", False), ("audiences", True)):
        for name in ("Order Completed", CONTACT_CHANGED):
            WatchedEvent.objects.create(
                consumer=consumer, name=name, tells_history=tells
            )
    source = make_source()
    live = [track(messageId="m1"), identify(traits={"plan": "pro"})]
    old = [
        track(messageId="m2", userId="u2"),
        identify(messageId="i2", userId="u2", traits={"plan": "pro"}),
    ]

    for _ in range(2):
        take_in(source, *live)
        take_in(source, *old, historical=True, via="file")

    first, second = Event.objects.order_by("pk")
    reactions = Reaction.objects.order_by("consumer", "event_id")
    assert list(reactions.values_list("consumer", "event_id", "contact_id")) == [
        ("audiences", 0, second.contact_id),
        ("audiences", second.pk, second.contact_id),
        ("campaigns", 0, first.contact_id),
        ("campaigns", first.pk, first.contact_id),
    ]
    assert [first.is_historical, second.is_historical] == [False, True]
    receipt = Receipt.objects.get(message_id="m2")
    assert (receipt.is_historical, receipt.outcome["via"]) == (True, "file")
    assert reactions[3].receipt_id == Receipt.objects.get(message_id="m1").pk


def test_schema_and_volumes_are_learned():
    source = make_source()
    items = [
        track(messageId="m1", properties={"total": 1, "currency": "EUR"}),
        track(messageId="m2", properties={"total": "2", "lines": [{"sku": "A"}]}),
        track(
            messageId="m3", properties={"total": 2.5, "on": "2026-01-02", "gift": None}
        ),
    ]

    take_in(source, *items[:2])
    take_in(source, items[2], now=NOW + HOUR)
    take_in(source, *items)

    event = EventType.objects.get(kind="track")
    assert (event.name, event.count) == ("Order Completed", 3)
    assert (event.first_seen_at, event.last_seen_at) == (NOW, NOW + HOUR)
    volume = EventVolume.objects.get()
    assert (volume.event_type, volume.source, volume.day, volume.count) == (
        event,
        source,
        NOW.date(),
        3,
    )
    found = PropertyType.objects.filter(event_type=event).order_by("path")
    assert list(found.values_list("path", "count", "types", "samples")) == [
        ("currency", 1, {"text": 1}, ["EUR"]),
        ("gift", 1, {"empty": 1}, []),
        ("lines", 1, {"list": 1}, ['[{"sku":"A"}]']),
        ("lines.$", 1, {"object": 1}, ['{"sku":"A"}']),
        ("lines.$.sku", 1, {"text": 1}, ["A"]),
        ("on", 1, {"date": 1}, ["2026-01-02"]),
        ("total", 3, {"integer": 1, "text": 1, "number": 1}, ["2.5", "1", "2"]),
    ]


def make_plan(source, reaction):
    plan = TrackingPlan.objects.create(name="Shop", missing_properties=reaction)
    planned = PlannedEvent.objects.create(plan=plan, name="Order Completed")
    PlannedProperty.objects.create(
        event=planned, path="total", is_required=True, types=["number"]
    )
    source.plan = plan
    source.save()
    return plan


def test_blocked_message_is_kept_and_a_replay_takes_it_up_again():
    source = make_source()
    plan = make_plan(source, "block")
    item = track(messageId="m1")

    assert states(take_in(source, item)) == [("blocked", "missing")]
    assert not Contact.objects.exists()
    violation = Violation.objects.get()
    assert (violation.receipt_id, violation.problem, violation.reaction) == (
        Receipt.objects.get().pk,
        "missing",
        "block",
    )

    plan.missing_properties = "allow"
    plan.revision += 1
    plan.save()
    assert states(take_in(source, item)) == [("duplicate", "")]
    [result] = take_in(source, item, now=NOW + HOUR, is_replay=True, via="replay")
    receipt = Receipt.objects.get()
    assert (result.state, receipt.state, receipt.reason) == ("accepted", "accepted", "")
    assert (receipt.replayed_at, receipt.copies) == (NOW + HOUR, 1)
    assert receipt.event_id == Event.objects.get().pk
    assert Violation.objects.get().reaction == "allow"

    assert states(take_in(source, item, is_replay=True)) == [("duplicate", "")]
    assert Event.objects.count() == 1


def test_event_that_could_pay_is_flagged_unless_its_source_may(monkeypatch):
    monkeypatch.setattr(trust, "_paying", {"Order Completed"})
    for number, source in enumerate([make_source(kind="browser"), make_source()]):
        take_in(source, track(messageId=f"m{number}"), track(event="Other"))

    flags = Receipt.objects.filter(name="Order Completed").order_by("message_id")
    assert list(flags.values_list("flags", flat=True)) == [["untrusted"], []]
    assert not Receipt.objects.filter(name="Other").exclude(flags=[]).exists()


def test_nothing_is_done_for_nothing():
    assert take_in(make_source()) == []


def test_many_cost_as_many_statements_as_few():
    source = make_source()

    def messages(first, count):
        return [
            message
            for number in range(first, first + count)
            for message in (
                track(userId=f"u{number}", properties={"total": number}),
                identify(messageId=f"i{number}", userId=f"u{number}", traits={"a": 1}),
            )
        ]

    take_in(source, *messages(0, 2))
    with CaptureQueriesContext(connection) as few:
        take_in(source, *messages(10, 2))
    with CaptureQueriesContext(connection) as many:
        take_in(source, *messages(20, 40))

    assert len(few) == len(many)
    assert len(read(source, *messages(0, 1))) == 2
