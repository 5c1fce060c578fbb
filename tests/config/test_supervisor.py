import os
import re
import signal
import subprocess
import time
from urllib.request import urlopen

import psutil
import pytest

from config.ports import answers, free_port
from config.processes import MANAGE, die_with_parent
from config.supervisor import (
    AlreadyRunning,
    demo_environment,
    sole_supervisor,
    web_command,
)


def test_only_one_supervisor_runs_in_a_checkout(tmp_path):
    with sole_supervisor(tmp_path / "var") as lock:
        lock.write("http://localhost:8000")
        lock.flush()

        with (
            pytest.raises(AlreadyRunning, match="http://localhost:8000"),
            sole_supervisor(tmp_path / "var"),
        ):
            pytest.fail("a second one runs")

    with sole_supervisor(tmp_path / "var"):
        assert True


def test_environment_keeps_its_keys_and_what_the_user_has_set(tmp_path, monkeypatch):
    for name in os.environ:
        if name.startswith("GREENLIGHT_"):
            monkeypatch.delenv(name)
    first = demo_environment(tmp_path, web_port=8123)
    monkeypatch.setenv("GREENLIGHT_URL", "http://localhost:9999")
    second = demo_environment(tmp_path, web_port=8123)

    assert first["GREENLIGHT_URL"] == "http://localhost:8123"
    assert first["GREENLIGHT_DEMO"] == "1"
    assert second["GREENLIGHT_URL"] == "http://localhost:9999"
    for name in ("GREENLIGHT_SECRET_KEY", "GREENLIGHT_DEMO_KEY"):
        assert first[name] == second[name]


def test_web_server_follows_the_code_only_if_asked():
    assert "--reload" not in web_command(8000, reload=False)
    assert web_command(8000, reload=True)[-1] == "--reload"


@pytest.fixture
def up(folder):
    """Start the whole product on a database and folder of its own."""
    outside = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GREENLIGHT_", "DATABASE_", "DJANGO_"))
    }
    environment = {**outside, "GREENLIGHT_VAR": str(folder / "var")}
    port = free_port(23000)
    words = ["up", f"--port={port}", "--contacts=40", "--days=30"]
    output = folder / "output"

    def start():
        with output.open("wb") as said:
            process = subprocess.Popen(
                [*MANAGE, *words],
                env=environment,
                stdout=said,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
            )
        started.append(process)
        assert wait_for(
            lambda: "Password" in output.read_text() or process.poll() is not None, 240
        )
        assert process.poll() is None, output.read_text()
        return psutil.Process(process.pid)

    started = []
    start.url = f"http://localhost:{port}"
    start.output = output
    start.port = port
    yield start
    for process in started:
        process.kill()
        process.wait()
    subprocess.run([*MANAGE, "postgres", "stop"], env=environment, check=True)


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def is_well(url):
    try:
        with urlopen(f"{url}/readyz", timeout=5) as response:
            return b'"alive": true' in response.read()
    except OSError:
        return False


def test_whole_product_comes_back_and_ends_cleanly(up):
    supervisor = up()
    first_password = re.search(r"Password +(\S+)", up.output.read_text())[1]
    assert wait_for(lambda: is_well(up.url), 180)

    # Every part is killed once; it comes back by itself.
    for child in supervisor.children():
        child.kill()
    assert wait_for(lambda: up.output.read_text().count("started again") == 3, 180)
    assert wait_for(lambda: is_well(up.url), 180)

    # The supervisor is killed: nobody is left, and the next start needs no hand.
    family = supervisor.children(recursive=True)
    supervisor.kill()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []
    supervisor = up()
    assert wait_for(lambda: is_well(up.url), 180)
    text = up.output.read_text()
    assert re.search(r"Password +(\S+)", text)[1] == first_password
    assert "Making demo data" not in text

    # It is told to stop: everything ends, the database too.
    family = supervisor.children(recursive=True)
    supervisor.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs([supervisor, *family], timeout=180)
    assert alive == []
    assert not answers(up.port)
    assert not list((up.output.parent / "var" / "postgres").glob("socket/.s.PGSQL.*"))
