"""Get the demo's database, files and user ready."""

import hashlib
import os
import time
from argparse import ArgumentParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from config.secrets import make_password
from contacts.models import Contact
from referrals import endpoint_keys

DEMO_USER = "demo"
PACKAGES = ("django", "django-unfold", "django-import-export")


class Command(BaseCommand):
    """Migrate, collect static files, load demo data if nobody is there, make a user."""

    help = (
        "Get the demo's database, files and user ready; what is ready stays as it is."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size of the demo."""
        parser.add_argument("--contacts", type=int, default=5000)
        parser.add_argument("--days", type=int, default=180)

    def handle(self, *args: Any, contacts: int, days: int, **options: Any) -> None:
        """Do what is missing, and say how long each part took."""
        began = time.monotonic()
        call_command("migrate", interactive=False, verbosity=0)
        self._say("The database is ready", began)
        self._collect_files()
        if not Contact.objects.exists():
            self.stdout.write("Making demo data; this happens once…")
            call_command("load_demo", contacts=contacts, days=days, stdout=self.stdout)
        if not get_user_model().objects.exists():
            make_demo_user()
        let_demo_shop_report()

    def _collect_files(self) -> None:
        """Collect the static files if any of them has changed."""
        if settings.DEBUG:
            return
        began = time.monotonic()
        stamp = Path(settings.STATIC_ROOT) / ".stamp"
        state = files_state()
        if stamp.exists() and stamp.read_text() == state:
            return
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(state)
        self._say("The files of the pages are ready", began)

    def _say(self, line: str, began: float) -> None:
        """Say what is done, and how long it took."""
        self.stdout.write(f"{line} ({time.monotonic() - began:.1f} s)")


def files_state() -> str:
    """Sum up which static files there are: our own, and the packages' versions."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        digest.update(version(package).encode())
    for folder in settings.STATICFILES_DIRS:
        for file in sorted(Path(folder).rglob("*")):
            found = file.stat()
            digest.update(f"{file} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def let_demo_shop_report() -> None:
    """Give the demo's shop a key for the conversion endpoint."""
    now = timezone.now()
    if settings.DEMO_KEY and endpoint_keys.find_key(settings.DEMO_KEY, now=now) is None:
        endpoint_keys.create_key(
            name="Demo shop", user=None, secret=settings.DEMO_KEY, now=now
        )


def make_demo_user() -> AbstractUser:
    """Make the first user, and keep the generated password in a file of our own."""
    password = make_password()
    file: Path = settings.VAR_DIR / "demo_sign_in"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(f"{DEMO_USER} {password}\n")
    users: Any = get_user_model().objects
    return users.create_superuser(
        DEMO_USER, "demo@example.com", password, first_name="Demo"
    )
