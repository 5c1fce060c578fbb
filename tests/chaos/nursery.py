"""
Forks workers, so that a killed one is replaced at once: Django is loaded here, once.

Reads a line for each worker that is wanted and answers with its process id. A worker moves
enrollments, sends what is due and settles what its dead colleagues left, for ever. Argument:
how many seconds its clock is ahead. Leases and delays are short, to be waited for in a test.
"""

import os
import signal
import sys
import time
from datetime import timedelta

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from campaigns.engine.advance import advance_round  # noqa: E402
from campaigns.messaging import outbox, send  # noqa: E402
from contacts.work import worker_name  # noqa: E402

AHEAD = timedelta(seconds=float(sys.argv[1]))

outbox.LEASE = timedelta(seconds=5)
send.FIRST_DELAY = timedelta(seconds=0.2)


def clock():
    return timezone.now() + AHEAD


def work():
    owner = worker_name()
    while True:
        done = advance_round(now=clock(), size=200)
        done += send.send_due(owner=owner, clock=clock)
        done += outbox.recover_deserted(now=clock())
        if not done:
            time.sleep(0.05)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    connection.close()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work()
        print(child, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
