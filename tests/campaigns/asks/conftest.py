"""What asks talk to in tests."""

from dataclasses import dataclass, field

import pytest

from campaigns.channels.base import ChannelError, Letter
from campaigns.channels.causes import Cause
from tests.factories.connections import make_connection
from tests.receiver import receiver


@dataclass
class Mailbox:
    """Takes letters, but for addresses that it refuses."""

    letters: list[Letter] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    on_open: object = None

    def refuse(self, address):
        """Refuse what goes to an address from now on."""
        self.refused.add(address)

    def open(self):
        if self.on_open:
            self.on_open()

    def send(self, letter):
        if letter.to in self.refused:
            raise ChannelError(Cause.REFUSED, permanent=True)
        self.letters.append(letter)
        return "250 taken"

    def close(self):
        """Nothing to close."""


@pytest.fixture
def mailbox(monkeypatch):
    """The outside: what the senders of the test talk to."""
    fake = Mailbox()
    monkeypatch.setattr("campaigns.messaging.send.make_channel", lambda kind: fake)
    return fake


@pytest.fixture
def there(settings):
    """Who delivers text messages, and a connection to him."""
    settings.OUTGOING_HOSTS = ["localhost"]
    with receiver() as found:
        found.connection = make_connection(url=found.url, purpose="sms")
        yield found
