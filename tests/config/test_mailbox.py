import asyncio
import os
import smtplib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.message import EmailMessage
from types import SimpleNamespace

import pytest

from config.mailbox import (
    MailboxHandler,
    find_mail,
    keep_mail,
    list_mails,
    part_of,
)
from config.ports import answers, free_port
from config.processes import MANAGE, die_with_parent


def test_kept_mail_is_known_by_its_name(tmp_path):
    content = b"Subject: Hello\r\n\r\nHi"

    path = keep_mail(tmp_path, recipient="ana@x.example", content=content, moment_ns=1)

    mail = find_mail(tmp_path, path.name)
    assert mail.recipient == "ana@x.example"
    assert mail.received_at == datetime.fromtimestamp(1e-9, tz=UTC)
    assert mail.read()["Subject"] == "Hello"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "recipient", ["a_b@x.example", "jörg@x.example", "../../etc/passwd", "x" * 300]
)
def test_odd_recipients_stay_in_the_folder(tmp_path, recipient):
    path = keep_mail(tmp_path, recipient=recipient, content=b"", moment_ns=1)

    assert path.parent == tmp_path
    assert find_mail(tmp_path, path.name).recipient == recipient[:180]


@pytest.mark.parametrize("name", ["../secret_key", "secret_key", ".hidden.eml", ""])
def test_no_other_file_is_a_mail(tmp_path, name):
    box = tmp_path / "mailbox"
    box.mkdir()
    (tmp_path / "secret_key").write_text("secret")
    (box / "secret_key").write_text("secret")

    assert find_mail(box, name) is None


def test_mails_are_listed_newest_first_and_searched_by_recipient(tmp_path):
    for moment, recipient in enumerate(["ana@x.example", "ben@x.example", "Ana@y.org"]):
        keep_mail(tmp_path, recipient=recipient, content=b"", moment_ns=moment)

    everything = [mail.recipient for mail in list_mails(tmp_path)]
    found = [mail.recipient for mail in list_mails(tmp_path, search=" ANA@")]

    assert everything == ["Ana@y.org", "ben@x.example", "ana@x.example"]
    assert found == ["Ana@y.org", "ana@x.example"]
    assert list_mails(tmp_path / "none") == []


def test_parts_of_a_mail():
    message = EmailMessage()
    message.set_content("As text")
    assert part_of(message, "html") == ""
    message.add_alternative("<p>As HTML</p>", subtype="html")

    assert part_of(message, "plain") == "As text\n"
    assert part_of(message, "html") == "<p>As HTML</p>\n"


def test_handler_keeps_a_copy_for_each_recipient(tmp_path):
    handler = MailboxHandler(tmp_path / "new")
    envelope = SimpleNamespace(rcpt_tos=["a@x.example", "b@x.example"], content=b"Hi")

    # In a thread of its own: a browser test may have left a loop running in this one.
    with ThreadPoolExecutor() as pool:
        coroutine = handler.handle_DATA(None, None, envelope)
        answer = pool.submit(asyncio.run, coroutine).result()

    assert answer.startswith("250 ")
    assert [mail.recipient for mail in list_mails(tmp_path / "new")] == [
        "b@x.example",
        "a@x.example",
    ]


def test_mail_server_catches_what_is_sent(tmp_path):
    port = free_port(21025)
    process = subprocess.Popen(
        [*MANAGE, "catch_mail", str(port)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "GREENLIGHT_VAR": str(tmp_path),
        },
        preexec_fn=die_with_parent,
    )
    try:
        deadline = time.monotonic() + 60
        while not answers(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        message = EmailMessage()
        message["To"], message["Subject"] = "ana@x.example", "Grüße"
        message.set_content("Hello")
        with smtplib.SMTP("127.0.0.1", port) as server:
            server.send_message(message, from_addr="shop@x.example")
    finally:
        process.terminate()
        process.wait(10)

    (mail,) = list_mails(tmp_path / "mailbox")
    assert (mail.recipient, mail.read()["Subject"]) == ("ana@x.example", "Grüße")
    assert process.returncode == 0
