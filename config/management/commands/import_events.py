"""Import past events from a file: ``manage.py import_events orders.csv --zone Europe/Berlin``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.histories import files, runs
from contacts.histories.command import (
    ImportRefused,
    Wishes,
    check_file,
    work_through,
    write_errors,
)
from contacts.models import HistoryRun, HistoryState

# Rows were set aside; the rest is imported.
SOME_SET_ASIDE = 2


class Command(BaseCommand):
    """Import past events; what is known counts once, and nobody is asked unless it fires."""

    help = (
        "Import past events from a CSV file, or from JSON lines in the form of Segment's "
        "clients. The same row counts once, however often it is imported. Campaigns do not "
        "react unless --fire is given. Ends with 0, with 1 if nothing could be imported, and "
        "with 2 if rows were set aside; these are written to a file beside it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and what it leaves open."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--source",
            default=files.FILES,
            help="name of the source the events belong to",
        )
        parser.add_argument(
            "--event", default="", help="name of the event, if no column holds it"
        )
        parser.add_argument(
            "--zone", default="UTC", help="zone of times that name none: Europe/Berlin"
        )
        parser.add_argument(
            "--date-order",
            default="",
            choices=["", *HistoryRun.DateOrder.values],
            help="which comes first in a date such as 3/4/2026",
        )
        parser.add_argument(
            "--known-people-only",
            action="store_true",
            help="leave out rows of people whom nobody knows",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="check every row and write nothing"
        )
        parser.add_argument(
            "--fire",
            action="store_true",
            help="let campaigns react to these events as if they happened now",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, say what was found, import, say what became of it."""
        path: Path = options["file"]
        if options["zone"] not in available_timezones():
            raise CommandError(
                f"There is no time zone “{options['zone']}”. Write it like Europe/Berlin."
            )
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        wishes = Wishes(
            source=options["source"],
            event_name=options["event"],
            time_zone=options["zone"],
            date_order=options["date_order"],
            makes_people=not options["known_people_only"],
        )
        try:
            run = check_file(path, wishes=wishes, now=timezone.now())
            run = work_through(run, clock=timezone.now)
            if not options["dry_run"]:
                runs.confirm_history(
                    run=run, fires=options["fire"], user=None, now=timezone.now()
                )
                run = work_through(run, clock=timezone.now)
        except ImportRefused as error:
            raise CommandError(str(error)) from error
        self._tell(run, path, is_dry=options["dry_run"])

    def _tell(self, run: HistoryRun, path: Path, *, is_dry: bool) -> None:
        """Print the counts and where the errors are; choose the exit code."""
        done = "would be imported" if is_dry else "imported"
        labels = {**dict(HistoryState.choices), HistoryState.NEW: done}
        for state, count in run.counts.items():
            if count or state == HistoryState.NEW:
                self.stdout.write(f"{count:>12,} {labels[state].lower()}")
        self.stdout.write(
            f"{run.forecast['known_people']:>12,} known and "
            f"{run.forecast['new_people']:,} new people"
        )
        for prediction in run.forecast["predictions"]:
            if run.fires or not prediction["if_fires"]:
                self.stdout.write(f"             {prediction['text']}")
        errors = write_errors(run, path)
        if is_dry:
            runs.discard_history(run=run)
        if errors:
            self.stderr.write(f"Rows that were set aside: {errors}")
            raise SystemExit(SOME_SET_ASIDE)
