"""Mails as the sender would make them, to be looked at."""

import json
from datetime import datetime

from campaigns.emails.liquid import TemplateError
from campaigns.messaging.links import sample_links
from campaigns.messaging.render import (
    MailMissing,
    Rendered,
    prepared_mail,
    published_mail,
    render,
)
from campaigns.messaging.texts import parcels_for
from campaigns.messaging.variables import variables_for
from campaigns.models import Message
from referrals.models import Advocate


def show_mail(message: Message) -> tuple[Rendered | None, str]:
    """
    Render a message as the sender would, with links that do nothing.

    :returns: the mail, or None and what is wrong with it
    """
    contact, program = message.contact, message.campaign.program
    advocate = Advocate.objects.filter(contact=contact, program=program).first()
    try:
        _, sender = published_mail(message.version_id, message.step_key)
        mail = prepared_mail(message.version_id, message.step_key, contact.locale)
        links = sample_links(
            is_ask=message.ask_id is not None, code=advocate.code if advocate else ""
        )
        variables = variables_for(
            contact=contact,
            program=program,
            links=links,
            locale=mail.locale,
            from_name=sender.name,
        )
        return render(mail, variables), ""
    except (MailMissing, TemplateError, KeyError) as error:
        return None, str(error)


def show_parcel(message: Message, now: datetime) -> str:
    """Write what another system would get of a message, or why it would get nothing."""
    try:
        document = parcels_for([message], now=now).document(message)
    except (MailMissing, TemplateError) as error:
        return str(error)
    return json.dumps(document, ensure_ascii=False, indent=2)
