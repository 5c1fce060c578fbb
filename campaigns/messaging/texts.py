"""
Short texts to people that another system delivers: text messages, push notifications.

Posted, with the tag of the message as ``webhook-id``::

    {
      "type": "message.send",
      "timestamp": …,
      "data": {
        "channel": "sms" | "push" | "other", "to": the number, for sms,
        "language": "de", "text": …, "parts": how many text messages it takes, for sms,
        "contact": {"id", "user_ids": […], "email"},
        "ask": {"url", "yes_url", "not_now_url", "never_url"} | null for one that asks for nothing,
        "referral_link": …, "unsubscribe_url": …,
        "report_to": where to tell what became of it, see ``campaigns.views.reports``
      }
    }
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from campaigns.channels.base import Parcel
from campaigns.emails import liquid
from campaigns.emails.locales import choose_locale
from campaigns.flows.ladder import SMS, text_of
from campaigns.flows.text_length import measure
from campaigns.messaging.letters import advocates_of
from campaigns.messaging.links import links_for
from campaigns.messaging.outbox import WEBHOOK
from campaigns.messaging.parcels import Parcels, step_of, user_ids_of
from campaigns.messaging.render import MailMissing, sender_for
from campaigns.messaging.variables import variables_for
from campaigns.models import Message
from contacts.outgoing.signed import write_json

Document = dict[str, Any]


class Texts:
    """Makes the parcels of a batch of texts."""

    def __init__(self, messages: Sequence[Message], *, now: datetime) -> None:
        """Read all that the texts are made of."""
        self.now = now
        self.advocates = advocates_of(messages, now=now)
        self.user_ids = user_ids_of([message.contact_id for message in messages])

    def make(self, message: Message) -> Parcel:
        """
        Make the document of one message.

        :raises MailMissing: if the version has no such text, or the connection is gone
        :raises TemplateError: if it can't be rendered for this contact
        """
        if message.connection is None:
            raise MailMissing("The connection is gone.")
        document = self.document(message)
        return Parcel(
            tag=message.tag,
            date=self.now,
            to=document["data"].get("to") or message.contact.email,
            connection=message.connection,
            body=write_json(document),
        )

    def document(self, message: Message) -> Document:
        """Render the text in the person's language, with all that goes with it."""
        step, contact = step_of(message), message.contact
        way = text_of(step)
        if not way:
            raise MailMissing(f"The step '{message.step_key}' has no short text.")
        definition, program = message.version.definition, message.campaign.program
        variants = way["variants"]
        main = choose_locale(definition["settings"]["locale"], variants, min(variants))
        locale = choose_locale(contact.locale, variants, main)
        links = links_for(
            self.advocates[contact.pk, program.pk],
            ask_id=message.ask_id,
            message_id=message.pk,
            via=message.channel,
        )
        sender = sender_for(definition["settings"], brand=program.brand)
        variables = variables_for(
            contact=contact,
            program=program,
            links=links,
            locale=locale,
            from_name=sender.name,
        )
        template = liquid.parse(variants[locale]["text"], is_html=False)
        text = liquid.render(template, variables).strip()
        told: Document = {
            "channel": message.channel,
            "language": locale,
            "text": text,
            "contact": {
                "id": contact.pk,
                "user_ids": self.user_ids[contact.pk],
                "email": contact.email,
            },
            "ask": variables["ask"] if message.ask_id else None,
            "referral_link": links.link,
            "unsubscribe_url": links.unsubscribe,
            "report_to": _report_to(message),
        }
        if message.channel == SMS:
            number = str(contact.attributes.get(way["address"]) or "").strip()
            told |= {"to": number, "parts": measure(text).parts}
        return {
            "type": "message.send",
            "timestamp": message.created_at.isoformat(),
            "data": told,
        }


def parcels_for(messages: Sequence[Message], *, now: datetime) -> Parcels | Texts:
    """Give who makes the parcels of messages, all of one channel."""
    if messages[0].channel == WEBHOOK:
        return Parcels(messages, now=now)
    return Texts(messages, now=now)


def _report_to(message: Message) -> str:
    """Write where the other system tells what became of it."""
    key = message.connection.key if message.connection else ""
    return f"{settings.SITE_URL}{reverse('campaigns_take_reports', args=[key])}"
