"""Send a mail that the person has just asked for; it is no message of a campaign."""

import logging
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings

from campaigns.channels.base import ChannelError, Letter, OutcomeUnknown
from campaigns.channels.registry import make_channel
from referrals.mailing import Mail, MailRefused

logger = logging.getLogger(__name__)


def send_asked_for(mail: Mail, now: datetime) -> None:
    """
    Hand a mail over; one whose outcome nobody knows is never sent again by itself.

    :raises MailRefused: if it was certainly not taken
    """
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    letter = Letter(
        tag=mail.tag,
        date=now,
        to=mail.to,
        from_address=address,
        from_name=mail.from_name or name,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        headers={"Auto-Submitted": "auto-generated"},
    )
    channel = make_channel("email")
    try:
        channel.send(letter)
    except ChannelError as error:
        raise MailRefused(str(error), permanent=error.permanent) from error
    except OutcomeUnknown:
        logger.warning("Nobody can tell whether a mail that was asked for has left.")
    finally:
        channel.close()
