import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from django.db import connection, transaction
from django_q.models import OrmQ

from contacts import background
from contacts.background import Backlog, Slice, SliceState
from contacts.models import Doorbell

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def slices(monkeypatch):
    """No slices but those which the test registers."""
    monkeypatch.setattr(background, "SLICES", {})
    return background.SLICES


def make_slice(name="errands.run", count=1, oldest=NOW):
    piece = Slice(name, "Run errands", "os.getpid", lambda now: Backlog(count, oldest))
    background.register_slice(piece)
    return piece


def bell(name="errands.run"):
    return Doorbell.objects.get(slice_name=name)


def test_enqueue_vanishes_with_its_transaction(db):
    with transaction.atomic():
        background.enqueue("os.getpid")
        queued = OrmQ.objects.count()
        transaction.set_rollback(True)

    assert (queued, OrmQ.objects.count()) == (1, 0)


def test_drain_stops_when_a_step_does_nothing():
    steps = [0, 3, 5]

    assert background.drain(steps.pop) is False
    assert steps == []


def test_drain_stops_when_the_time_is_up():
    assert background.drain(lambda: 1, seconds=0.01) is True


def test_drain_lingers_for_more(monkeypatch):
    monkeypatch.setattr(background, "LOOK_AGAIN_SECONDS", 0.01)
    steps = [0] * 200 + [5, 0, 3]

    assert background.drain(steps.pop, linger=0.05) is False
    assert 0 < len(steps) < 200


def test_drain_begins_a_step_so_often_at_most(monkeypatch):
    slept = []
    monkeypatch.setattr(background.time, "monotonic", iter(range(100)).__next__)
    monkeypatch.setattr(background.time, "sleep", slept.append)
    steps = [0, 3, 5]

    assert background.drain(steps.pop, pace=4.0) is False
    assert slept == [3.0, 3.0]


@pytest.mark.django_db(transaction=True)
def test_ringing_keeps_the_place_at_a_slice(slices):
    make_slice()
    connection.close_at = time.monotonic()

    with background.hand("errands.run", places=1) as is_free:
        background.ring_now("errands.run")
        with ThreadPoolExecutor(1) as pool:
            is_free_for_others = pool.submit(_may_join).result()

    assert (is_free, is_free_for_others) == (True, False)
    assert OrmQ.objects.count() == 1


def _may_join():
    try:
        with background.hand("errands.run", places=1) as is_free:
            return is_free
    finally:
        connection.close()


def test_sweep_rings_for_what_is_due(db, slices):
    make_slice("errands.run", count=3)
    make_slice("errands.rest", count=0)

    assert background.sweep(now=NOW) == ["errands.run"]
    assert OrmQ.objects.count() == 1
    assert bell().rung_at == NOW


def test_sweep_waits_before_it_rings_an_unanswered_bell_again(db, slices):
    make_slice()
    background.sweep(now=NOW)

    rung = [background.sweep(now=NOW + second * SECOND) for second in range(1, 7)]

    assert rung == [[], [], [], [], ["errands.run"], []]


def test_sweep_rings_sooner_when_whoever_answered_is_done(db, slices):
    make_slice()
    background.sweep(now=NOW)
    background.answer("errands.run", now=NOW + SECOND)

    rung = [background.sweep(now=NOW + second * SECOND) for second in (2, 3)]

    assert rung == [[], ["errands.run"]]


def test_sweep_rings_at_once_after_a_run_that_left_nothing(db, slices):
    make_slice()
    background.sweep(now=NOW)
    background.run_slice("errands.run", lambda: 0, clock=lambda: NOW + SECOND)
    OrmQ.objects.all().delete()

    rung = [
        background.sweep(now=NOW + SECOND + moment * SECOND / 10) for moment in (1, 2)
    ]

    assert rung == [["errands.run"], []]


def test_sweep_lets_a_slice_rest_that_failed(db, slices):
    make_slice()
    Doorbell.objects.create(slice_name="errands.run", rung_at=NOW, answered_at=NOW)
    background.note_failure("errands.run", ValueError("no"), now=NOW)

    rung = [background.sweep(now=NOW + second * SECOND) for second in (6, 14, 15)]

    assert rung == [[], [], ["errands.run"]]


def test_sweep_goes_on_when_one_slice_can_not_be_seen(db, slices, caplog):
    broken = Slice("errands.broken", "Broken", "os.getpid", lambda now: 1 / 0)
    background.register_slice(broken)
    make_slice()

    assert background.sweep(now=NOW) == ["errands.run"]
    assert bell("errands.broken").error == "ZeroDivisionError: division by zero"
    assert "can not be seen" in caplog.text


def test_run_slice_answers_drains_and_clears_the_last_error(db, slices):
    make_slice()
    Doorbell.objects.create(slice_name="errands.run", error="ValueError: old")
    steps = [0, 3, 5]

    background.run_slice("errands.run", steps.pop, clock=lambda: NOW)

    assert steps == []
    assert (bell().answered_at, bell().error) == (NOW, "")
    assert OrmQ.objects.count() == 0


def test_run_slice_rings_for_the_rest(db, slices, monkeypatch):
    make_slice()
    monkeypatch.setattr(background, "drain", lambda step, linger, pace: True)

    background.run_slice("errands.run", lambda: 1, clock=lambda: NOW)

    assert [task.func() for task in OrmQ.objects.all()] == ["os.getpid"]


def test_run_slice_notes_what_went_wrong_and_raises(db, slices):
    make_slice()

    with pytest.raises(ZeroDivisionError):
        background.run_slice("errands.run", lambda: 1 // 0, clock=lambda: NOW)

    assert bell().error == "ZeroDivisionError: integer division or modulo by zero"
    assert bell().failed_at == NOW


def test_run_slice_leaves_when_another_worker_is_at_it(
    transactional_db, settings, slices
):
    settings.TASK_WORKERS = 2
    make_slice()
    entered, leave = threading.Event(), threading.Event()

    def first_worker():
        with background.hand("errands.run"):
            entered.set()
            leave.wait(10)
        connection.close()

    thread = threading.Thread(target=first_worker)
    thread.start()
    entered.wait(10)
    calls = []
    background.run_slice("errands.run", lambda: calls.append(1) or 0)
    leave.set()
    thread.join()
    assert calls == []

    background.run_slice("errands.run", lambda: calls.append(1) or 0)
    assert calls == [1]


def test_run_slice_keeps_to_the_places_of_the_slice(transactional_db, settings, slices):
    settings.TASK_WORKERS = 5
    piece = Slice("errands.run", "Run", "os.getpid", lambda now: 1, places=1)
    background.register_slice(piece)
    calls = []

    def step():
        other = threading.Thread(target=second_worker)
        other.start()
        other.join()
        return 0

    def second_worker():
        background.run_slice("errands.run", lambda: calls.append("second") or 0)
        connection.close()

    background.run_slice("errands.run", step)

    assert calls == []


def make_reading_slice(name, linger=0.0, hears=()):
    piece = Slice(
        name,
        "Read",
        "os.getpid",
        lambda now: Backlog(0, None),
        linger=linger,
        hears=hears,
    )
    background.register_slice(piece)


def test_whoever_writes_for_a_consumer_rings_once_it_is_committed(
    transactional_db, slices
):
    make_reading_slice("errands.read", hears=("errands",))
    make_reading_slice("errands.other", hears=("others",))
    make_slice()

    with transaction.atomic():
        background.ring_for(["errands.late", "somebody"])
        background.ring_for(["errands"])
        before = OrmQ.objects.count()
    background.ring_for([])

    assert (before, OrmQ.objects.count()) == (0, 1)
    assert list(Doorbell.objects.values_list("slice_name", flat=True)) == [
        "errands.read"
    ]


def test_nobody_rings_for_what_was_taken_back(transactional_db, slices):
    make_reading_slice("errands.read", hears=("errands",))

    with transaction.atomic():
        background.ring_for(["errands"])
        transaction.set_rollback(True)

    assert not Doorbell.objects.exists()


def test_one_worker_does_not_linger(settings, slices):
    make_slice()
    make_reading_slice("errands.first", linger=2.0)
    make_reading_slice("errands.second", linger=3.0)
    stays = {}

    for settings.TASK_WORKERS in (1, 2, 3):
        stays[settings.TASK_WORKERS] = [background.stay_of(name) for name in slices]

    assert stays == {1: [0, 0, 0], 2: [0, 2, 0], 3: [0, 2, 3]}


def test_slices_that_linger_leave_no_slice_alone(settings, slices):
    settings.TASK_WORKERS = 4
    make_slice()
    places = [background.places_at_most()]

    for name in ("errands.first", "errands.second", "errands.third", "errands.fourth"):
        make_reading_slice(name, linger=2.0)
        places.append(background.places_at_most())

    assert places == [3, 3, 2, 1, 1]


def test_run_slice_answers_while_a_step_takes_long(transactional_db, slices):
    make_slice()
    moments = count()

    def step():
        patience = time.monotonic() + 20
        while bell().answered_at <= NOW + 2 * SECOND and time.monotonic() < patience:
            time.sleep(0.02)
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "BEAT_SECONDS", 0.05)
        background.run_slice(
            "errands.run", step, clock=lambda: NOW + next(moments) * SECOND
        )

    assert bell().answered_at > NOW + 2 * SECOND


def test_states_tell_what_is_due_and_how_the_bell_stands(db, slices):
    rung, silent = make_slice(), make_slice("errands.rest", count=0, oldest=None)
    Doorbell.objects.create(slice_name="errands.run", rung_at=NOW)

    assert background.states(now=NOW) == [
        SliceState(rung, Backlog(1, NOW), NOW, None, "", None),
        SliceState(silent, Backlog(0, None), None, None, "", None),
    ]


def test_work_backlog_counts_rows_that_wait_for_a_worker(errands):
    first = errands.objects.create(created_at=NOW)
    errands.objects.create(created_at=NOW + SECOND)
    errands.objects.create(created_at=NOW - SECOND, state="done")

    due = partial(background.work_backlog, errands)

    assert due(NOW) == Backlog(2, first.created_at)
