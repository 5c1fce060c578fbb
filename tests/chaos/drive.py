"""Starts real processes of ours, in the database of the tests."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from django.db import connection

HERE = Path(__file__).parent


def start(processes, script, *arguments, **environment):
    process = subprocess.Popen(
        [sys.executable, str(HERE / script), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parents[1],
        env=os.environ
        | {"PYTHONPATH": ".", "GREENLIGHT_LOG_LEVEL": "ERROR"}
        | environment,
    )
    processes.append(process)
    return process


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url():
    values = connection.settings_dict
    host = values["HOST"] or "localhost"
    if host.startswith("/"):
        return f"postgres://{values['USER']}@/{values['NAME']}?host={host}"
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    port = values["PORT"] or 5432
    return f"postgres://{values['USER']}{password}@{host}:{port}/{values['NAME']}"


def spawn(nursery):
    nursery.stdin.write("worker\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())
