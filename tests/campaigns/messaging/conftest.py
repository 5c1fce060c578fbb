from dataclasses import dataclass, field

import pytest

from campaigns.channels.base import Letter


@dataclass
class FakeChannel:
    """Takes letters, or raises what the test wants it to."""

    letters: list[Letter] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)
    closed: Exception | None = None
    on_send: object = None

    def open(self):
        if self.closed:
            raise self.closed

    def send(self, letter):
        if self.on_send:
            self.on_send(letter)
        if letter.to in self.errors:
            raise self.errors[letter.to]
        self.letters.append(letter)
        return "250 taken"

    def close(self):
        """Nothing to close."""


@pytest.fixture
def channel(monkeypatch):
    """The outside: what the senders of the test talk to."""
    fake = FakeChannel()
    monkeypatch.setattr("campaigns.messaging.send.make_channel", lambda kind: fake)
    return fake
