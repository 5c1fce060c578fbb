"""
Forks workers of a referral program, so that a killed one is replaced at once.

Reads a line for each worker that is wanted and answers with its process id. A worker judges
visits, gives credit, looks for fraud, reckons rewards, approves them and posts account credit, for
ever. Argument: what the clock says at the beginning. A lease is short, to be waited for in a test.
"""

import os
import signal
import sys
import time
from datetime import datetime, timedelta

import django

django.setup()

from django.db import connection  # noqa: E402

from referrals.attribution import inbox  # noqa: E402
from referrals.fraud.judge import judge_due  # noqa: E402
from referrals.rewards import credit, due, reckon  # noqa: E402
from referrals.waiting_visits import judge_waiting  # noqa: E402

BEGINNING = datetime.fromisoformat(sys.argv[1])
ZERO = time.monotonic()
STEPS = (
    judge_waiting,
    inbox.credit_next,
    judge_due,
    reckon.reckon_due,
    due.settle_due,
    credit.send_due,
)

# Small bites, so that there are many moments to be killed at.
inbox.BATCH = 5
credit.LEASE = timedelta(seconds=1)
due.SOON = timedelta(seconds=0.2)


def clock():
    return BEGINNING + timedelta(seconds=time.monotonic() - ZERO)


def work():
    while True:
        if not sum(step(now=clock()) for step in STEPS):
            time.sleep(0.02)


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
