"""
What other systems are told of people, as JSON documents; a few queries for a batch.

A webhook step posts::

    {
      "type": "campaign.step",
      "timestamp": when the person came to the step,
      "data": {
        "campaign": {"id", "name"}, "step": {"key", "name"}, "enrollment": …, "visit": …,
        "moment": {"at", "key", "event": {"name", "at", "properties"} | null},
        "contact": {"id", "user_ids": […], and the chosen fields, "attributes": {the chosen}}
      }
    }

A document is made when it leaves, of the person as he is then. Its name, ``webhook-id``, is that
of the run of the step and never changes, so whoever has had it knows.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from campaigns.channels.base import Parcel
from campaigns.flows.definition import Step, find_step
from campaigns.flows.passing_on import LINK
from campaigns.messaging.letters import AdvocateKey, advocates_of
from campaigns.messaging.links import links_for
from campaigns.messaging.news import EVENT_KEY
from campaigns.messaging.render import MailMissing
from campaigns.models import Enrollment, Message
from contacts.models import Event, Identifier
from contacts.outgoing.signed import write_json
from referrals.models import Advocate

Document = dict[str, Any]


class Parcels:
    """Makes the parcels of a batch of webhooks."""

    def __init__(self, messages: Sequence[Message], *, now: datetime) -> None:
        """Read all that the documents hold."""
        self.now = now
        contacts = [message.contact_id for message in messages]
        passes = Enrollment.objects.filter(
            contact_id__in=contacts,
            pk__in=[message.enrollment_id for message in messages],
        )
        self.passes = passes.in_bulk()
        self.events = _events_of(self.passes.values())
        self.user_ids = user_ids_of(contacts)
        linked = [one for one in messages if LINK in step_of(one)["fields"]]
        self.advocates: dict[AdvocateKey, Advocate] = (
            advocates_of(linked, now=now) if linked else {}
        )

    def make(self, message: Message) -> Parcel:
        """
        Make the document of one message.

        :raises MailMissing: if the version has no such step, or the connection is gone
        """
        if message.connection is None:
            raise MailMissing("The connection is gone.")
        return Parcel(
            tag=message.tag,
            date=self.now,
            to=message.connection.name,
            connection=message.connection,
            body=write_json(self.document(message)),
        )

    def document(self, message: Message) -> Document:
        """Collect what is told."""
        step = step_of(message)
        found = self.passes[message.enrollment_id]
        event = self.events.get(found.moment_key) if step["with_event"] else None
        return {
            "type": "campaign.step",
            "timestamp": message.created_at.isoformat(),
            "data": {
                "campaign": {"id": message.campaign_id, "name": message.campaign.name},
                "step": {"key": step["key"], "name": step["name"]},
                "enrollment": message.enrollment_id,
                "visit": message.visit,
                "moment": {
                    "at": found.moment_at.isoformat(),
                    "key": found.moment_key or found.entry_key,
                    "event": event,
                },
                "contact": self.contact(message, step),
            },
        }

    def contact(self, message: Message, step: Step) -> Document:
        """Collect what is told of the person."""
        contact = message.contact
        told: Document = {
            "id": contact.pk,
            "user_ids": self.user_ids[contact.pk],
        }
        for name in step["fields"]:
            if name == LINK:
                advocate = self.advocates[contact.pk, message.campaign.program_id]
                links = links_for(
                    advocate, ask_id=None, message_id=message.pk, via=message.channel
                )
                told[name] = links.link
            else:
                told[name] = getattr(contact, name)
        known = contact.attributes
        told["attributes"] = {name: known.get(name) for name in step["attributes"]}
        return told


def step_of(message: Message) -> Step:
    """
    Find the step that wrote a message.

    :raises MailMissing: if the version has none
    """
    step = find_step(message.version.definition, message.step_key)
    if step is None:
        raise MailMissing(f"There is no step '{message.step_key}' in the version")
    return step


def user_ids_of(contact_ids: Sequence[int]) -> dict[int, list[str]]:
    """List the ids that products know contacts by."""
    found: dict[int, list[str]] = defaultdict(list)
    named = Identifier.objects.filter(
        contact_id__in=contact_ids, kind=Identifier.Kind.USER_ID
    )
    for contact_id, value in named.order_by("pk").values_list("contact_id", "value"):
        found[contact_id].append(value)
    return found


def _events_of(passes: Any) -> dict[str, Document]:
    """Read the events that let people in, by the key of the moment."""
    ids = {
        int(one.moment_key.removeprefix(EVENT_KEY)): one.contact_id
        for one in passes
        if one.moment_key.startswith(EVENT_KEY)
        and one.moment_key.removeprefix(EVENT_KEY).isdecimal()
    }
    rows = Event.objects.filter(contact_id__in=set(ids.values()), pk__in=list(ids))
    return {
        f"{EVENT_KEY}{event.pk}": {
            "name": event.name,
            "at": event.occurred_at.isoformat(),
            "properties": event.properties,
        }
        for event in rows
    }
