"""Live through the rehearsals that wait: ``manage.py rehearse``."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from campaigns.rehearsal.running import run_next


class Command(BaseCommand):
    """Take up one rehearsal after the other; the worker starts it when one waits."""

    help = (
        "Live through the rehearsals that somebody has asked for, until none is left."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Take up what waits."""
        while run_next(timezone.now):
            pass
