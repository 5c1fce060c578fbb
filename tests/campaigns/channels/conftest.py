import socket

import pytest
from aiosmtpd.controller import Controller


class Sink:
    """A mail server that says what the test wants it to say."""

    def __init__(self, *, takes_together=False):
        self.takes_together = takes_together
        self.letters = []
        self.answers = {}
        self.drop_after_data = False

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        if self.takes_together:
            responses.insert(1, "250-PIPELINING")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        answer = self.answers.get("mail", "250 OK")
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = self.answers.get("rcpt", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = self.answers.get("data", "250 Taken")
        if answer.startswith("250"):
            self.letters.append(envelope)
        if self.drop_after_data:
            server.transport.abort()
        return answer


@pytest.fixture(params=[False, True], ids=["in turn", "together"])
def sink(request):
    """What the mail server got, and what it answers; commands in turn or together."""
    return Sink(takes_together=request.param)


@pytest.fixture
def mail_server(sink, settings):
    """A real SMTP server on a free port, which Django's settings name."""
    host = "127.0.0.1"
    with socket.socket() as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    controller = Controller(sink, hostname=host, port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    settings.EMAIL_TIMEOUT = 5
    yield controller
    controller.stop()
