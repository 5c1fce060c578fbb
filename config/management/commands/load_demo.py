"""Fill an empty database with a believable shop."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone

from contacts.background import ring_now

# Lowest first: each builds on what those before it have made.
APPS = ("contacts", "audiences", "referrals", "campaigns")


@contextmanager
def one_way() -> Iterator[None]:
    """
    Make transactions inside the transaction without a savepoint each.

    Nobody else writes, and what fails fails as a whole; a quarter of all statements would be
    about ways back that nobody takes.
    """
    features = connection.features
    before, features.uses_savepoints = features.uses_savepoints, False
    try:
        yield
    finally:
        features.uses_savepoints = before


def ring_once() -> None:
    """Let each bell that was rung a thousand times ring once, when all of it is there."""
    kept, rung = [], set()
    for hook in connection.run_on_commit:
        function = hook[1]
        if isinstance(function, partial) and function.func is ring_now:
            if function.args in rung:
                continue
            rung.add(function.args)
        kept.append(hook)
    connection.run_on_commit = kept


class Command(BaseCommand):
    """Load each app's demo data, all or nothing; the same seed makes the same shop."""

    help = "Fill an empty database with a believable shop and its history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the seed and the size."""
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--contacts", type=int, default=5000)
        parser.add_argument("--days", type=int, default=180)

    @transaction.atomic
    @one_way()
    def handle(
        self, *args: Any, seed: int, contacts: int, days: int, **options: Any
    ) -> None:
        """Call each app that has a demo."""
        now = timezone.now()
        for app in APPS:
            if find_spec(f"{app}.demo") is None:
                continue
            began = time.monotonic()
            demo = import_module(f"{app}.demo")
            demo.load(seed=seed, contacts=contacts, days=days, now=now)
            # What was just written in bulk has no statistics yet to plan the next queries by.
            # Our tables only: the catalogs that all databases share would stay locked until
            # the end, and other databases wait.
            tables = connection.introspection.table_names()
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {', '.join(sorted(tables))}")
            ring_once()
            took = time.monotonic() - began
            self.stdout.write(f"Demo data of {app} ({took:.1f} s)")
            self.stdout.flush()
