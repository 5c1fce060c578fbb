"""A web server as it is shipped, on the database of the test."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from config.ports import answers, free_port
from config.supervisor import web_command

ROOT = Path(__file__).parents[1]


@contextmanager
def running_server(application):
    """A web server with the options of `manage.py up`, on the database of the test."""
    port = free_port(8700)
    command = web_command(port, reload=False)
    command[command.index("config.wsgi")] = application
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **_environment()}, stdout=sys.stderr
    )
    try:
        end = time.monotonic() + 60
        while not answers(port):
            assert time.monotonic() < end, "The server does not start."
            time.sleep(0.1)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(20)


def _environment():
    params = connection.get_connection_params()
    user, host, port = params["user"], params.get("host", ""), params.get("port", "")
    return {
        "DATABASE_URL": f"postgres://{user}@/{params['dbname']}?host={host}&port={port}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GREENLIGHT_DEBUG": "1",
        "GREENLIGHT_SECRET_KEY": "a-key-for-benchmarks-0123456789-abcdefghijklmnopqrstuvwxyz",
        "GREENLIGHT_URL": "http://localhost:8000",
        "GREENLIGHT_TRACKING_PER_SECOND": "0",
    }
