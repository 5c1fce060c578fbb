"""
Send what is due: claim, render, check again, hand over, note the outcome.

The instant before a message leaves is the last at which "stop" wins: under the lock of the
contact, in a commit of its own. The conversation with the mail server is outside of any
transaction, so what a killed sender leaves behind is known to be in hand, and no more.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from campaigns.channels.base import Channel, ChannelError, Letter, OutcomeUnknown
from campaigns.channels.causes import Cause
from campaigns.channels.registry import make_channel
from campaigns.emails.liquid import TemplateError
from campaigns.guardrails.recheck import recheck
from campaigns.messaging import outbox
from campaigns.messaging.letters import advocates_of, make_letter
from campaigns.messaging.outbox import ClaimLost, State
from campaigns.messaging.render import MailMissing, published_version
from campaigns.models import Message
from contacts.consents import suppress
from contacts.models import Suppression

BATCH = 25
# A message that is this late is not sent any more: the moment has passed.
LATEST = timedelta(hours=48)
MOST_TRIES = 12
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=2)
# How long all wait for a mail server that can't be reached.
SERVER_DOWN = timedelta(seconds=30)

# Whoever unsubscribes or changes his mind takes the same lock.
LOCK_CONTACT = "SELECT email FROM contacts_contact WHERE id = %s FOR UPDATE"

Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


def send_due(*, owner: str, clock: Clock) -> int:
    """
    Send one batch of what is due: one message that was tried before, and many that were not.

    ``clock`` is asked at each hand-over, for a batch may take minutes.

    :returns: how many messages were taken; 0 also if the mail server can't be reached
    """
    now = clock()
    tried = outbox.claim(owner=owner, size=1, again=True, now=now)
    is_reached = send_batch(tried, clock=clock)
    fresh = outbox.claim(owner=owner, size=batch_size(), again=False, now=clock())
    is_reached = send_batch(fresh, clock=clock) and is_reached
    return len(tried) + len(fresh) if is_reached else 0


def batch_size() -> int:
    """Take no more than can be handed over within a few seconds."""
    rate = settings.MESSAGES_PER_SECOND
    return max(1, min(BATCH, rate * 5)) if rate else BATCH


def send_batch(messages: list[Message], *, clock: Clock) -> bool:
    """
    Send claimed messages, each kind of channel over one connection.

    :returns: False if a mail server could not be reached; its messages wait
    """
    is_reached = True
    for kind in sorted({message.channel for message in messages}):
        own = [message for message in messages if message.channel == kind]
        channel = make_channel(kind)
        try:
            is_reached = send_over(channel, own, clock=clock) and is_reached
        finally:
            channel.close()
    return is_reached


def send_over(channel: Channel, messages: list[Message], *, clock: Clock) -> bool:
    """Send messages over one channel; False if the other side can't be reached."""
    advocates = advocates_of(messages, now=clock())
    for message in messages:
        # Parsed once per worker; a version's document holds whole mails.
        message.version = published_version(message.version_id)
    for index, message in enumerate(messages):
        pace()
        try:
            channel.open()
        except ChannelError as error:
            log.warning("The mail server can't be reached: %s", error.details)
            outbox.give_back(messages[index:], due_at=clock() + SERVER_DOWN)
            return False
        advocate = advocates[message.contact_id, message.campaign.program_id]
        try:
            letter = make_letter(message, advocate, now=clock())
        except (TemplateError, MailMissing) as error:
            fail(message, error, now=clock())
            continue
        send_one(channel, message, letter, clock=clock)
    return True


def pace() -> None:
    """Wait for this worker's share of the rate that the site allows."""
    if settings.MESSAGES_PER_SECOND:
        senders = max(1, settings.TASK_WORKERS - 1)
        time.sleep(senders / settings.MESSAGES_PER_SECOND)


def fail(message: Message, error: Exception, *, now: datetime) -> None:
    """End a message that can't be made for its contact; trying again would not help."""
    log.warning("Message %s can't be made: %s", message.pk, error)
    try:
        outbox.end(
            message,
            State.FAILED,
            cause=Cause.CONTENT_INVALID,
            details=str(error),
            now=now,
        )
    except ClaimLost:
        log.info("Message %s was taken over", message.pk)


def send_one(
    channel: Channel, message: Message, letter: Letter, *, clock: Clock
) -> None:
    """Hand over one message and note what came of it; a lost claim is left alone."""
    try:
        if not may_hand_over(message, letter, now=clock()):
            return
        try:
            answer = channel.send(letter)
        except ChannelError as error:
            not_accepted(message, error, now=clock())
        except OutcomeUnknown as error:
            outbox.lose(message, details=str(error), now=clock())
        except Exception as error:
            # Whatever it was, nobody knows whether the letter left.
            log.exception("Handing over message %s raised", message.pk)
            outbox.lose(message, details=repr(error), now=clock())
        else:
            outbox.accept(message, answer=answer, now=clock())
    except ClaimLost:
        log.info("Message %s was taken over", message.pk)


@transaction.atomic
def may_hand_over(message: Message, letter: Letter, *, now: datetime) -> bool:
    """
    Decide under the contact's lock whether a message may leave, and commit that it does.

    Who may not get it any more has it canceled, who may not get it now gets it later.

    :raises ClaimLost: if somebody else has the message now
    """
    address = lock_contact(message.contact_id)
    if now - message.created_at > LATEST:
        outbox.end(message, State.CANCELED, cause=Cause.STALE, details="", now=now)
        return False
    verdict = recheck(message, now=now)
    if verdict.objections:
        objection = verdict.objections[0]
        if verdict.is_timing:
            outbox.put_off(
                message,
                cause=objection.reason,
                details="",
                due_at=verdict.possible_at or now + LONGEST_DELAY,
            )
        else:
            outbox.end(
                message, State.CANCELED, cause=objection.reason, details="", now=now
            )
        return False
    if address != letter.to:
        outbox.put_off(message, cause="", details="The address changed", due_at=now)
        return False
    outbox.hand_over(message, address=letter.to, subject=letter.subject, now=now)
    return True


def lock_contact(contact_id: int) -> str | None:
    """Lock a contact until the hand-over is committed, and read his address."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CONTACT, [contact_id])
        row = cursor.fetchone()
    return row[0] if row else None


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
            due_at=now + delay_after(message.attempts),
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
