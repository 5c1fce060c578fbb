import gzip
import json
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection, transaction

from contacts.background import SLICES, Backlog
from contacts.drain import inbox
from contacts.drain.inbox import drain_inbox, has_passed, inbox_backlog
from contacts.models import Event, InboxBody, Receipt
from contacts.tracking.glance import glance
from contacts.tracking.messages import Message
from tests.factories.contacts import NOW
from tests.factories.drain import make_body
from tests.factories.tracking import batch, make_source, track

SECOND = timedelta(seconds=1)


@pytest.fixture
def poison(monkeypatch):
    """Messages of these ids make the drain fail."""
    ids = set()
    understand = inbox.understand

    def fail(came, **options):
        if any(one.message_id in ids and isinstance(one, Message) for one in came):
            raise ValueError("poison")
        return understand(came, **options)

    monkeypatch.setattr(inbox, "understand", fail)
    return ids


def states():
    return dict(Receipt.objects.values_list("message_id", "state"))


@pytest.mark.django_db
def test_bodies_are_understood_and_leave():
    source = make_source()
    make_body(source, track(messageId="m1"), track(messageId="m2"))
    packed = gzip.compress(batch(track(messageId="m3")))
    make_body(source, body=packed, encoding="gzip")
    make_body(source, track(messageId="m1"))

    assert drain_inbox(now=NOW) == 3
    assert drain_inbox(now=NOW) == 0

    assert states() == dict.fromkeys(["m1", "m2", "m3"], "accepted")
    assert not InboxBody.objects.exists()
    assert Event.objects.count() == 3


@pytest.mark.django_db
def test_what_was_acknowledged_is_not_refused_for_its_depth():
    deep = '{"a":' * 70 + "1" + ',"b":1}' * 70
    body = (
        '{"batch":[{"type":"track","event":"x","userId":"u7","messageId":"m1",'
        f'"properties":{deep}}}]}}'
    ).encode()
    assert glance(body, route="batch")
    plain = json.dumps({"batch": [track(messageId="m2", properties=json.loads(deep))]})
    seen_at_the_door = plain.replace("1}", "1" + " " * 600_000 + "}", 1).encode()
    assert not glance(seen_at_the_door, route="batch")
    make_body(make_source(), body=body)
    make_body(make_source(), body=seen_at_the_door)

    drain_inbox(now=NOW)

    assert states() == {"m1": "accepted", "m2": "rejected"}
    assert Receipt.objects.get(message_id="m1").flags == ["cut"]
    value, depth = Event.objects.get().properties, 0
    while isinstance(value, dict):
        value, depth = value["a"], depth + 1
    assert (value, depth) == ("…", 63)


@pytest.mark.django_db
def test_oldest_come_first_and_not_too_many(monkeypatch):
    monkeypatch.setattr(inbox, "MOST_BYTES", 10)
    source = make_source()
    for number in range(3):
        make_body(source, track(messageId=f"m{number}"))

    assert drain_inbox(now=NOW) == 1
    assert list(states()) == ["m0"]


@pytest.mark.django_db
def test_backlog_counts_what_is_not_put_off():
    source = make_source()
    assert inbox_backlog(NOW) == Backlog(0, None)
    make_body(source, received_at=NOW - SECOND)
    make_body(source)
    make_body(source, retry_at=NOW + SECOND, attempts=1)

    assert inbox_backlog(NOW) == Backlog(2, NOW - SECOND)
    assert SLICES["contacts.drain"].places == 1


@pytest.mark.django_db(transaction=True)
def test_poison_is_isolated_tried_again_and_given_up(poison, caplog):
    poison.add("bad")
    source = make_source()
    for number in range(5):
        make_body(source, track(messageId=f"m{number}"))
    body = make_body(source, track(messageId="bad"), track(messageId="good"))
    make_body(source, track(messageId="m5"))

    assert drain_inbox(now=NOW) == 7
    assert states() == dict.fromkeys([f"m{number}" for number in range(6)], "accepted")
    body.refresh_from_db()
    assert (body.attempts, body.error) == (1, "ValueError: poison")
    assert body.retry_at == NOW + inbox.REST

    assert drain_inbox(now=NOW) == 0
    make_body(source, track(messageId="m6"))
    assert drain_inbox(now=NOW + inbox.REST) == 2
    assert drain_inbox(now=NOW + 5 * inbox.REST) == 1

    assert not InboxBody.objects.exists()
    assert states()["good"] == "accepted"
    rejected = Receipt.objects.get(state="rejected")
    assert (rejected.message_id, rejected.reason) == ("bad", "internal_error")
    assert rejected.payload["event"] == "Order Completed"
    assert "given up" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_poison_that_recovers_is_understood(poison):
    poison.add("bad")
    make_body(make_source(), track(messageId="bad"))
    drain_inbox(now=NOW)
    poison.clear()

    drain_inbox(now=NOW + inbox.REST)

    assert states() == {"bad": "accepted"}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_done_if_it_ends_halfway(monkeypatch):
    make_body(make_source(), track(messageId="m1"))

    def die(*args, **kwargs):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr("contacts.drain.batch.count_copies", die)
        with pytest.raises(OperationalError):
            drain_inbox(now=NOW)

    assert (InboxBody.objects.count(), Event.objects.count(), states()) == (1, 0, {})
    assert drain_inbox(now=NOW) == 1
    assert states() == {"m1": "accepted"}


@pytest.mark.django_db(transaction=True)
def test_two_who_drain_at_once_take_nothing_twice():
    source = make_source()
    for number in range(4):
        make_body(source, track(messageId=f"m{number}"), track(messageId="same"))
    counts = []

    def drain_beside():
        counts.append(drain_inbox(now=NOW))
        connection.close()

    with transaction.atomic():
        inbox._take(inbox.PICK, {"most": 2, "bytes": 10**6, "unpacked": 8})
        thread = threading.Thread(target=drain_beside)
        thread.start()
        thread.join(20)
        transaction.set_rollback(True)
    drain_inbox(now=NOW)

    assert counts == [2]
    assert Event.objects.count() == len(states()) == 5
    assert Receipt.objects.get(message_id="same").copies == 3


@pytest.mark.parametrize(
    ("state", "outcome"), [("40P01", True), ("54000", False), ("23505", False)]
)
def test_collisions_are_told_from_poison(state, outcome):
    error = OperationalError("x")
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": state})()

    assert has_passed(error) is outcome
    assert has_passed(ValueError("x")) is False


@pytest.mark.parametrize("state", [None, "53100", "57P01"])
def test_trouble_of_the_database_is_no_poison(state):
    error = OperationalError("x")
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": state})()

    with pytest.raises(OperationalError):
        has_passed(error)


def test_source_that_is_gone_sends_nothing(db):
    body = make_body(make_source(), track())
    gone = SimpleNamespace(pk=body.source_id + 1)
    InboxBody.objects.update(source_id=gone.pk)

    assert drain_inbox(now=NOW) == 1
    assert states() == {}


@pytest.mark.django_db(transaction=True)
def test_collision_is_tried_again_at_once(monkeypatch):
    make_body(make_source(), track(messageId="m1"))
    collision = OperationalError("deadlock detected")
    collision.__cause__ = type("Cause", (Exception,), {"sqlstate": "40P01"})()

    def collide(*args, **kwargs):
        raise collision

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "understand", collide)
        assert drain_inbox(now=NOW) > 0

    assert InboxBody.objects.get().attempts == 0
    assert drain_inbox(now=NOW) == 1
    assert states() == {"m1": "accepted"}


@pytest.mark.django_db(transaction=True)
def test_message_whose_content_can_not_be_kept_is_rejected_without(monkeypatch):
    body = make_body(make_source(), track(messageId="m1"), attempts=2, retry_at=NOW)
    understand = inbox.understand

    def refuse_content(came, **options):
        if any(one.payload is not None for one in came):
            raise ValueError("content")
        return understand(came, **options)

    monkeypatch.setattr(inbox, "understand", refuse_content)

    drain_inbox(now=NOW)

    receipt = Receipt.objects.get()
    assert (receipt.message_id, receipt.reason) == ("m1", "internal_error")
    assert receipt.payload is None
    assert not InboxBody.objects.filter(pk=body.pk).exists()


@pytest.mark.django_db
def test_body_that_can_not_be_read_leaves_a_receipt():
    body = make_body(make_source(), body=b"{")

    drain_inbox(now=NOW)

    receipt = Receipt.objects.get()
    assert (receipt.message_id, receipt.reason) == (str(body.uid), "bad_json")


@pytest.mark.django_db
def test_bodies_that_hold_very_much_take_turns(monkeypatch):
    source = make_source()
    for number in range(3):
        big = track(messageId=f"m{number}", properties={"text": "x" * 10_000})
        make_body(source, body=gzip.compress(batch(big)), encoding="gzip")
    monkeypatch.setattr(inbox, "MOST_UNPACKED", 25_000)

    assert drain_inbox(now=NOW) == 2
    assert states() == dict.fromkeys(["m0", "m1"], "accepted")
    assert drain_inbox(now=NOW) == 1
    assert states() == dict.fromkeys(["m0", "m1", "m2"], "accepted")

    make_body(source, body=gzip.compress(batch(big, big, big)), encoding="gzip")
    assert drain_inbox(now=NOW) == 1


@pytest.mark.django_db
def test_message_is_not_given_up_because_somebody_was_in_the_way(monkeypatch):
    make_body(make_source(), track(messageId="m1"), attempts=2, retry_at=NOW)

    called = []

    def collide(came, **options):
        called.extend(came)
        if len(called) > 1:
            error = OperationalError("deadlock detected")
            error.__cause__ = type("Cause", (Exception,), {"sqlstate": "40P01"})()
            raise error
        if came:
            raise ValueError("poison")

    monkeypatch.setattr(inbox, "understand", collide)

    with pytest.raises(OperationalError):
        drain_inbox(now=NOW)

    assert states() == {}
    assert InboxBody.objects.get().attempts == 2
