"""
Mails that somebody has just asked for: the link to the own page, the way to one's data.

The app above that can send mail registers how; nothing here knows of channels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Mail:
    """A finished mail; ``tag`` is the same on every attempt."""

    tag: str
    to: str
    from_name: str
    subject: str
    text: str
    html: str


class MailRefused(Exception):
    """A mail was certainly not taken; ``permanent`` if trying again is useless."""

    def __init__(self, details: str, *, permanent: bool) -> None:
        """Keep what the other side said."""
        super().__init__(details)
        self.permanent = permanent


Mailer = Callable[[Mail, datetime], None]
MAILERS: list[Mailer] = []


def register_mailer(mailer: Mailer) -> None:
    """Let an app above send our mails; the last one counts."""
    MAILERS[:] = [mailer]


def hand_over(mail: Mail, *, now: datetime) -> None:
    """
    Send a mail; returns also if nobody can tell whether it was taken.

    :raises MailRefused: if it was certainly not taken
    """
    if not MAILERS:
        raise MailRefused("Nobody here sends mail.", permanent=True)
    MAILERS[0](mail, now)
