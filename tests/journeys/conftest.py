"""What a story needs around it: a clock that can be put forward, a mail server, a worker."""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone
from django.utils.module_loading import import_string

from config.ports import free_port
from contacts.background import states


@pytest.fixture
def clock(monkeypatch):
    """The clock of the site: noon, a working hour everywhere in Europe."""
    real = timezone.now
    noon = datetime.now(UTC).replace(hour=12, minute=0)
    shift = SimpleNamespace(by=noon - datetime.now(UTC))
    monkeypatch.setattr(timezone, "now", lambda: real() + shift.by)

    def put_forward(**duration):
        shift.by += timedelta(**duration)

    return put_forward


@pytest.fixture
def work_off(clock):
    """A worker: calls the task of each slice of work that is due, until none is."""

    def work():
        for _round in range(40):
            due = [one for one in states(now=timezone.now()) if one.backlog.count]
            if not due:
                return
            for one in due:
                import_string(one.piece.task)()
        raise AssertionError(f"still due: {[one.piece.name for one in due]}")

    return work


@pytest.fixture
def letters(settings):
    """The letters that a real mail server has taken, by recipient."""
    taken = {}

    class Taker:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            letter = email.message_from_bytes(
                envelope.content, policy=email.policy.default
            )
            [recipient] = envelope.rcpt_tos
            assert recipient not in taken
            taken[recipient] = letter
            return "250 Taken"

    server = Controller(Taker(), hostname="127.0.0.1", port=free_port(10_025))
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    yield taken
    server.stop()


def link_in(letter, path):
    """Find the link of a mail that begins with the path."""
    text = letter.get_body(("plain",)).get_content()
    return re.search(rf"https?://[^/\s]+{path}[^\s>)]*", text)[0]
