"""Run the whole product on this machine: make run."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.ports import free_port
from config.supervisor import (
    WEB_PORT,
    AlreadyRunning,
    PartFailed,
    Supervisor,
    demo_environment,
    sole_supervisor,
)

WELCOME = """
  Greenlight is running. Stop it with ctrl-C.

    Open       {url}
    User       {user}
    Password   {password}
    Mailbox    {url}/mailbox/   (every mail that is sent lands here, and nowhere else)

  To begin: open "Campaigns", choose one and look at its report. Then import
  contacts under "Contacts" and invite them.
"""


class Command(BaseCommand):
    """Start the database, web, worker and mail catcher, with demo data at first."""

    help = "Run the whole product on this machine, with demo data the first time."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port and the size of the demo."""
        parser.add_argument("--port", type=int, default=None)
        parser.add_argument("--contacts", type=int, default=5000)
        parser.add_argument("--days", type=int, default=180)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until ctrl-C."""
        try:
            with sole_supervisor(settings.VAR_DIR) as lock:
                self._run(lock, **options)
        except AlreadyRunning as running:
            raise CommandError(
                f"Greenlight runs from this checkout already: {running}"
            ) from running
        except PartFailed as failure:
            raise CommandError(str(failure)) from failure

    def _run(self, lock: Any, **options: Any) -> None:
        """Prepare everything, then run the processes until somebody stops them."""
        web_port = options["port"] or free_port(WEB_PORT)
        environment = demo_environment(settings.VAR_DIR, web_port=web_port)
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH")])
        )
        url = environment["GREENLIGHT_URL"]
        lock.truncate(0)
        lock.write(url)
        lock.flush()
        supervisor = Supervisor(environment, web_port=web_port)
        supervisor.listen_for_signals()
        try:
            supervisor.prepare(
                f"--contacts={options['contacts']}", f"--days={options['days']}"
            )
            if not supervisor.is_stopping:
                supervisor.start()
            if not supervisor.is_stopping:
                self.stdout.write(WELCOME.format(url=url, **read_sign_in()))
            supervisor.run()
        finally:
            self.stdout.write("Stopping…")
            supervisor.stop()
            if settings.EMBEDDED_POSTGRES is not None:
                settings.EMBEDDED_POSTGRES.stop(only_if_idle=True)


def read_sign_in() -> dict[str, str]:
    """Read the demo user's name and password."""
    file: Path = settings.VAR_DIR / "demo_sign_in"
    try:
        user, password = file.read_text().split()
    except FileNotFoundError:
        return {"user": "as you have made it", "password": "as you have set it"}
    return {"user": user, "password": password}
