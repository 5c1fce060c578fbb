"""
What it costs to lead a friend on with the visit recorded, against the same server's hello.

CPU seconds of the web server as it is shipped and of its backends, for one request. The limit is
the same server with the same options, which says hello and does nothing else. Ours finds whose
link it is, and has committed the visit with its click id before the friend is led on; with
``GREENLIGHT_BUFFER_VISITS`` the visit is in a file by then. What it costs to tell people from
machines a moment later, to write the visit and to tell the advocate's contact, many at a time, is
told beside both.

Each request comes from another browser, so that each is a person's first visit.
"""

import os
import re
import socket
from itertools import count
from threading import Thread

import pytest
from django.utils import timezone

from referrals import visit_buffer
from referrals.models import Visit, WaitingVisit
from referrals.waiting_visits import judge_waiting
from tests.benchmarks.meter import Meter
from tests.benchmarks.report import report
from tests.benchmarks.web_load import cpu_of_backends, cpu_of_server
from tests.factories.referrals import make_advocate, make_program
from tests.web_server import running_server

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

REQUESTS = int(os.environ.get("GREENLIGHT_BENCHMARK_REQUESTS", "2000"))
ROUNDS = 5
CLIENTS = 4
ADVOCATES = 50
numbers = count(1)


def requests_for(codes, number):
    """The requests of one client."""
    for _ in range(number):
        this = next(numbers)
        yield (
            f"GET /r/{codes[this % len(codes)]}?c=whatsapp HTTP/1.1\r\n"
            "Host: localhost:8000\r\n"
            f"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Firefox/131.{this}\r\n"
            "Accept: text/html\r\nAccept-Language: de,en;q=0.7\r\n\r\n"
        ).encode()


def read_reply(stream):
    """Read one whole answer, which may come in pieces."""
    reply = b""
    while b"\r\n\r\n" not in reply:
        piece = stream.recv(65536)
        if not piece:
            return b""
        reply += piece
    head, _, body = reply.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
    while len(body) < length:
        body += stream.recv(65536)
    return head


def drive(port, codes, number, starts, failures):
    """Send requests over one connection, and look at how each answer begins."""
    stream = None
    for request in requests_for(codes, number):
        for _ in range(3):
            try:
                stream = stream or socket.create_connection(("127.0.0.1", port), 30)
                stream.sendall(request)
                reply = read_reply(stream)
            except OSError:
                reply = b""
            if not reply or b"connection: close" in reply.lower():
                if stream:
                    stream.close()
                stream = None
            if reply:
                break
        if not reply.startswith(starts):
            failures.append(reply[:200])
    if stream:
        stream.close()


def send(port, codes, number, starts):
    """Send so many requests over some connections."""
    failures = []
    threads = [
        Thread(target=drive, args=(port, codes, number // CLIENTS, starts, failures))
        for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def cost_of(server, codes, number, starts):
    """CPU seconds of one request, warm: of the server and of its backends."""
    pid, port = server
    send(port, codes, max(number // 10, 40), starts)
    began, before = cpu_of_server(pid), cpu_of_backends()
    send(port, codes, number, starts)
    web = cpu_of_server(pid) - began
    after = cpu_of_backends()
    database = sum(cost - before.get(one, 0) for one, cost in after.items())
    return (web + database) / number


def measure(what, *, hello, ours, codes):
    """Take turns, so that both meet the same neighbors; the calmest turn counts."""
    share = REQUESTS // ROUNDS
    turns = [
        (
            cost_of(hello, codes, share, b"HTTP/1.1 200"),
            cost_of(ours, codes, share, b"HTTP/1.1 302"),
        )
        for _ in range(ROUNDS)
    ]
    limit, measured = (min(costs) for costs in zip(*turns, strict=True))
    note = f"{measured * 1e6:.0f} us a request"
    return report(what, limit * REQUESTS, measured * REQUESTS, note)


def test_friends_are_led_on_at_a_fraction_of_a_hello(tmp_path, monkeypatch, settings):
    program = make_program(destination_url="/welcome/")
    codes = [make_advocate(program).code for _ in range(ADVOCATES)]

    with (
        running_server("tests.benchmarks.noop") as hello,
        running_server("config.wsgi") as ours,
    ):
        sure = measure(
            "lead a friend on, recorded", hello=hello, ours=ours, codes=codes
        )
    assert WaitingVisit.objects.count() > 0
    write_later(sure, lambda: judge_waiting(now=timezone.now()))
    assert Visit.objects.filter(kind="human").count() == Visit.objects.count() > 0

    recorded = Visit.objects.count()
    monkeypatch.setenv("GREENLIGHT_VAR", str(tmp_path))
    monkeypatch.setenv("GREENLIGHT_BUFFER_VISITS", "1")
    settings.VAR_DIR = tmp_path
    with (
        running_server("tests.benchmarks.noop") as hello,
        running_server("config.wsgi") as ours,
    ):
        fast = measure("... kept in a file", hello=hello, ours=ours, codes=codes)
        write_later(fast, lambda: visit_buffer.write_buffered(now=timezone.now()))
    assert Visit.objects.count() > recorded


def write_later(figure, write):
    """Say what it costs to judge and write what is kept, and what both cost together."""
    before = Visit.objects.count()
    with Meter() as meter:
        while write():
            pass
    later = meter.cost.cpu / (Visit.objects.count() - before)
    whole = figure.measured_seconds + later * REQUESTS
    note = f"{later * 1e6:.0f} us a visit later"
    report("... and written later", figure.limit_seconds, whole, note)
