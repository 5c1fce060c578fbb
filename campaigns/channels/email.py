"""
Email through Django's mail settings.

With SMTP each step of the conversation is taken by itself, because only then is it known
whether a failure came before the letter left (try again), as an answer to it (refused), or
instead of an answer (unknown, and never sent again by itself).
"""

import re
import smtplib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from anymail.backends.base import AnymailBaseBackend
from anymail.exceptions import AnymailError
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend

from campaigns.channels.base import ChannelError, Letter, OutcomeUnknown
from campaigns.channels.causes import Cause
from campaigns.channels.mime import assemble, mail_address, message_id, one_line
from campaigns.channels.provider import TAG, letter_error

# Enhanced status codes and phrases of "there is no such mailbox".
NO_MAILBOX = re.compile(
    r"\b5\.1\.[1-3]\b|\b5\.1\.10\b|user unknown|unknown user|no such user"
    r"|does not exist|mailbox (not found|unavailable)|recipient (address )?rejected"
    r"|invalid (mailbox|recipient)|no mailbox",
    re.IGNORECASE,
)
# The server is about to close, or wants another connection.
CLOSING = 421
# Now the letter, please.
DATA_CODE = 354


class EmailChannel:
    """Sends through one connection, which is opened with the first letter."""

    def __init__(self) -> None:
        """Take the connection that Django's settings describe; it is not opened yet."""
        self.backend: Any = mail.get_connection()

    def send(self, letter: Letter) -> str:
        """Hand over one letter; what is not SMTP is left to Django's backend."""
        if not isinstance(self.backend, EmailBackend):
            return self.send_elsewhere(letter)
        raw = assemble(letter)
        sender = mail_address(letter.from_address)
        self.open()
        smtp: Any = self.backend.connection
        self.prepare(smtp, sender, mail_address(letter.to))
        return self.deliver(smtp, raw)

    def close(self) -> None:
        """Say goodbye; the answer does not matter."""
        with suppress(OSError, smtplib.SMTPException):
            self.backend.close()

    def open(self) -> None:
        """
        Connect, or go on with the open connection; other backends open their own.

        :raises ChannelError: if there is none to be had
        """
        if not isinstance(self.backend, EmailBackend):
            return
        try:
            self.backend.open()
            smtp: Any = self.backend.connection
            smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPAuthenticationError as error:
            self.drop()
            raise ChannelError(
                Cause.NOT_CONNECTED, permanent=False, details=said(*error.args[:2])
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise ChannelError(
                Cause.NOT_CONNECTED, permanent=False, details=str(error)
            ) from error

    def prepare(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> None:
        """
        Name sender and recipient and ask to send; nothing has left yet.

        A server that takes them together is told all three at once, and so answers once
        instead of three times.

        :raises ChannelError: if the server says no, or nothing
        """
        commands = [
            (250, f"mail FROM:{smtplib.quoteaddr(sender)}\r\n"),
            (250, f"rcpt TO:{smtplib.quoteaddr(recipient)}\r\n"),
            (354, "data\r\n"),
        ]
        try:
            if smtp.has_extn("pipelining"):
                smtp.send("".join(text for _, text in commands))
                self.read_answers(smtp, [expected for expected, _ in commands])
                return
            for expected, text in commands:
                smtp.send(text)
                self.read_answers(smtp, [expected])
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise ChannelError(
                Cause.NOT_CONNECTED, permanent=False, details=str(error)
            ) from error

    def read_answers(self, smtp: smtplib.SMTP, expected: Sequence[int]) -> None:
        """
        Read what the server says to each command, and raise its first no.

        :raises ChannelError: if one was no
        """
        refused: tuple[int, bytes] | None = None
        waits_for_letter = False
        for code_expected in expected:
            code, answer = smtp.getreply()
            is_no = code // 10 != code_expected // 10
            refused = refused or ((code, answer) if is_no else None)
            waits_for_letter = code == DATA_CODE
            if code == CLOSING:
                break
        if refused is None:
            return
        if waits_for_letter:
            # It wants a letter for nobody, and would take whatever comes for one.
            self.drop()
        else:
            self.reset(smtp, refused[0])
        raise answer_error(*refused)

    def deliver(self, smtp: smtplib.SMTP, raw: bytes) -> str:
        """
        Send the letter and wait for the answer.

        :raises ChannelError: if the answer was no
        :raises OutcomeUnknown: if there was none
        """
        # A letter begins with a header, so its first line has no dot.
        dotted = raw.replace(b"\n.", b"\n..")
        try:
            smtp.send(dotted + b".\r\n")
            code, answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise OutcomeUnknown(str(error) or type(error).__name__) from error
        if code // 100 == 2:
            return said(code, answer)
        self.reset(smtp, code)
        if code // 100 in (4, 5):
            raise answer_error(code, answer)
        raise OutcomeUnknown(said(code, answer))

    def reset(self, smtp: smtplib.SMTP, code: int) -> None:
        """Leave the letter that was refused; a server that says goodbye is left."""
        if code == CLOSING:
            self.drop()
            return
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.drop()

    def drop(self) -> None:
        """Let go of a connection that is broken."""
        connection, self.backend.connection = self.backend.connection, None
        if connection is not None:
            connection.close()

    def send_elsewhere(self, letter: Letter) -> str:
        """
        Hand the letter to a backend that is not SMTP: a provider's, memory, console or files.

        A provider is told the tag, which comes back with what it tells us about the letter.
        """
        sender = f'"{one_line(letter.from_name)}" <{mail_address(letter.from_address)}>'
        message: Any = mail.EmailMultiAlternatives(
            subject=one_line(letter.subject),
            body=letter.text,
            from_email=sender,
            to=[mail_address(letter.to)],
            reply_to=[mail_address(letter.reply_to)] if letter.reply_to else None,
            alternatives=[(letter.html, "text/html")],
            headers={"Message-ID": message_id(letter), **letter.headers},
            connection=self.backend,
        )
        if not isinstance(self.backend, AnymailBaseBackend):
            self.backend.send_messages([message])
            return "taken"
        message.metadata = {TAG: letter.tag}
        try:
            self.backend.send_messages([message])
        except (AnymailError, OSError) as error:
            raise letter_error(error) from error
        return one_line(f"{self.backend.esp_name} {message.anymail_status.message_id}")


def said(code: int, answer: bytes | str) -> str:
    """Write down what a server said."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(f"{code} {text}")[:500]


def answer_error(code: int, answer: bytes) -> ChannelError:
    """Tell from a server's answer whether it makes sense to try again."""
    details = said(code, answer)
    if code // 100 != 5:
        return ChannelError(Cause.TRY_LATER, permanent=False, details=details)
    is_gone = code in (550, 551, 553) and NO_MAILBOX.search(details)
    cause = Cause.ADDRESS_UNKNOWN if is_gone else Cause.REFUSED
    return ChannelError(cause, permanent=True, details=details)
