"""The web server and the worker as they are shipped, to be killed and started again."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from django.db import connection

from config.ports import answers, free_port
from config.processes import MANAGE
from config.supervisor import web_command
from tests.chaos.drive import database_url

ROOT = Path(__file__).parents[2]
BACKENDS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'site'
"""


class Part:
    """A command of ours with everything it starts."""

    def __init__(self, command, more):
        self.command = command
        self.more = more
        self.process = None
        self.start()

    def start(self):
        environment = {
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "GREENLIGHT_DEBUG": "1",
            "GREENLIGHT_SECRET_KEY": "a-key-for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz",
            "GREENLIGHT_URL": "http://localhost:8000",
            "GREENLIGHT_LOG_LEVEL": "ERROR",
            "GREENLIGHT_TRACKING_PER_SECOND": "0",
            "PYTHONPATH": str(ROOT),
            "PGAPPNAME": "site",
        }
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=os.environ | environment | self.more,
            stdout=sys.stderr,
            start_new_session=True,
        )

    def members(self):
        """All its processes, itself first."""
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def kill(self):
        """Kill all of it, at once."""
        with suppress(psutil.NoSuchProcess):
            for member in self.members():
                with suppress(psutil.NoSuchProcess):
                    member.send_signal(signal.SIGKILL)
        self.process.wait(20)


class Site:
    """A site on the database of the test."""

    def __init__(self, **environment):
        self.port = free_port(8800)
        self.web = Part(web_command(self.port, reload=False), environment)
        self.worker = Part([*MANAGE, "work"], environment)

    def wait(self):
        end = time.monotonic() + 90
        while not answers(self.port):
            assert time.monotonic() < end, "The server does not start."
            time.sleep(0.1)

    def strike(self, chance):
        """Kill the web server, the worker, or one process of either."""
        part = chance.choice([self.web, self.worker])
        if chance.random() < 0.5:
            part.kill()
            part.start()
            return
        with suppress(psutil.NoSuchProcess):
            chance.choice(part.members()[1:] or part.members()).kill()

    def wait_for_the_dead(self):
        """The database notices that somebody was killed when it has done what he wanted."""
        with connection.cursor() as cursor:
            cursor.execute(BACKENDS)
            while cursor.fetchone() != (0,):
                time.sleep(0.05)
                cursor.execute(BACKENDS)

    def revive(self):
        """Do what systemd does."""
        for part in (self.web, self.worker):
            if part.process.poll() is not None:
                part.kill()
                part.start()


@contextmanager
def running_site(**environment):
    """A site that ends with the test, whatever is left of it."""
    site = Site(**environment)
    try:
        site.wait()
        yield site
    finally:
        site.web.kill()
        site.worker.kill()
