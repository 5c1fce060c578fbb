"""On which channels a person wants to hear from us."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from contacts import consents
from contacts.changes import tell_changed
from contacts.models import Consent, Contact
from contacts.models.consent import Channel, ConsentState

SOURCE = "share_page"


class UnknownChannel(ValueError):
    """There is no such channel."""


@dataclass(frozen=True)
class Standing:
    """A channel, and whether it is on."""

    channel: str
    is_on: bool


def channels_of(contact_id: int) -> list[Standing]:
    """List email, and every other channel on which the person was ever asked."""
    states = dict(
        Consent.objects.filter(contact_id=contact_id).values_list("channel", "state")
    )
    return [
        Standing(channel, states.get(channel) != ConsentState.WITHDRAWN)
        for channel in Channel.values
        if channel in states or channel == Channel.EMAIL
    ]


@transaction.atomic
def set_channel(*, contact: Contact, channel: str, is_on: bool, now: datetime) -> bool:
    """
    Do what a person wants of a channel; the others stay as they are.

    :returns: False if the address stays silent for another reason
    :raises UnknownChannel: if there is no such channel
    """
    if channel not in Channel.values:
        raise UnknownChannel(f"expected one of {', '.join(Channel.values)}")
    if channel == Channel.EMAIL:
        if is_on:
            return consents.resubscribe(contact=contact, source=SOURCE, now=now)
        consents.withdraw(contact=contact, source=SOURCE, now=now)
        return True
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    change = consents.set_state(
        contact=contact,
        channel=channel,
        state=ConsentState.GRANTED if is_on else ConsentState.WITHDRAWN,
        source=SOURCE,
        statement="Chosen on the own page",
        evidence={},
        user=None,
        now=now,
    )
    if change is not None:
        name = consents.RESUBSCRIBED if is_on else consents.UNSUBSCRIBED
        told = {"source": SOURCE, "channel": channel}
        consents.record_change(contact, name, change.pk, now, told)
        tell_changed({contact.pk: None}, now=now)
    return True
