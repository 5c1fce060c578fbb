"""Test mails: to the person who asks for one, marked, and never counted."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser

from campaigns.channels.base import Letter
from campaigns.channels.registry import make_channel
from campaigns.emails.document import Content
from campaigns.messaging.preview import preview
from campaigns.messaging.render import sender_for
from contacts.models import Contact
from referrals.models import Program

MARK = "[Test]"


class NotStaff(ValueError):
    """A test goes to people who sign in here, at their own address, and to no one else."""


def send_test(
    content: Content,
    *,
    contact: Contact,
    program: Program,
    campaign_settings: dict[str, Any],
    user: AbstractBaseUser,
    ask: bool = True,
    locale: str = "",
    now: datetime,
) -> str:
    """
    Send a draft as the contact would get it to the user's own address.

    Writes no row: no ask, no budget, no report knows of it. Its links do nothing.

    :returns: the address it went to
    :raises NotStaff: if the user is not staff, or has no address
    :raises ContentError: if the draft can't be compiled
    :raises TemplateError: if it can't be rendered for this contact
    :raises ChannelError: if the mail server does not take it
    :raises OutcomeUnknown: if the mail server did not say
    """
    address = str(getattr(user, "email", ""))
    if not getattr(user, "is_staff", False) or not address:
        raise NotStaff("Your user has no email address. Add one to get test emails.")
    shown = preview(
        content,
        contact=contact,
        program=program,
        campaign_settings=campaign_settings,
        ask=ask,
        locale=locale,
    )
    sender = sender_for(campaign_settings, brand=program.brand)
    letter = Letter(
        date=now,
        tag=f"test-{uuid4().hex}",
        to=address,
        from_address=sender.address,
        from_name=sender.name,
        reply_to=sender.reply_to,
        subject=f"{MARK} {shown.mail.subject}",
        text=shown.mail.text,
        html=shown.mail.html,
        headers={"Auto-Submitted": "auto-generated"},
    )
    channel = make_channel("email")
    try:
        channel.send(letter)
    finally:
        channel.close()
    return address
