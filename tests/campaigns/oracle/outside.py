"""What stands in for the world outside: mail servers, rendering, and the faults of words."""

from copy import deepcopy

from campaigns import publishing
from campaigns.channels.base import Letter
from campaigns.messaging import send


class Outside:
    """A mail server that takes everything."""

    def open(self):
        """Nothing to open."""

    def send(self, letter):
        return "250 taken"

    def close(self):
        """Nothing to close."""


def plain_letters(messages, *, now):
    """Stand in for the rendering, which is no part of this."""
    send.find_campaigns(messages)
    return {
        one.pk: Letter(one.tag, now, one.contact.email, "a@b.c", "A", "S", "T", "H")
        for one in messages
    }


def replace_the_outside(monkeypatch):
    """Render nothing, look for no faults in the words, and send nowhere."""
    monkeypatch.setattr(send, "make_channel", lambda kind: Outside())
    monkeypatch.setattr(send, "make_letters", plain_letters)
    monkeypatch.setattr(publishing, "review", lambda document: [])
    monkeypatch.setattr(publishing, "compile_document", deepcopy)
