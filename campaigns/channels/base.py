"""What a channel is: something that takes letters, one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from campaigns.channels.causes import Cause


@dataclass(frozen=True)
class Letter:
    """A finished message to one person; ``tag`` is the same on every attempt."""

    tag: str
    date: datetime
    to: str
    from_address: str
    from_name: str
    subject: str
    text: str
    html: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class ChannelError(Exception):
    """
    A letter was not accepted, and that is certain.

    :param permanent: trying again is useless
    """

    def __init__(self, cause: Cause, *, permanent: bool, details: str = "") -> None:
        """Keep the cause and what the other side said."""
        super().__init__(f"{cause}: {details}")
        self.cause = cause
        self.permanent = permanent
        self.details = details[:2_000]


class OutcomeUnknown(Exception):
    """The letter was handed over, and nobody knows whether it was accepted."""


class Channel(Protocol):
    """Sends letters; one connection may serve a whole batch."""

    def open(self) -> None:
        """
        Connect, or go on with the open connection.

        :raises ChannelError: if there is none to be had
        """

    def send(self, letter: Letter) -> str:
        """
        Hand over one letter.

        :returns: what the other side said
        :raises ChannelError: if it was certainly not accepted
        :raises OutcomeUnknown: if nobody can tell
        """

    def close(self) -> None:
        """Let go of the connection."""
