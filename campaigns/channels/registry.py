"""Every kind of channel: its name for people, and where its class is."""

from django.utils.module_loading import import_string

from campaigns.channels.base import Channel
from contacts.worlds import refuse_unless_real

CHANNELS = {
    "email": ("Email", "campaigns.channels.email.EmailChannel"),
    "log": ("Log", "campaigns.channels.log.LogChannel"),
    "webhook": ("Webhook", "campaigns.channels.passing_on.webhooks"),
    "sms": ("Text message", "campaigns.channels.passing_on.messages_elsewhere"),
    "push": ("Push notification", "campaigns.channels.passing_on.messages_elsewhere"),
    "other": ("Another channel", "campaigns.channels.passing_on.messages_elsewhere"),
}


def make_channel(kind: str) -> Channel:
    """
    Make a channel of a kind; it connects when the first letter comes.

    :raises NotReal: in a rehearsal
    """
    refuse_unless_real()
    _, dotted_path = CHANNELS[kind]
    channel: Channel = import_string(dotted_path)()
    return channel
