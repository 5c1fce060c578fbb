"""
Forks workers that let contacts in and out, by events and by time alone: no refresh helps.

Reads a line for each worker that is wanted and answers with its process id. Arguments: what
the clock says at the beginning, how much faster than a real one it goes, and when it began.
"""

import os
import signal
import sys
import time
from datetime import datetime, timedelta

import django

django.setup()

from django.db import DatabaseError, connection  # noqa: E402

from audiences.memberships import clock, live  # noqa: E402

BEGINNING = datetime.fromisoformat(sys.argv[1])
PACE = float(sys.argv[2])
ZERO = float(sys.argv[3])

# Small bites, so that there are many moments to be killed at.
live.BATCH = 50


def now():
    return BEGINNING + timedelta(seconds=(time.time() - ZERO) * PACE)


def judge():
    while True:
        try:
            done = live.react_next(now())
            done += clock.pass_time(now())
        except DatabaseError:
            # The database noticed before us that two have waited for each other.
            done = 1
        if not done:
            time.sleep(0.02)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    connection.close()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            judge()
        print(child, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
