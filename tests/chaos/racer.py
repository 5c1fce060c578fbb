"""
Asks everybody of one campaign, from the word "go" on. Arguments: the campaign, its step, the time, and how many at a time.

Says "ready" once Django is loaded, so that two of these begin at the same time.
"""

import sys
from datetime import datetime

import django

django.setup()

from django.db import connection  # noqa: E402

from campaigns.engine.advance import advance_batch  # noqa: E402
from campaigns.engine.places import Place  # noqa: E402

CAMPAIGN, STEP, NOW = int(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])
SIZE = int(sys.argv[4]) if len(sys.argv) > 4 else 100

connection.ensure_connection()
print("ready", flush=True)  # noqa: T201
sys.stdin.readline()
while advance_batch(Place(CAMPAIGN, STEP, 2_000, NOW), now=NOW, size=SIZE):
    pass
print("done", flush=True)  # noqa: T201
