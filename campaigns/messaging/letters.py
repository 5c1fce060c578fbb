"""Make the letters of a batch of messages; a few queries for all of them."""

from collections.abc import Sequence
from datetime import datetime

from campaigns.channels.base import Letter
from campaigns.guardrails.look import tells_news
from campaigns.messaging.links import links_for
from campaigns.messaging.news import NOTHING, News
from campaigns.messaging.render import prepared_mail, published_mail, render
from campaigns.messaging.variables import variables_for
from campaigns.models import Message
from referrals.advocates import enroll_advocates
from referrals.models import Advocate

AdvocateKey = tuple[int, int]


def advocates_of(
    messages: Sequence[Message], *, now: datetime
) -> dict[AdvocateKey, Advocate]:
    """
    Find the advocate behind each message, by contact and program.

    Who is none yet becomes one, so that each mail has a link that works. One query if all are.
    """
    wanted = {
        message.campaign.program_id: message.campaign.program for message in messages
    }
    contact_ids = [message.contact_id for message in messages]
    found = find_advocates(contact_ids, list(wanted))
    for program_id, program in wanted.items():
        missing = [
            message.contact_id
            for message in messages
            if message.campaign.program_id == program_id
            and (message.contact_id, program_id) not in found
        ]
        if missing:
            enroll_advocates(program=program, contact_ids=missing, now=now)
            found |= find_advocates(missing, [program_id])
    return found


def find_advocates(
    contact_ids: list[int], program_ids: list[int]
) -> dict[AdvocateKey, Advocate]:
    """Read the advocates of contacts in programs."""
    rows = Advocate.objects.filter(
        contact_id__in=contact_ids, program_id__in=program_ids
    )
    return {(advocate.contact_id, advocate.program_id): advocate for advocate in rows}


def make_letter(
    message: Message, advocate: Advocate, *, news: News = NOTHING, now: datetime
) -> Letter:
    """
    Render a message for its contact; no query once the version's mail is known.

    :raises MailMissing: if the version has no such mail
    :raises TemplateError: if it can't be rendered for this contact
    """
    contact = message.contact
    _, sender = published_mail(message.version_id, message.step_key)
    mail = prepared_mail(message.version_id, message.step_key, contact.locale)
    links = links_for(
        advocate,
        ask_id=message.ask_id,
        message_id=message.pk,
        mailed_at=now,
        is_service=tells_news(message),
    )
    rendered = render(
        mail,
        variables_for(
            contact=contact,
            program=message.campaign.program,
            links=links,
            locale=mail.locale,
            from_name=sender.name,
            news=news,
        ),
    )
    return Letter(
        tag=message.tag,
        date=now,
        to=contact.email,
        from_address=sender.address,
        from_name=sender.name,
        reply_to=sender.reply_to,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        headers={
            "List-Unsubscribe": f"<{links.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
