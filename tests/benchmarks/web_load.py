"""A web server as it is shipped, the load for it, and what that costs its processors."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import psutil
from django.db import connection

from config.ports import answers, free_port
from config.supervisor import web_command

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


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


def request_bytes(path, body, *, key="", gzip=False):
    """A whole request as it travels."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost:8000",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    if gzip:
        lines.append("Content-Encoding: gzip")
    if key:
        lines.append(f"Authorization: Basic {key}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Sender:
    """A client that keeps its connection open, and makes a new one if it was closed."""

    def __init__(self, port, request):
        self.port = port
        self.request = request
        self.stream = None
        self.failures = 0

    def send(self, count):
        for _ in range(count):
            if not any(self._is_taken() for _ in range(3)):
                self.failures += 1

    def _is_taken(self):
        try:
            if self.stream is None:
                self.stream = socket.create_connection(("127.0.0.1", self.port), 30)
            self.stream.sendall(self.request)
            reply = self.stream.recv(65536)
        except OSError:
            reply = b""
        if not reply or b"connection: close" in reply.lower():
            if self.stream:
                self.stream.close()
            self.stream = None
        return reply.startswith(b"HTTP/1.1 200")


def send(port, request, *, count, clients=4):
    """Send a request so many times over some connections."""
    senders = [Sender(port, request) for _ in range(clients)]
    threads = [Thread(target=one.send, args=(count // clients,)) for one in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in senders:
        if one.stream:
            one.stream.close()
    assert sum(one.failures for one in senders) == 0


def cpu_of(pid):
    """Seconds that a server, its workers and their backends have kept processors busy."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    ours = sum(sum(process.cpu_times()[:2]) for process in processes)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        backends = [row[0] for row in cursor.fetchall()]
    theirs = sum(sum(psutil.Process(backend).cpu_times()[:2]) for backend in backends)
    return ours + theirs


def cost_of(pid, port, request, *, count):
    """CPU seconds of one request, warm."""
    send(port, request, count=max(count // 10, 40))
    began = cpu_of(pid)
    send(port, request, count=count)
    return (cpu_of(pid) - began) / count
