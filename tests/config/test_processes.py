import sys
import time

import psutil
import pytest

from config import processes
from config.processes import Child, stop_all

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('ready', flush=True); time.sleep(60)",
]
FAMILY = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "time.sleep(60)",
]


@pytest.fixture
def make_child():
    """Make children that end with the test."""
    made = []

    def make(command, **options):
        made.append(Child("child", command, **options))
        return made[-1]

    yield make
    for child in made:
        child.kill()


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_child_that_was_not_started(make_child):
    child = make_child(SLEEP)
    child.ask_to_stop()

    assert not child.is_alive
    assert child.wait(0) is True


def test_child_is_revived_after_a_pause_that_grows(make_child, monkeypatch):
    child = make_child(SLEEP)
    child.start()
    assert child.revive() is False

    child.process.kill()
    child.process.wait()

    assert child.revive() is False
    assert child.pause == 1.0
    child.ended -= 1.0
    assert child.revive() is True
    assert child.is_alive
    child.process.kill()
    child.process.wait()
    child.revive()
    assert child.pause == 2.0


def test_child_that_lived_long_is_revived_soon(make_child):
    child = make_child(SLEEP)
    child.start()
    child.pause = 16.0
    child.started -= processes.STEADY_SECONDS + 1
    child.process.kill()
    child.process.wait()

    child.revive()

    assert child.pause == 0.5


def test_kill_ends_what_the_child_has_started(make_child):
    child = make_child(FAMILY)
    child.start()
    parent = psutil.Process(child.process.pid)
    assert wait_for(lambda: len(parent.children()) == 1)
    grandchild = parent.children()[0]

    child.kill()

    _, alive = psutil.wait_procs([grandchild], timeout=5)
    assert not child.is_alive
    assert alive == []


def test_stop_all_ends_who_does_not_listen(make_child, tmp_path):
    with (tmp_path / "output").open("wb") as output:
        deaf = make_child(DEAF, output=output)
        polite = make_child(SLEEP)
        deaf.start()
        polite.start()
        assert wait_for((tmp_path / "output").read_bytes)

        stop_all([deaf, polite], seconds=0.5)

    assert polite.process.returncode == -15
    assert deaf.process.returncode == -9
