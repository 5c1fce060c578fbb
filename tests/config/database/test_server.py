import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import psycopg
import pytest
from django.core.management import CommandError, call_command

from config.database.place import Place, PostgresError, find_place
from config.database.server import PORT, ROLE, EmbeddedPostgres


@pytest.fixture
def server(folder):
    """A server that is not started yet, and stopped at the end."""
    server = EmbeddedPostgres(folder / "postgres", is_durable=False)
    yield server
    server.stop()


def ask(server, statement="SELECT current_user"):
    with psycopg.connect(
        host=server.socket_dir, port=PORT, user=ROLE, dbname=ROLE
    ) as connection:
        return connection.execute(statement).fetchone()[0]


def postmaster(server):
    first = (server.place.data / "postmaster.pid").read_text().split()[0]
    return psutil.Process(int(first))


def test_server_is_made_and_started_once(server):
    assert not server.is_running()
    assert server.start() is True
    assert server.start() is False
    assert ask(server) == ROLE
    assert ask(
        server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    ) is (False)


def test_server_is_started_once_by_many_at_the_same_time(server):
    answers = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(
                EmbeddedPostgres(server.wanted_root, is_durable=False).start()
            )
        )
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [False, False, False, True]
    assert ask(server) == ROLE


def test_server_keeps_its_data_when_it_is_killed(server):
    server.is_durable = True
    server.start()
    with psycopg.connect(
        host=server.socket_dir, port=PORT, user=ROLE, dbname=ROLE
    ) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    process = postmaster(server)
    process.kill()
    psutil.wait_procs([process], timeout=10)

    assert server.start() is True
    assert ask(server, "SELECT number FROM kept") == 7


def test_server_starts_although_its_number_is_another_process_now(server):
    server.start()
    server.stop()
    pid_file = server.place.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.place.data}\n0\n{PORT}\n")
    if server.place.account:
        os.chown(pid_file, server.place.owner, server.place.account.pw_gid)

    assert server.start() is True
    assert ask(server) == ROLE


def test_server_is_made_anew_after_a_half_made_one(server):
    half_made = server.place.data
    half_made.mkdir(parents=True)
    (half_made / "base").mkdir()

    assert server.start() is True
    assert ask(server) == ROLE


def test_server_stops_only_if_nobody_uses_it(server):
    server.start()
    with psycopg.connect(host=server.socket_dir, port=PORT, user=ROLE, dbname=ROLE):
        assert server.count_clients() == 1
        assert server.stop(only_if_idle=True) is False

    assert server.stop(only_if_idle=True) is True
    assert server.stop() is False


def test_nobody_else_may_use_the_server(server):
    server.start()

    for private in (server.place.socket_dir, server.place.root, server.place.data):
        assert private.stat().st_mode & 0o077 == 0


def test_server_says_why_it_does_not_start(server):
    server.start()
    server.stop()
    (server.place.data / "postgresql.auto.conf").write_text("nonsense = 'yes'\n")

    with pytest.raises(PostgresError, match="nonsense"):
        server.start()


LIFE = """
import django
from django.core.management import call_command
from django.db import connection

django.setup()
call_command("postgres", "status")
with connection.cursor() as cursor:
    cursor.execute("SELECT 40 + 2")
    print(cursor.fetchone()[0])
call_command("postgres", "status")
connection.close()
call_command("postgres", "stop")
call_command("postgres", "stop")
"""


def test_django_starts_the_server_with_its_first_connection(folder):
    """In a process of its own, so that the database of the tests stays out of it."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GREENLIGHT_VAR": str(folder),
    }

    said = subprocess.run(
        [sys.executable, "-c", LIFE],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    place = folder / "postgres"
    assert said == [
        f"Not running. Its folder is {place}.",
        "42",
        f"Running in {place}; 1 connections.",
        said[3],
        "Stopped.",
        "It did not run.",
    ]
    assert said[3].startswith("psql -h")


def test_command_leaves_a_server_of_others_alone(settings):
    settings.EMBEDDED_POSTGRES = None

    with pytest.raises(CommandError, match="DATABASE_URL is set"):
        call_command("postgres", "stop")


def test_long_path_moves_the_socket_to_a_short_one():
    place = Place(Path("/programs"), Path("/a" * 60))

    assert place.socket_dir.parent == Path("/tmp")
    assert place.socket_dir == Place(Path("/other"), Path("/a" * 60)).socket_dir
    assert place.socket_dir != Place(Path("/programs"), Path("/b" * 60)).socket_dir


def test_folder_of_somebody_else_is_refused(folder):
    (folder / "real").mkdir()
    (folder / "link").symlink_to(folder / "real")

    with pytest.raises(PostgresError, match="belongs to another account"):
        Place(Path("/programs"), folder).make_private(folder / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another account")
def test_checkout_that_only_root_may_enter_keeps_its_permissions(folder, monkeypatch):
    system = folder / "system"
    monkeypatch.setattr("config.database.place.SYSTEM_DIR", system)
    home = folder / "home"
    (home / "programs" / "bin").mkdir(parents=True)
    (home / "programs" / "bin" / "postgres").write_text("")
    home.chmod(0o700)

    place = find_place(home / "programs", home / "var" / "postgres")

    assert place.account is not None
    assert place.root.parent == system
    assert (place.programs / "bin" / "postgres").is_file()
    assert place.programs.parent == system
    assert home.stat().st_mode & 0o777 == 0o700
    assert find_place(home / "programs", home / "var" / "postgres") == place
