"""What a channel is: something that takes letters, one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from campaigns.channels.causes import Cause
from campaigns.models import Connection


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


@dataclass(frozen=True)
class Parcel:
    """
    A finished document for another system; ``tag`` is the same on every attempt.

    ``to`` says whom it reaches, for the log; ``body`` is JSON.
    """

    tag: str
    date: datetime
    to: str
    connection: Connection
    body: bytes
    subject: str = ""


class ChannelError(Exception):
    """
    A letter was not accepted, and that is certain.

    :param permanent: trying again is useless
    :param wait: how long the other side asks us to wait
    """

    def __init__(
        self,
        cause: Cause,
        *,
        permanent: bool,
        details: str = "",
        wait: timedelta | None = None,
    ) -> None:
        """Keep the cause and what the other side said."""
        super().__init__(f"{cause}: {details}")
        self.cause = cause
        self.permanent = permanent
        self.details = details[:2_000]
        self.wait = wait


class OutcomeUnknown(Exception):
    """The letter was handed over, and nobody knows whether it was accepted."""


class Channel(Protocol):
    """Sends letters, or parcels; one connection may serve a whole batch."""

    def open(self) -> None:
        """
        Connect, or go on with the open connection.

        :raises ChannelError: if there is none to be had
        """

    def send(self, letter: Any) -> str:
        """
        Hand over one letter, or one parcel.

        :returns: what the other side said
        :raises ChannelError: if it was certainly not accepted
        :raises OutcomeUnknown: if nobody can tell
        """

    def close(self) -> None:
        """Let go of the connection."""
