import os
import subprocess
import time
from datetime import UTC, datetime
from urllib.parse import quote

import psutil
import pytest
from django.db import connection
from django.utils import timezone

from config.processes import MANAGE, die_with_parent
from config.watchdog import GRACE, PATIENCE, Watchdog
from contacts import background
from contacts.models import Contact, Doorbell
from tests.config.chores import tasks as chores

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def bell(rung, answered):
    """A bell rung and answered so many times, each at another moment."""
    moments = [NOW.replace(minute=times) for times in (rung, answered)]
    return Doorbell(slice_name="chores", rung_at=moments[0], answered_at=moments[1])


def watch(history):
    """Let a watchdog look once a second, and tell at which looks it gave alarm."""
    dog = Watchdog(moment=-GRACE)
    return [
        moment
        for moment, counts in enumerate(history)
        if dog.is_frozen([bell(*counts)], moment=moment)
    ]


def test_watchdog_gives_alarm_when_bells_ring_on_without_an_answer():
    history = [(second // 5, 0) for second in range(20)]

    assert watch(history)[0] == 5 + PATIENCE


def test_watchdog_is_quiet_while_somebody_answers():
    assert watch([(second // 5, second) for second in range(60)]) == []


def test_watchdog_is_quiet_while_nothing_is_due():
    assert watch([(3, 2)] * 60) == []


def test_watchdog_is_quiet_when_what_was_due_is_gone():
    history = [(second // 5, 0) for second in range(6)] + [(1, 0)] * 60

    assert watch(history) == []


def test_watchdog_gives_a_new_cluster_time_for_its_first_answer():
    dog = Watchdog(moment=0)

    alarms = [
        second
        for second in range(60)
        if dog.is_frozen([bell(second // 5, 0)], moment=second)
    ]

    assert alarms[0] == GRACE


def test_watchdog_takes_no_first_ring_for_an_answer():
    dog = Watchdog(moment=0)
    new = Doorbell(slice_name="other", rung_at=NOW, answered_at=None)

    alarms = [
        second
        for second in range(60)
        if dog.is_frozen(
            [bell(second // 5, 0), *([new] if second > 3 else [])], moment=second
        )
    ]

    assert alarms[0] == GRACE


def test_watchdog_is_more_patient_with_each_cluster_that_never_answers():
    dogs = [Watchdog(moment=0)]
    for _ in range(5):
        dogs.append(dogs[-1].successor(100))
    assert [dog.awake_from for dog in dogs] == [30, 160, 220, 340, 580, 580]

    dogs[-1].is_frozen([bell(1, 0)], moment=101)
    dogs[-1].is_frozen([bell(2, 1)], moment=102)
    assert dogs[-1].successor(200).awake_from == 230


@pytest.fixture
def start(transactional_db, monkeypatch):
    """Start commands of ours on the database of the test; all end with the test."""
    monkeypatch.setattr(background, "SLICES", {})
    chores.register()
    server = connection.settings_dict
    address = (
        f"postgres://{server['USER']}:{quote(server['PASSWORD'])}@:{server['PORT']}/"
        f"{server['NAME']}?host={quote(server['HOST'], safe='')}"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tests.config.chores.settings",
        "GREENLIGHT_WORKERS": "1",
    }
    started = []

    def start_command(name):
        process = subprocess.Popen(
            [*MANAGE, name],
            env=environment,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        started.append(process)
        return psutil.Process(process.pid)

    yield start_command
    for process in started:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


def wait_for(condition, seconds):
    """Wait until the condition holds; tell how long it took, or None."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(0.1)
    return None


def idle_worker(parent):
    """The cluster's one worker, which waits inside the lock of the queue."""
    for process in parent.children(recursive=True):
        try:
            if process.name().endswith("idle") or " idle" in " ".join(
                process.cmdline()
            ):
                return process
        except psutil.Error:
            continue
    return None


def do_one_chore(sweep=lambda: None, *, seconds=120):
    """Make work and wait until it is done; tell how long it took, or None."""
    Contact.objects.create(first_name="due")

    def is_done():
        sweep()
        return not Contact.objects.filter(first_name="due").exists()

    return wait_for(is_done, seconds)


def sweep():
    background.sweep(now=timezone.now())


def test_plain_cluster_stands_still_when_its_idle_worker_is_killed(start):
    cluster = start("qcluster")
    assert do_one_chore(sweep) is not None
    assert wait_for(lambda: idle_worker(cluster), 10) is not None

    idle_worker(cluster).kill()

    # Should django-q2 mend this one day, the watchdog can go.
    assert do_one_chore(sweep, seconds=15) is None
    assert cluster.is_running()


def test_worker_goes_on_when_the_idle_one_of_its_cluster_is_killed(start):
    worker = start("work")
    assert do_one_chore() is not None
    assert wait_for(lambda: idle_worker(worker), 10) is not None

    idle_worker(worker).kill()

    assert do_one_chore() is not None


def test_worker_starts_its_cluster_again_when_that_is_killed(start):
    worker = start("work")
    assert do_one_chore() is not None

    for process in worker.children():
        process.kill()

    assert do_one_chore() is not None


def test_killed_worker_leaves_nobody_behind(start):
    worker = start("work")
    assert do_one_chore(lambda: None) is not None
    family = worker.children(recursive=True)

    worker.kill()
    _, alive = psutil.wait_procs(family, timeout=10)

    assert len(family) >= 4
    assert alive == []
