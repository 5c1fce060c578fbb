import pytest

from contacts.models import Contact, Event, Reaction, Receipt, Replay, WatchedEvent
from contacts.plans.check import PLANS
from contacts.plans.repairs import Target
from contacts.replays import NothingToReplay, advance_replay, start_replay
from contacts.tasks import advance_replays
from contacts.work import claim
from tests.factories.contacts import NOW
from tests.factories.plans import (
    make_plan,
    make_receipt,
    make_repair,
    make_source,
    make_violation,
)

pytestmark = pytest.mark.django_db
BLOCKED = Target("track", "Order Completed")


@pytest.fixture(autouse=True)
def no_plans():
    """Forget what other tests have compiled under the same ids."""
    PLANS.clear()


@pytest.fixture
def source():
    """A source whose plan wants a number."""
    made = make_source()
    make_plan(
        {"event": "Order Completed", "path": "total", "types": "number"},
        source=made,
        wrong_properties="block",
    )
    WatchedEvent.objects.create(consumer="test", name="Order Completed")
    return made


def blocked(source, total="5"):
    receipt = make_receipt(source, properties={"total": total}, reason="wrong_type")
    make_violation(receipt, problem="wrong_type")
    return receipt


def replay(is_live=False, target=BLOCKED):
    """Start a replay and run it to its end."""
    started = start_replay(target=target, is_live=is_live, user=None, now=NOW)
    while True:
        work = claim(Replay, now=NOW)
        has_more = advance_replay(work, now=NOW)
        if not has_more:
            work.refresh_from_db()
            assert work.pk == started.pk
            return work
        Replay.objects.update(lease_until=NOW)


def test_repaired_messages_become_events_once(source):
    receipts = [blocked(source, "5"), blocked(source, "6"), blocked(source, "six")]
    make_repair({"do": "to_number", "path": "total"})

    first = replay()
    second = replay()

    assert first.counts == {"accepted": 2, "blocked": 1}
    assert (first.total_count, first.done_count) == (3, 3)
    assert (second.counts, second.total_count) == ({"blocked": 1}, 1)
    events = Event.objects.order_by("pk")
    assert [event.properties for event in events] == [{"total": 5}, {"total": 6}]
    assert {event.occurred_at for event in events} == {NOW}
    states = Receipt.objects.order_by("pk").values_list("pk", "state", "copies")
    assert list(states) == [
        (receipts[0].pk, "accepted", 0),
        (receipts[1].pk, "accepted", 0),
        (receipts[2].pk, "blocked", 0),
    ]
    assert Receipt.objects.first().replayed_at == NOW
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(("is_live", "reactions"), [(False, 0), (True, 1)])
def test_campaigns_react_only_if_they_are_told_to(source, is_live, reactions):
    blocked(source)
    make_repair({"do": "to_number", "path": "total"})

    replay(is_live=is_live)

    assert Event.objects.get().is_historical is not is_live
    assert Reaction.objects.filter(consumer="test").count() == reactions


def test_replay_takes_only_its_own(source):
    other = make_source()
    wanted = blocked(source)
    for receipt in (
        make_receipt(other, properties={"total": 1}),
        make_receipt(source, name="Other", properties={"total": 1}),
        make_receipt(source, state="rejected", properties={"total": 1}),
        make_receipt(source, properties={"total": 1}, reason="missing"),
    ):
        assert receipt.pk
    make_repair({"do": "to_number", "path": "total"})

    done = replay(
        target=Target(
            "track", "Order Completed", source_id=source.pk, reason="wrong_type"
        )
    )

    assert done.counts == {"accepted": 1}
    assert Receipt.objects.get(state="accepted") == wanted


def test_replay_leaves_what_came_after_it(source):
    blocked(source)
    make_repair({"do": "to_number", "path": "total"})
    started = start_replay(target=BLOCKED, is_live=False, user=None, now=NOW)
    blocked(source)

    advance_replay(claim(Replay, now=NOW), now=NOW)

    started.refresh_from_db()
    assert started.counts == {"accepted": 1}
    assert Receipt.objects.filter(state="blocked").count() == 1


def test_rejected_message_is_read_again(source):
    good = make_receipt(source, state="rejected", properties={"total": 5})
    payload = {"type": "track", "event": "Order Completed"}
    make_receipt(source, state="rejected", payload=payload)
    make_receipt(source, state="rejected", reason="too_large", payload=payload)

    done = replay(target=Target("track", "Order Completed", state="rejected"))

    assert done.counts == {"accepted": 1, "rejected": 1}
    assert Receipt.objects.get(state="accepted") == good


def test_worker_that_dies_loses_and_doubles_nothing(source, monkeypatch):
    monkeypatch.setattr("contacts.replays.CHUNK", 2)
    for total in range(5):
        blocked(source, str(total))
    make_repair({"do": "to_number", "path": "total"})
    started = start_replay(target=BLOCKED, is_live=False, user=None, now=NOW)
    assert advance_replay(claim(Replay, now=NOW), now=NOW) is True
    # It is killed here; its lease runs out.
    Replay.objects.update(lease_until=NOW)

    advance_replays()

    started.refresh_from_db()
    assert (started.state, started.counts) == ("done", {"accepted": 5})
    assert started.done_count == 5
    totals = Event.objects.order_by("pk").values_list("properties__total", flat=True)
    assert list(totals) == [0, 1, 2, 3, 4]


def test_nothing_kept_is_nothing_to_replay(source):
    make_receipt(source, payload=None)
    Receipt.objects.update(payload=None)

    with pytest.raises(NothingToReplay):
        start_replay(target=BLOCKED, is_live=False, user=None, now=NOW)

    assert not Replay.objects.exists()
