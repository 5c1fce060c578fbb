"""Look after the embedded PostgreSQL server."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Say whether the embedded PostgreSQL server runs, or stop it."""

    help = "Say whether the embedded PostgreSQL server runs, or stop it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one word."""
        parser.add_argument("action", choices=["status", "stop"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Do it and say what was done."""
        server = settings.EMBEDDED_POSTGRES
        if server is None:
            raise CommandError(
                "DATABASE_URL is set; that server is not Greenlight's to look after."
            )
        if action == "stop":
            was_stopped = server.stop()
            self.stdout.write("Stopped." if was_stopped else "It did not run.")
        elif server.is_running():
            clients = server.count_clients()
            self.stdout.write(
                f"Running in {server.place.root}; {clients} connections.\n"
                f"psql -h '{server.socket_dir}' -U greenlight greenlight"
            )
        else:
            self.stdout.write(f"Not running. Its folder is {server.place.root}.")
