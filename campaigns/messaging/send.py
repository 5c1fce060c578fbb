"""
Send what is due: claim, render, look, hand over, note the outcome.

The conversation with the mail server is outside of any transaction, and one message at a time is
in hand, so what a killed sender leaves behind is known, and no more than that one.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction

from campaigns.channels.base import (
    Channel,
    ChannelError,
    Letter,
    OutcomeUnknown,
    Parcel,
)
from campaigns.channels.causes import Cause
from campaigns.channels.registry import make_channel
from campaigns.emails.liquid import TemplateError
from campaigns.guardrails import rates
from campaigns.guardrails.look import Look, look_at
from campaigns.guardrails.reasons import THROTTLED
from campaigns.messaging import outbox
from campaigns.messaging.hand_over import Accepted, hand_over, note
from campaigns.messaging.letters import advocates_of, make_letter
from campaigns.messaging.news import NOTHING, news_of
from campaigns.messaging.outbox import ClaimLost, State
from campaigns.messaging.pass_on import wake_waiting
from campaigns.messaging.render import MailMissing, published_version
from campaigns.messaging.texts import parcels_for
from campaigns.models import PASSED_ON, Campaign, Message
from contacts.background import places_at_most
from contacts.consents import suppress
from contacts.models import Suppression

BATCH = 50
MOST_TRIES = 12
FIRST_DELAY = timedelta(minutes=1)
NO_WAIT = timedelta()
LONGEST_DELAY = timedelta(hours=2)
# How long all wait for a mail server that can't be reached.
SERVER_DOWN = timedelta(seconds=30)
# When what goes over a connection that is switched off is looked at again.
SWITCHED_OFF = timedelta(minutes=10)
# After this the goals and exit conditions of a batch are looked at again.
LOOK_LASTS = timedelta(seconds=1)

Clock = Callable[[], datetime]
Maker = Callable[[Message], Letter | Parcel]

log = logging.getLogger(__name__)


def send_due(*, owner: str, clock: Clock, lane: str = outbox.MAIL) -> int:
    """
    Send one batch of what is due: one message that was tried before, and many that were not.

    ``clock`` is asked at each hand-over, for a batch may take minutes; ``lane`` says whether of
    mail, or of what goes to other systems.

    :returns: how many messages were taken; 0 also if the other side can't be reached
    """
    now = clock()
    tried = outbox.claim(owner=owner, size=1, again=True, now=now, lane=lane)
    is_reached = send_batch(tried, clock=clock)
    size = batch_size()
    fresh = outbox.claim(owner=owner, size=size, again=False, now=clock(), lane=lane)
    is_reached = send_batch(fresh, clock=clock) and is_reached
    return len(tried) + len(fresh) if is_reached else 0


def batch_size() -> int:
    """Take no more than can be handed over within a few seconds."""
    rate = settings.MESSAGES_PER_SECOND
    return max(1, min(BATCH, rate * 5)) if rate else BATCH


def send_batch(messages: list[Message], *, clock: Clock) -> bool:
    """
    Send claimed messages, each kind of channel over one connection.

    :returns: False if a mail server could not be reached, or may not get more now; its
        messages wait
    """
    is_reached = True
    ways = {(message.channel, message.connection_id or 0) for message in messages}
    for kind, connection in sorted(ways):
        every = [
            message
            for message in messages
            if (message.channel, message.connection_id or 0) == (kind, connection)
        ]
        own = may_leave(kind, every, now=clock())
        is_reached = is_reached and len(own) == len(every)
        if not own:
            continue
        channel = make_channel(kind)
        try:
            is_reached = send_over(channel, own, clock=clock) and is_reached
        finally:
            channel.close()
            if connection:
                wake_waiting(own, now=clock())
    return is_reached


def may_leave(kind: str, messages: list[Message], *, now: datetime) -> list[Message]:
    """
    Take from the rate of a channel; those for whom there is nothing left wait their turn.

    So do all of a connection that is switched off.
    """
    over = messages[0].connection
    if over and over.disabled_at:
        outbox.give_back(
            messages, due_at=now + SWITCHED_OFF, cause=Cause.CONNECTION_OFF
        )
        return []
    granted = rates.take(channel=kind, wanted=len(messages), now=now)
    for position, message in enumerate(messages[granted.count :]):
        due_at = now + granted.wait_of(position)
        outbox.give_back([message], due_at=due_at, cause=THROTTLED)
    return messages[: granted.count]


def send_over(channel: Channel, messages: list[Message], *, clock: Clock) -> bool:
    """
    Send messages over one channel; False if the other side can't be reached.

    :raises Exception: what nobody expected; what was not handed over yet goes back first
    """
    delivery = Delivery(channel, clock)
    left = list(messages)
    try:
        letters = make_letters(messages, now=clock())
        left = [message for message in messages if message.pk in letters]
        while left:
            delivery.pace()
            channel.open()
            delivery.deliver(left[0], letters[left[0].pk], left)
            left.pop(0)
    except ChannelError as error:
        log.warning("The other side can't be reached: %s", error.details)
        outbox.give_back(left, due_at=clock() + SERVER_DOWN)
        return False
    except Exception:
        outbox.give_back(left, due_at=clock() + SERVER_DOWN)
        raise
    finally:
        delivery.settle()
    return True


def make_letters(
    messages: list[Message], *, now: datetime
) -> dict[int, Letter | Parcel]:
    """
    Make the letters of messages; those that can't be made end here, the others go on.

    An error of ours in one letter is that message's failure, too: it would come again.
    """
    find_campaigns(messages)
    make = maker_of(messages, now=now)
    letters = {}
    for message in messages:
        try:
            letters[message.pk] = make(message)
        except (TemplateError, MailMissing) as error:
            fail(message, str(error), now=now)
        except DatabaseError:
            raise
        except Exception as error:
            log.exception("Making the letter of message %s raised", message.pk)
            fail(message, repr(error), now=now)
    return letters


def maker_of(messages: list[Message], *, now: datetime) -> Maker:
    """Read what the letters of messages, or their parcels, are made of; all of one channel."""
    if messages[0].channel in PASSED_ON:
        return parcels_for(messages, now=now).make
    advocates = advocates_of(messages, now=now)
    news = news_of(messages)

    def make(message: Message) -> Letter:
        """Make one letter."""
        advocate = advocates[message.contact_id, message.campaign.program_id]
        told = news.get(message.pk, NOTHING)
        return make_letter(message, advocate, news=told, now=now)

    return make


def find_campaigns(messages: list[Message]) -> None:
    """Give the messages their campaigns and versions; documents hold whole mails, so once."""
    campaigns = (
        Campaign.objects.select_related("program")
        .defer("draft")
        .in_bulk({message.campaign_id for message in messages})
    )
    for message in messages:
        message.campaign = campaigns[message.campaign_id]
        message.version = published_version(message.version_id)


class Delivery:
    """Hands over one letter after the other; one outcome at a time waits to be committed."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self.channel = channel
        self.clock = clock
        self.accepted: Accepted | None = None
        self.looks: dict[int, Look] = {}
        self.looked_at: datetime | None = None

    def pace(self) -> None:
        """Wait for this worker's share of the rate that the site allows."""
        if settings.MESSAGES_PER_SECOND:
            self.settle()
            time.sleep(places_at_most() / settings.MESSAGES_PER_SECOND)

    def deliver(
        self, message: Message, letter: Letter | Parcel, left: list[Message]
    ) -> None:
        """Hand over a message, the first of those that are left, and note what came of it."""
        now = self.clock()
        is_mail = isinstance(letter, Letter)
        is_old = self.looked_at is None or now - self.looked_at > LOOK_LASTS
        if is_mail and is_old:
            self.looks, self.looked_at = look_at(left, now=now), now
        before, self.accepted = self.accepted, None
        look = self.looks.get(message.pk)
        if not hand_over(message, letter, look=look, before=before, now=now):
            return
        try:
            self.converse(message, letter)
        except ClaimLost:
            log.info("Message %s was taken over", message.pk)

    def converse(self, message: Message, letter: Letter | Parcel) -> None:
        """Talk to the other side about a letter; from here on its outcome may stay unknown."""
        try:
            answer = self.channel.send(letter)
        except ChannelError as error:
            not_accepted(message, error, now=self.clock())
        except OutcomeUnknown as error:
            outbox.lose(message, details=str(error), now=self.clock())
        except Exception as error:
            # Whatever it was, nobody knows whether the letter left.
            log.exception("Handing over message %s raised", message.pk)
            outbox.lose(message, details=repr(error), now=self.clock())
        else:
            self.accepted = Accepted(message, answer, self.clock())

    def settle(self) -> None:
        """Note the outcome that waits."""
        accepted, self.accepted = self.accepted, None
        note(accepted)


def fail(message: Message, details: str, *, now: datetime) -> None:
    """End a message that can't be made for its contact; trying again would not help."""
    log.warning("Message %s can't be made: %s", message.pk, details)
    try:
        outbox.end(
            message,
            State.FAILED,
            cause=Cause.CONTENT_INVALID,
            details=details[:2_000],
            now=now,
        )
    except ClaimLost:
        log.info("Message %s was taken over", message.pk)


def not_accepted(message: Message, error: ChannelError, *, now: datetime) -> None:
    """
    Note that a message was certainly not accepted: try again later, or not at all.

    An address that does not exist is not written to again.
    """
    if error.permanent:
        state, cause = State.REFUSED, error.cause
    elif message.attempts >= MOST_TRIES:
        state, cause = State.FAILED, Cause.TOO_OFTEN
    else:
        outbox.put_off(
            message,
            cause=error.cause,
            details=error.details,
            due_at=now + max(delay_after(message.attempts), error.wait or NO_WAIT),
        )
        return
    with transaction.atomic():
        outbox.end(message, state, cause=cause, details=error.details, now=now)
        if error.cause == Cause.ADDRESS_UNKNOWN:
            suppress(
                address=message.contact.email,
                reason=Suppression.Reason.BOUNCED,
                details=error.details,
                now=now,
            )


def delay_after(attempts: int) -> timedelta:
    """Wait longer after each attempt: 1, 2, 4 … minutes, two hours at most."""
    return min(FIRST_DELAY * 2 ** (attempts - 1), LONGEST_DELAY)
