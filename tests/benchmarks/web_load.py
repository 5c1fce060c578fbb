"""Load for a web server, and what that costs its processors."""

import socket
from contextlib import suppress
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


def cpu_of_server(pid):
    """Seconds that a server and its workers have used, those that it has replaced, too."""
    master = psutil.Process(pid)
    workers = [sum(one.cpu_times()[:2]) for one in master.children(recursive=True)]
    return sum(master.cpu_times()[:4]) + sum(workers)


def cpu_of_backends():
    """Seconds that each backend has used which serves somebody else on our database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        pids = [row[0] for row in cursor.fetchall()]
    costs = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            costs[pid] = sum(psutil.Process(pid).cpu_times()[:2])
    return costs


def cost_of(pid, port, request, *, count):
    """CPU seconds of one request, warm: of the server and of its backends."""
    send(port, request, count=max(count // 10, 40))
    began, before = cpu_of_server(pid), cpu_of_backends()
    send(port, request, count=count)
    web = cpu_of_server(pid) - began
    after = cpu_of_backends()
    database = sum(cost - before.get(one, 0) for one, cost in after.items())
    return (web + database) / count
