"""Do the background work of this host."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config.safety import refuse_dangers
from config.worker import Worker


class Command(BaseCommand):
    """Run the task cluster, the sweep and the watchdog until stopped."""

    help = "Do the background work of this host: task cluster, sweep and watchdog."

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until SIGTERM or ctrl-C."""
        refuse_dangers()
        Worker(timezone.now).run()
