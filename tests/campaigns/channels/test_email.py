import email
import email.policy
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core import mail

from campaigns.channels.base import ChannelError, Letter, OutcomeUnknown
from campaigns.channels.causes import LABELS, Cause
from campaigns.channels.registry import CHANNELS, make_channel

LETTER = Letter(
    tag="abc123",
    date=datetime(2026, 11, 20, 12, tzinfo=UTC),
    to="ada@example.com",
    from_address="shop@example.com",
    from_name="The Shöp",
    reply_to="help@example.com",
    subject="Hellö",
    text="Hi\n.\n..dots\n",
    html="<p>Hi</p>",
    headers={"List-Unsubscribe": "<https://example.com/unsubscribe/x>"},
)


@pytest.fixture
def channel():
    channel = make_channel("email")
    yield channel
    channel.close()


@pytest.fixture
def smtp(mail_server, channel):
    """The channel, made after the settings name the mail server."""
    channel = make_channel("email")
    yield channel
    channel.close()


def test_send_hands_over_and_reuses_the_connection(sink, smtp):
    answers = [smtp.send(LETTER), smtp.send(LETTER)]

    parsed = email.message_from_bytes(sink.letters[1].content, policy=email.policy.SMTP)
    text = parsed.get_body(("plain",)).get_content()
    assert answers == ["250 Taken", "250 Taken"]
    assert sink.letters[1].rcpt_tos == ["ada@example.com"]
    assert sink.letters[1].mail_from == "shop@example.com"
    assert dict(parsed.items()) == {
        "From": "The Shöp <shop@example.com>",
        "To": "ada@example.com",
        "Reply-To": "help@example.com",
        "Subject": "Hellö",
        "Date": "Fri, 20 Nov 2026 12:00:00 +0000",
        "Message-ID": "<abc123@example.com>",
        "List-Unsubscribe": "<https://example.com/unsubscribe/x>",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_abc123"',
    }
    assert text.replace("\r\n", "\n") == "Hi\n.\n..dots\n"


@pytest.mark.parametrize(
    ("step", "answer", "cause", "permanent"),
    [
        ("mail", "451 later", Cause.TRY_LATER, False),
        ("rcpt", "452 full", Cause.TRY_LATER, False),
        ("rcpt", "550 5.1.1 No such user here", Cause.ADDRESS_UNKNOWN, True),
        ("rcpt", "550 5.7.1 Not wanted", Cause.REFUSED, True),
        ("data", "451 4.3.0 later", Cause.TRY_LATER, False),
        ("data", "554 spam", Cause.REFUSED, True),
        ("data", "421 closing", Cause.TRY_LATER, False),
    ],
)
def test_an_answer_that_is_no_is_certain(sink, smtp, step, answer, cause, permanent):
    sink.answers[step] = answer

    with pytest.raises(ChannelError) as error:
        smtp.send(LETTER)

    assert (error.value.cause, error.value.permanent) == (cause, permanent)
    assert error.value.details == answer
    assert sink.letters == []


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_after_a_refusal_the_next_letter_goes_out(sink, smtp, step):
    sink.answers[step] = "554 spam"
    with pytest.raises(ChannelError):
        smtp.send(LETTER)
    sink.answers.clear()

    assert smtp.send(LETTER) == "250 Taken"
    assert len(sink.letters) == 1


class Stubborn:
    """A server that wants the letter though it knows nobody to give it to."""

    def __init__(self, said):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.said = said
        self.heard = b""
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        link, _ = self.listener.accept()
        with link, link.makefile("rwb") as stream:
            for answer in self.said:
                stream.write(answer)
                stream.flush()
                while answer.endswith(b"\r\n") and not self.heard.endswith(b"data\r\n"):
                    self.heard += stream.readline()
                    if self.heard.startswith(b"ehlo") and b"mail" not in self.heard:
                        break
            self.rest = stream.read()

    def stop(self):
        self.thread.join(10)
        self.listener.close()


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        (b"250 ok\r\n550 5.1.1 no such user\r\n354 go on\r\n", Cause.ADDRESS_UNKNOWN),
        (b"421 closing\r\n", Cause.TRY_LATER),
    ],
)
def test_a_server_that_wants_a_letter_for_nobody_gets_none(settings, answers, cause):
    server = Stubborn([b"220 hi\r\n", b"250-here\r\n250 PIPELINING\r\n", answers])
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    channel = make_channel("email")

    with pytest.raises(ChannelError) as error:
        channel.send(LETTER)

    server.stop()
    assert error.value.cause == cause
    assert (server.rest, channel.backend.connection) == (b"", None)
    assert server.heard.splitlines()[1:] == [
        b"mail FROM:<shop@example.com>",
        b"rcpt TO:<ada@example.com>",
        b"data",
    ]


def test_a_connection_that_breaks_after_the_letter_leaves_the_outcome_unknown(
    sink, smtp
):
    sink.drop_after_data = True

    with pytest.raises(OutcomeUnknown):
        smtp.send(LETTER)

    assert len(sink.letters) == 1
    sink.drop_after_data = False
    assert smtp.send(LETTER) == "250 Taken"


def test_an_answer_that_is_neither_leaves_the_outcome_unknown(sink, smtp):
    sink.answers["data"] = "354 what?"

    with pytest.raises(OutcomeUnknown):
        smtp.send(LETTER)


def test_a_connection_that_breaks_before_the_letter_is_certain(smtp):
    smtp.open()
    smtp.backend.connection.sock.shutdown(socket.SHUT_RDWR)

    with pytest.raises(ChannelError) as error:
        smtp.send(LETTER)

    assert (error.value.cause, error.value.permanent) == (Cause.NOT_CONNECTED, False)


def test_a_server_that_is_not_there_can_be_tried_later(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    channel = make_channel("email")

    with pytest.raises(ChannelError) as error:
        channel.open()

    assert (error.value.cause, error.value.permanent) == (Cause.NOT_CONNECTED, False)


def test_a_server_without_sign_in_can_be_tried_later(mail_server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "shop", "wrong"
    channel = make_channel("email")

    with pytest.raises(ChannelError) as error:
        channel.open()

    channel.close()
    assert (error.value.cause, error.value.permanent) == (Cause.NOT_CONNECTED, False)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a b@example.com",
        "a@b@c.example",
        "ädä@example.com",
        "a@x\r\nBcc: y",
    ],
)
def test_an_address_that_is_none_is_refused_before_connecting(channel, address):
    with pytest.raises(ChannelError) as error:
        channel.send(replace(LETTER, to=address))

    assert (error.value.cause, error.value.permanent) == (Cause.ADDRESS_INVALID, True)
    assert mail.outbox == []


def test_another_backend_of_django_gets_the_same_letter(channel):
    channel.open()
    channel.send(LETTER)

    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (
        ["ada@example.com"],
        "Hellö",
        "Hi\n.\n..dots\n",
    )
    assert sent.extra_headers == {
        "Message-ID": "<abc123@example.com>",
        "List-Unsubscribe": "<https://example.com/unsubscribe/x>",
    }


def test_the_log_channel_writes_a_line(caplog):
    channel = make_channel("log")
    with caplog.at_level("INFO"):
        channel.open()
        answer = channel.send(LETTER)
        channel.close()

    assert answer == "logged"
    assert caplog.messages == ["Letter abc123 to ada@example.com: Hellö"]


def test_each_channel_and_cause_has_words():
    assert all(label for label, _ in CHANNELS.values())
    assert set(LABELS) == set(Cause)
