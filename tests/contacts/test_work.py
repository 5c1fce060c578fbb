import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from contacts import work
from contacts.models.work import WorkState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + work.LEASE


def two_at_once(action):
    """Call ``action`` in two threads, each with its own connection, started together."""
    start = threading.Barrier(2)
    results = []

    def run():
        start.wait()
        try:
            results.append(action())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_claim_takes_the_oldest_row_and_counts_the_attempt(errands):
    first = errands.objects.create()
    errands.objects.create()

    held = work.claim(errands, now=NOW)

    assert held == first
    assert (held.state, held.attempts) == (WorkState.RUNNING, 1)
    assert (held.started_at, held.lease_until) == (NOW, NOW + work.LEASE)


def test_claim_finds_nothing_while_the_lease_holds(errands):
    errands.objects.create()
    work.claim(errands, now=NOW)

    assert work.claim(errands, now=LATER - timedelta(seconds=1)) is None


def test_two_workers_claim_one_row_once(errands):
    errand = errands.objects.create()

    held = two_at_once(lambda: work.claim(errands, now=NOW))

    assert sorted(held, key=bool) == [None, errand]


def test_two_workers_claim_two_rows(errands):
    both = {errands.objects.create(), errands.objects.create()}

    held = two_at_once(lambda: work.claim(errands, now=NOW))

    assert set(held) == both


def test_worker_that_lost_its_lease_writes_nothing(errands):
    errand = errands.objects.create()
    slow = work.claim(errands, now=NOW)
    work.claim(errands, now=LATER)

    for write in (work.release, work.finish, work.cancel):
        with pytest.raises(work.LeaseLost):
            write(slow, now=LATER)
    with pytest.raises(work.LeaseLost):
        work.beat(slow, now=LATER, done=5)
    with pytest.raises(work.LeaseLost):
        work.fail(slow, error="Too late", now=LATER)
    errand.refresh_from_db()
    assert (errand.state, errand.done_count, errand.error) == ("running", 0, "")


def test_work_that_kills_its_workers_is_given_up(errands):
    errand = errands.objects.create()

    claims = [
        work.claim(errands, now=NOW + attempt * work.LEASE) for attempt in range(7)
    ]

    assert claims == [errand] * 6 + [None]
    errand.refresh_from_db()
    assert (errand.state, errand.attempts) == (WorkState.FAILED, 6)
    assert errand.error == work.GIVEN_UP.format(attempts=6)


def test_work_that_is_given_back_loses_no_attempt(errands):
    errands.objects.create()

    for _ in range(20):
        held = work.claim(errands, now=NOW)
        work.release(held, now=NOW)

    assert work.claim(errands, now=NOW).attempts == 1


def test_beat_renews_the_lease_and_says_how_far_it_is(errands):
    errand = errands.objects.create()
    held = work.claim(errands, now=NOW)

    work.beat(held, now=LATER, done=30, total=120, phase="Checking addresses")

    errand.refresh_from_db()
    assert errand.lease_until == LATER + work.LEASE
    assert (errand.done_count, errand.percent, errand.phase) == (
        30,
        25,
        "Checking addresses",
    )


def test_beat_takes_back_what_the_chunk_wrote_when_the_lease_is_lost(errands):
    errands.objects.create()
    slow = work.claim(errands, now=NOW)
    work.claim(errands, now=LATER)

    @transaction.atomic
    def write():
        errands.objects.create(phase="Written by the slow worker")
        work.beat(slow, now=LATER, done=1)

    with pytest.raises(work.LeaseLost):
        write()

    assert not errands.objects.filter(phase="Written by the slow worker").exists()


def test_cancel_stops_waiting_work_at_once(errands):
    errand = errands.objects.create()

    work.request_cancel(errand, now=NOW)

    assert (errand.state, errand.finished_at) == (WorkState.CANCELED, NOW)
    assert work.claim(errands, now=NOW) is None


def test_cancel_leaves_finished_work_alone(errands):
    errand = errands.objects.create(state=WorkState.DONE)

    work.request_cancel(errand, now=NOW)

    assert (errand.state, errand.cancel_requested_at) == (WorkState.DONE, None)


def test_cancel_reaches_the_worker_with_its_next_beat(errands):
    errand = errands.objects.create()

    def chunk(held, *, now):
        work.request_cancel(errand, now=now)
        work.beat(held, now=now, done=1)
        raise AssertionError("went on after the beat")

    assert work.advance_one(errands, chunk, now=NOW) == 1
    errand.refresh_from_db()
    assert (errand.state, errand.done_count) == (WorkState.CANCELED, 1)


def test_cancel_between_two_chunks_stops_before_the_second(errands):
    errand = errands.objects.create()
    work.advance_one(errands, lambda held, *, now: True, now=NOW)
    work.request_cancel(errand, now=NOW)

    def chunk(held, *, now):
        raise AssertionError("worked on canceled work")

    assert work.advance_one(errands, chunk, now=NOW) == 1
    errand.refresh_from_db()
    assert errand.state == WorkState.CANCELED


def test_advance_one_goes_on_until_the_chunk_has_no_more(errands):
    errand = errands.objects.create()

    def chunk(held, *, now):
        work.beat(held, now=now, done=held.done_count + 1, total=3)
        return held.done_count < 3

    steps = [work.advance_one(errands, chunk, now=NOW) for _ in range(4)]

    assert steps == [1, 1, 1, 0]
    errand.refresh_from_db()
    assert (errand.state, errand.done_count, errand.percent) == ("done", 3, 100)


def test_advance_one_fails_the_row_and_raises(errands):
    first, second = errands.objects.create(), errands.objects.create()

    def chunk(held, *, now):
        raise ValueError("Row 7 has no address")

    with pytest.raises(ValueError, match="Row 7"):
        work.advance_one(errands, chunk, now=NOW)
    with pytest.raises(ValueError, match="Row 7"):
        work.advance_one(errands, chunk, now=NOW, failure="The file can't be read.")

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.error) == ("failed", "Row 7 has no address")
    assert (second.state, second.error) == ("failed", "The file can't be read.")


def test_advance_one_stops_quietly_when_the_lease_is_lost(errands):
    errand = errands.objects.create()

    def chunk(held, *, now):
        work.claim(errands, now=LATER)
        work.beat(held, now=LATER, done=1)
        raise AssertionError("went on without the lease")

    assert work.advance_one(errands, chunk, now=NOW) == 1
    errand.refresh_from_db()
    assert (errand.state, errand.attempts, errand.done_count) == ("running", 2, 0)
