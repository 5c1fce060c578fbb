"""Recount the books from the raw rows: ``manage.py balance``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.models import Campaign
from campaigns.seeing.balance.books import Entry, balance


class Command(BaseCommand):
    """Say of each law whether it holds; ends with an error if one does not."""

    help = (
        "Count again from the raw rows what must be so whatever happened: moments = enrolled + "
        "refused + waiting, asks = outcomes + open, nobody asked twice within the cap, and so on. "
        "Ends with status 1 if anything is off, with the rows behind it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let one campaign be chosen."""
        parser.add_argument("--campaign", type=int, help="the number of one campaign")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write a line for each law."""
        chosen = options["campaign"]
        if chosen and not Campaign.objects.filter(pk=chosen).exists():
            raise CommandError(f"There is no campaign {chosen}.")
        entries = balance(chosen)
        for entry in entries:
            self.write(entry)
        broken = sum(not entry.holds for entry in entries)
        if broken:
            raise CommandError(f"{broken} of {len(entries)} laws do not hold.")

    def write(self, entry: Entry) -> None:
        """Write a law, its counts, and what breaks it."""
        found = entry.found
        mark = self.style.SUCCESS("ok ") if entry.holds else self.style.ERROR("RED")
        parts = " + ".join(f"{part.count} {part.label}" for part in found.parts)
        equation = f"{found.whole.count} {found.whole.label}"
        equation += f" = {parts}" if parts else ""
        self.stdout.write(f"{mark} {entry.law.title}: {equation}")
        if found.difference:
            self.stdout.write(f"    off by {found.difference}")
        for row in found.rows:
            who = f"contact {row.contact_id}" if row.contact_id else "all"
            self.stdout.write(f"    campaign {row.campaign_id}, {who}: {row.text}")
        if found.broken > len(found.rows):
            self.stdout.write(f"    and {found.broken - len(found.rows)} more")
