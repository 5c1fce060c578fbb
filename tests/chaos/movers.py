"""
Forks workers that let contacts in and move them; a killed one is replaced at once.

Reads a line for each worker that is wanted and answers with its process id. Arguments: what
the clock says at the beginning, and how much faster than a real one it goes, so that a delay
of a minute and the lease of a dead worker are over in seconds.
"""

import os
import signal
import sys
import time
from datetime import datetime, timedelta

import django

django.setup()

from django.db import connection  # noqa: E402

from campaigns.engine import advance, enroll  # noqa: E402
from campaigns.models import StartRun  # noqa: E402
from contacts import work  # noqa: E402

BEGINNING = datetime.fromisoformat(sys.argv[1])
PACE = float(sys.argv[2])
ZERO = time.monotonic()

# Small bites, so that there are many moments to be killed at.
enroll.CHUNK = 100
enroll.MOMENTS = 50


def clock():
    return BEGINNING + timedelta(seconds=(time.monotonic() - ZERO) * PACE)


def move():
    while True:
        done = work.advance_one(StartRun, enroll.enroll_members, now=clock())
        done += enroll.enroll_moments(now=clock())
        done += advance.advance_round(now=clock(), size=50)
        if not done:
            time.sleep(0.05)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    connection.close()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            move()
        print(child, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
