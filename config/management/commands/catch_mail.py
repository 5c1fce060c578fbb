"""Take every mail and deliver none: the demo's mail server."""

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from aiosmtpd.smtp import SMTP
from django.conf import settings
from django.core.management.base import BaseCommand

from config.mailbox import MailboxHandler

LARGEST_MAIL = 20_000_000


class Command(BaseCommand):
    """Run a mail server that keeps what it gets in the mailbox."""

    help = "Run a mail server that keeps what it gets in the mailbox."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port."""
        parser.add_argument("port", type=int)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        """Serve until stopped."""
        asyncio.run(serve(port))


async def serve(port: int) -> None:
    """Listen on this machine only, until SIGTERM or ctrl-C."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    handler = MailboxHandler(settings.MAILBOX_DIR)
    server = await loop.create_server(
        lambda: SMTP(
            handler,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="localhost",
        ),
        "127.0.0.1",
        port,
    )
    async with server:
        await stop.wait()
