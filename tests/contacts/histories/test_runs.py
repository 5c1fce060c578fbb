"""A file of past events, from its upload to its undoing."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from contacts.drain import Result
from contacts.histories import files, runs
from contacts.imports.mapping import Column, MappingError
from contacts.models import (
    Contact,
    Event,
    HistoryRun,
    Identifier,
    Reaction,
    Receipt,
    WatchedEvent,
)
from contacts.models.event import CONTACT_CHANGED
from contacts.work import request_cancel
from tests.factories.contacts import NOW, make_contact
from tests.factories.histories import (
    check_history,
    import_history,
    make_history,
    map_history,
    work,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
ANA = "Order Completed,ana@example.com,2026-01-05 10:00,99.50"
BEN = "Order Completed,ben@example.com,2026-01-06 10:00,12"


def events():
    return list(
        Event.objects.order_by("occurred_at", "pk").values_list(
            "contact__email", "name", "occurred_at", "properties", "is_historical"
        )
    )


def counts(run):
    return {state: count for state, count in run.counts.items() if count}


def test_rows_become_historical_events_of_known_and_new_people():
    make_contact(email="ana@example.com")

    run = import_history(ANA, BEN, "Order Completed,nobody,2026-01-07,1")

    assert counts(run) == {"new": 2, "invalid": 1}
    assert events() == [
        (
            "ana@example.com",
            "Order Completed",
            datetime(2026, 1, 5, 10, tzinfo=UTC),
            {"Total": 99.5},
            True,
        ),
        (
            "ben@example.com",
            "Order Completed",
            datetime(2026, 1, 6, 10, tzinfo=UTC),
            {"Total": 12},
            True,
        ),
    ]
    assert Contact.objects.count() == 2
    receipts = Receipt.objects.values_list("state", "is_historical", "source__name")
    assert list(receipts) == [("accepted", True, "Files")] * 2
    assert (run.forecast["known_people"], run.forecast["new_people"]) == (1, 1)


def test_same_file_twice_counts_once_even_if_it_is_mapped_otherwise():
    import_history(ANA, BEN, ANA)

    again = make_history(ANA, BEN)
    columns = [
        Column("event"),
        Column("email"),
        Column("time"),
        Column("property", "amount", "text"),
    ]
    map_history(again, columns=columns, time_zone="Asia/Tokyo")
    runs.start_check(run=again, now=LATER)
    work(LATER)
    again.refresh_from_db()

    assert counts(again) == {"known": 2}
    assert Event.objects.count() == 2
    assert [run.pk for run in files.earlier_runs(make_history(ANA, BEN, ANA))] == [
        HistoryRun.objects.earliest("pk").pk
    ]


def test_same_row_twice_in_a_file_counts_once():
    run = import_history(ANA, ANA)

    assert counts(run) == {"new": 1, "duplicate": 1}
    assert Event.objects.count() == 1


def test_message_id_of_the_file_counts_once_whatever_else_it_says():
    header = "event,user_id,timestamp,message_id"

    run = import_history(
        "Left,u1,2026-01-05,m1", "Left,u1,2026-01-06,m1", header=header
    )

    assert counts(run) == {"new": 1, "duplicate": 1}
    assert Receipt.objects.get().message_id == "m1"


def test_rows_of_unknown_people_are_left_out_if_so_chosen():
    make_contact(email="ana@example.com")

    run = import_history(ANA, BEN, makes_people=False)

    assert counts(run) == {"new": 1, "stranger": 1}
    assert [row[0] for row in events()] == ["ana@example.com"]
    assert Contact.objects.count() == 1


def test_id_and_email_of_one_row_are_one_person():
    ana = make_contact(email="ana@example.com")
    Identifier.objects.get_or_create(
        kind="email", value="ana@example.com", defaults={"contact": ana}
    )

    import_history(
        "Left,u1,ana@example.com,2026-01-05",
        "Left,u1,,2026-01-06",
        header="event,user_id,email,timestamp",
    )

    owners = {event.identifier_id for event in Event.objects.all()}
    people = set(
        Identifier.objects.filter(pk__in=owners).values_list("contact_id", flat=True)
    )
    assert people == {Identifier.objects.get(value="ana@example.com").contact_id}
    assert Event.objects.count() == 2


def test_what_the_rows_say_is_typed():
    run = make_history(
        "u1,2026-01-05,007,5,true,2026-03-04 10:00,Ü",
        header="user_id,date,properties.code,n,Is new,properties.shipped_on,note",
    )
    map_history(run, event_name="Shipped", time_zone="Europe/Berlin")
    runs.start_check(run=run, now=NOW)
    work()
    runs.confirm_history(run=run, fires=False, user=None, now=NOW)
    work()

    event = Event.objects.get()
    assert event.occurred_at == datetime(2026, 1, 4, 23, tzinfo=UTC)
    assert event.properties == {
        "code": "007",
        "n": 5,
        "is_new": True,
        "shipped_on": "2026-03-04T09:00:00Z",
        "note": "Ü",
    }


def test_order_of_day_and_month_is_asked_if_it_is_open():
    run = make_history("Left,a@example.com,3/4/2026,1")

    with pytest.raises(MappingError, match="day or the month comes first"):
        map_history(run)
    map_history(run, date_order="day")
    runs.start_check(run=run, now=datetime(2026, 5, 1, tzinfo=UTC))
    work(datetime(2026, 5, 1, tzinfo=UTC))

    assert run.rows.get().occurred_at == datetime(2026, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("columns", "choices", "sentence"),
    [
        (("event", "email", "ignore"), {}, "says when it happened"),
        (("event", "ignore", "time"), {}, "says whose it is"),
        (("ignore", "email", "time"), {}, "name of the event"),
        (("event", "email", "time"), {"event_name": "Left"}, "Keep one of the two"),
        (("event", "event", "time"), {}, "both become"),
        (("event", "", "time"), {}, "Choose what “Email” becomes"),
        (("event", "nonsense", "time"), {}, "Choose what “Email” becomes"),
    ],
)
def test_columns_that_cannot_be_used_are_refused(columns, choices, sentence):
    run = make_history("Left,a@example.com,2026-01-05", header="Event,Email,Time")

    with pytest.raises(MappingError, match=sentence):
        map_history(run, columns=[Column(field) for field in columns], **choices)


def test_nobody_reacts_to_history_unless_it_fires():
    WatchedEvent.objects.create(consumer="campaigns", name="Order Completed")
    for name in ("Order Completed", CONTACT_CHANGED):
        WatchedEvent.objects.create(
            consumer="audiences.history", name=name, tells_history=True
        )

    import_history(ANA)
    assert set(Reaction.objects.values_list("consumer", "name")) == {
        ("audiences.history", "Order Completed"),
        ("audiences.history", CONTACT_CHANGED),
    }

    Reaction.objects.all().delete()
    import_history(BEN, fires=True)
    assert ("campaigns", "Order Completed") in set(
        Reaction.objects.values_list("consumer", "name")
    )
    assert not Event.objects.get(contact__email="ben@example.com").is_historical


def test_lines_of_json_are_messages_of_any_kind():
    lines = [
        {
            "type": "identify",
            "userId": "u1",
            "traits": {"email": "ana@example.com", "plan": "pro"},
            "timestamp": "2026-01-01T00:00:00Z",
            "sentAt": "2026-01-01T00:00:01Z",
            "messageId": "i1",
        },
        {
            "type": "track",
            "event": "Left",
            "userId": "u1",
            "originalTimestamp": "2026-01-02 08:00",
            "properties": {"a": [1, {"b": None}]},
        },
        {"event": "Left", "userId": "u1"},
        {"event": "Left", "timestamp": "2026-01-02"},
        {"type": "pag", "userId": "u1", "timestamp": "2026-01-02"},
        {"event": "Left", "userId": "u1", "timestamp": ["x"]},
    ]
    rows = [json.dumps(line) for line in lines]
    rows[2:2] = [
        '{"event": "Left", "userId": "u1", "timestamp": 1767427200, "properties": {"n": NaN}}'
    ]

    run = import_history(*rows, "", "{broken", "[1]", header="", name="all.jsonl")

    assert counts(run) == {"new": 3, "invalid": 6}
    reasons = run.rows.filter(state="invalid").order_by("number")
    assert list(reasons.values_list("line", "reason")) == [
        (4, "time_missing"),
        (5, "no_identifier"),
        (6, "unknown_type"),
        (7, "time_invalid"),
        (9, "bad_json"),
        (10, "not_an_object"),
    ]
    contact = Contact.objects.get()
    assert (contact.email, contact.attributes) == ("ana@example.com", {"plan": "pro"})
    assert [row[2:4] for row in events()] == [
        (datetime(2026, 1, 2, 8, tzinfo=UTC), {"a": [1, {"b": None}]}),
        (datetime(2026, 1, 3, 8, tzinfo=UTC), {"n": None}),
    ]

    assert runs.undo_history(run=run, user=None, now=LATER)
    work(LATER)
    run.refresh_from_db()
    contact.refresh_from_db()
    assert run.undo_report == {"events": 2, "changes": 1}
    assert contact.attributes == {}


def test_import_that_has_not_begun_can_be_thrown_away_and_others_not():
    run = check_history(ANA)
    done = import_history(BEN)

    runs.discard_history(run=run)
    with pytest.raises(files.HistoryClosed):
        runs.discard_history(run=done)
    with pytest.raises(files.HistoryClosed):
        runs.start_check(run=done, now=NOW)
    with pytest.raises(files.HistoryClosed):
        runs.start_check(run=make_history(ANA), now=NOW)

    assert not runs.confirm_history(run=done, fires=True, user=None, now=NOW)
    assert not runs.resume_history(run=done, now=NOW)
    assert not runs.undo_history(run=done, user=None, now=NOW + timedelta(days=31))


def test_pair_of_id_and_email_is_told_once_in_all_chunks(monkeypatch):
    monkeypatch.setattr("contacts.histories.commit.CHUNK", 2)
    rows = [f"Left,u1,ana@example.com,2026-01-0{day}" for day in range(1, 6)]

    run = import_history(*rows, header="event,user_id,email,timestamp")

    assert counts(run) == {"new": 5}
    told = Receipt.objects.filter(kind="identify")
    assert list(told.values_list("user_id", "copies")) == [("u1", 0)]
    contact = Contact.objects.get()
    assert (contact.email, contact.identifiers.count()) == ("ana@example.com", 2)


def test_import_that_was_stopped_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr("contacts.histories.commit.CHUNK", 1)
    run = check_history(ANA, BEN)
    runs.confirm_history(run=run, fires=False, user=None, now=NOW)
    run.refresh_from_db()
    request_cancel(run, now=NOW)
    assert (run.state, run.may_undo(NOW)) == ("canceled", True)

    assert runs.resume_history(run=run, now=LATER)
    work(LATER)

    run.refresh_from_db()
    assert (run.stage, Event.objects.count()) == ("committed", 2)


def test_file_that_can_not_be_read_on_fails_with_its_reason(monkeypatch):
    monkeypatch.setattr("contacts.histories.staging.MAX_ROWS", 1)
    run = make_history(ANA, BEN)
    map_history(run)
    runs.start_check(run=run, now=NOW)
    work()

    run.refresh_from_db()
    assert (run.state, run.is_stopped) == ("failed", True)
    assert "Split the file" in run.error


def test_event_that_the_plan_blocks_is_set_aside(monkeypatch):
    def block(messages, *, now):
        return [Result(receipt_id=1, state=state) for state in ("blocked", "rejected")]

    monkeypatch.setattr("contacts.histories.commit.understand", block)

    run = import_history(ANA, BEN)

    assert list(run.rows.order_by("number").values_list("state", "reason")) == [
        ("invalid", "blocked"),
        ("invalid", "refused"),
    ]
