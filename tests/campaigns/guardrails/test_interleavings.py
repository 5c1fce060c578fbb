"""Whatever happens in whatever order: nobody gets an ask that a guardrail forbids."""

import pytest

from campaigns.messaging import send
from tests.campaigns.guardrails.crowd import Crowd

ROUNDS = 10


class Outside:
    """A mail server that takes everything and has it judged."""

    def __init__(self, crowd):
        self.crowd = crowd

    def open(self):
        """Nothing to open."""

    def send(self, letter):
        self.crowd.take(letter)
        return "250 taken"

    def close(self):
        """Nothing to close."""


def live(seed, size, monkeypatch):
    crowd = Crowd(seed, size)
    monkeypatch.setattr(send, "make_channel", lambda kind: Outside(crowd))
    monkeypatch.setattr(send, "make_letters", crowd.make_letters)
    crowd.live(ROUNDS)
    return crowd


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_nobody_gets_an_ask_that_is_forbidden(seed, monkeypatch):
    crowd = live(seed, 120, monkeypatch)

    assert crowd.violations == []
    assert crowd.delivered > 15


@pytest.mark.benchmark
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(100, 150))
def test_nobody_of_a_hundred_thousand_gets_an_ask_that_is_forbidden(seed, monkeypatch):
    crowd = live(seed, 2_000, monkeypatch)

    assert crowd.violations == []
    assert crowd.delivered > 200
