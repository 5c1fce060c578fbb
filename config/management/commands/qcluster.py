"""The task cluster, whose processes end together."""

import os
from typing import Any

from django_q.management.commands import qcluster

from config.processes import die_with_parent


class Command(qcluster.Command):
    """
    Start the task cluster.

    By itself it leaves orphans that go on taking tasks when one of its processes is killed.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        """Start it; each process it forks dies with the one that forked it."""
        os.register_at_fork(after_in_child=die_with_parent)
        super().handle(*args, **options)
