"""
What is passed on to another system, through a connection.

One request for each parcel, and no connection is kept open: so it is known whether anything of
it has left. Where the other system is down, or asks for patience, the others of the batch wait
without being tried, and one batch takes no longer than a sender may be silent.
"""

from datetime import datetime
from time import monotonic

from django.utils.text import Truncator

from campaigns.channels.base import ChannelError, OutcomeUnknown, Parcel
from campaigns.channels.causes import Cause
from contacts.outgoing.request import (
    Answer,
    NoAnswer,
    NotConnected,
    TargetRefused,
    wait_from,
)
from contacts.outgoing.signed import post_signed
from contacts.sealed import NotOpened

# Asked again later; whoever answers anything else of 4xx has read it and does not want it.
TRY_LATER = (408, 425, 429)
# With these the system speaks for itself, and not of one parcel.
ASKS_FOR_PATIENCE = (429, 502, 503, 504)
PATIENCE_SECONDS = 20


class PassingOn:
    """
    Posts parcels to one connection.

    ``may_repeat``: whether a second copy does no harm, for the other side knows the name of
    each; then what got no answer is simply sent again.
    """

    def __init__(self, *, may_repeat: bool) -> None:
        self.may_repeat = may_repeat
        self.began = monotonic()
        self.is_down = ""

    def open(self) -> None:
        """
        See whether there is any use in trying.

        :raises ChannelError: if not now
        """
        if self.is_down:
            raise ChannelError(
                Cause.NOT_CONNECTED, permanent=False, details=self.is_down
            )
        if monotonic() - self.began > PATIENCE_SECONDS:
            raise ChannelError(
                Cause.TRY_LATER, permanent=False, details="It takes its time"
            )

    def send(self, parcel: Parcel) -> str:
        """
        Post one parcel.

        :raises ChannelError: if it was certainly not taken, or may be sent again in any case
        :raises OutcomeUnknown: if nobody can tell
        """
        try:
            answer = post_signed(
                receiver=parcel.connection,
                name=parcel.tag,
                body=parcel.body,
                now=parcel.date,
            )
        except (TargetRefused, NotOpened) as error:
            raise ChannelError(
                Cause.ADDRESS_INVALID, permanent=True, details=str(error)
            ) from error
        except NotConnected as error:
            raise self.down(str(error)) from error
        except NoAnswer as error:
            if self.may_repeat:
                raise self.down(str(error)) from error
            self.is_down = str(error)
            raise OutcomeUnknown(str(error)) from error
        return self.read(answer, now=parcel.date)

    def close(self) -> None:
        """Have nothing to close."""

    def down(self, details: str) -> ChannelError:
        """Note that the system can't be reached."""
        self.is_down = details
        return ChannelError(Cause.NOT_CONNECTED, permanent=False, details=details)

    def read(self, answer: Answer, *, now: datetime) -> str:
        """
        Tell from the answer whether it was taken.

        :raises ChannelError: if not
        """
        said = Truncator(f"{answer.status} {answer.text}".strip()).chars(500)
        if answer.is_good:
            return said
        if answer.status in ASKS_FOR_PATIENCE:
            self.is_down = said
        if answer.status in TRY_LATER or answer.status >= 500:
            wait = wait_from(answer.retry_after, now=now)
            raise ChannelError(
                Cause.TRY_LATER, permanent=False, details=said, wait=wait
            )
        raise ChannelError(Cause.REFUSED, permanent=True, details=said)


def webhooks() -> PassingOn:
    """Make the way out of webhooks: who takes them knows each by its name."""
    return PassingOn(may_repeat=True)


def messages_elsewhere() -> PassingOn:
    """Make the way out of messages to people, which are never sent twice by themselves."""
    return PassingOn(may_repeat=False)
