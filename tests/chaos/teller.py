"""
Tells stories in processes of their own, each forked from here, where Django is loaded once.

Reads a line of JSON for each: the number of the story, the scene to begin with, and the point
at which the process kills itself, or null. Answers with the scene that it came to and the
status with which the process ended.
"""

import json
import os
import sys
import time
import traceback

import django

django.setup()

from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.chaos.points import Point, Trap  # noqa: E402
from tests.chaos.story import tell  # noqa: E402

# The backends of our dead.
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'teller'
    AND pid <> pg_backend_pid()
"""


def wait_for_the_dead():
    """The database takes a moment to notice that somebody was killed."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        while cursor.fetchone() != (0,):
            time.sleep(0.005)
            cursor.execute(OTHERS)


def live(order, pipe):
    """Tell the story; the clock of the whole process is the story's."""
    trap = Trap(Point(**order["point"])) if order["point"] else None
    if trap:
        trap.set()

    def note(scene):
        if trap:
            trap.scene = scene
        os.write(pipe, bytes([scene]))

    def move_clock(now):
        timezone.now = lambda: now

    wait_for_the_dead()
    tell(order["story"], scene=order["scene"], at=move_clock, notes=note)


def main():
    # Reads all addresses, which every child would do for itself otherwise.
    reverse("admin:index")
    connection.close()
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                live(json.loads(line), writing)
            except BaseException:  # noqa: BLE001 - told, and the process ends
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        scenes = os.read(reading, 4096)
        os.close(reading)
        end = {"scene": scenes[-1], "status": os.waitstatus_to_exitcode(status)}
        print(json.dumps(end), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
