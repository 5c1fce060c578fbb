"""
The demo's mailbox: a folder of mails that were caught instead of delivered.

A file's name is the moment and the recipient, so that the list, its order and its search
read no file. Files appear whole, by a rename.
"""

import email
import email.policy
import os
import re
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

LONGEST_RECIPIENT = 180
FILE_NAME = re.compile(r"\d{19}_[0-9a-f]{6}_[\w.%@+~-]*\.eml", re.ASCII)


class MailboxHandler:
    """What the mail server does with a mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 – aiosmtpd's name
        """Keep a copy for each recipient."""
        for recipient in envelope.rcpt_tos:
            keep_mail(
                self.folder,
                recipient=recipient,
                content=envelope.content,
                moment_ns=time.time_ns(),
            )
        return "250 Kept in the mailbox"


@dataclass(frozen=True)
class MailFile:
    """A mail in the mailbox, known by its file's name."""

    name: str
    folder: Path

    @property
    def received_at(self) -> datetime:
        """When it came."""
        return datetime.fromtimestamp(int(self.name.split("_")[0]) / 1e9, tz=UTC)

    @property
    def recipient(self) -> str:
        """Whom it was for."""
        return unquote(self.name.split("_", 2)[2].removesuffix(".eml"))

    def read(self) -> EmailMessage:
        """Read and parse the file."""
        content = (self.folder / self.name).read_bytes()
        return email.message_from_bytes(content, policy=email.policy.default)


def keep_mail(folder: Path, *, recipient: str, content: bytes, moment_ns: int) -> Path:
    """Put a mail into the mailbox."""
    descriptor, side = tempfile.mkstemp(dir=folder, prefix=".")
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
    address = quote(recipient, safe="@+-")[:LONGEST_RECIPIENT]
    unique = os.urandom(3).hex()
    path = folder / f"{moment_ns:019d}_{unique}_{address}.eml"
    os.rename(side, path)
    return path


def list_mails(folder: Path, *, search: str = "") -> list[MailFile]:
    """List the mails for recipients that contain the text, newest first."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.endswith(".eml")]
    mails = (MailFile(name, folder) for name in sorted(names, reverse=True))
    wanted = search.strip().casefold()
    return [mail for mail in mails if wanted in mail.recipient.casefold()]


def find_mail(folder: Path, name: str) -> MailFile | None:
    """Find a mail by its file's name; None if there is no such file in the folder."""
    is_there = FILE_NAME.fullmatch(name) and (folder / name).is_file()
    return MailFile(name, folder) if is_there else None


def part_of(message: EmailMessage, kind: str) -> str:
    """Give the text or HTML of a mail; empty if it has none."""
    body = message.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""
