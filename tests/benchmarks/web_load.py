"""Load for a web server, and what that costs its processors."""

import socket
from threading import Thread

import psutil
from django.db import connection


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
