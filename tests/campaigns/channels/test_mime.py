import email
import email.header
import email.policy
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.channels.base import ChannelError, Letter
from campaigns.channels.mime import assemble, mail_address, one_line

LETTER = Letter(
    tag="abc123",
    date=datetime(2026, 11, 20, 12, tzinfo=UTC),
    to="ada@example.com",
    from_address="shop@example.com",
    from_name="The Shop",
    subject="Hello",
    text="Hi\n",
    html="<p>Hi</p>\n",
)
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
]  # fmt: skip


def parsed(letter):
    return email.message_from_bytes(assemble(letter), policy=email.policy.SMTP)


@settings(max_examples=300, deadline=2_000)
@given(st.text(max_size=3_000), st.text(max_size=3_000))
def test_the_standard_library_reads_back_the_bodies(text, html):
    message = parsed(replace(LETTER, text=text, html=html))

    bodies = [
        message.get_body((kind,)).get_payload(decode=True).decode()
        for kind in ("plain", "html")
    ]
    expected = [
        one.replace("\x00", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")
        for one in (text, html)
    ]
    assert [body.replace("\r\n", "\n").rstrip("\n") for body in bodies] == [
        one.rstrip("\n") for one in expected
    ]


@settings(max_examples=300, deadline=2_000)
@given(st.text(max_size=250), st.text(max_size=80))
def test_no_subject_or_name_makes_a_header_of_its_own(subject, name):
    raw = assemble(replace(LETTER, subject=subject, from_name=name))
    message = email.message_from_bytes(raw, policy=email.policy.compat32)

    assert message.keys() == HEADERS
    assert message.defects == []
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    words = "".join(
        part.decode(charset or "ascii") if isinstance(part, bytes) else part
        for part, charset in email.header.decode_header(message["Subject"])
    )
    assert "".join(words.split()) == "".join(one_line(subject).split())


@pytest.mark.parametrize(
    "attack",
    [
        "Hi\r\nBcc: all@example.com",
        "Hi\nBcc: all@example.com",
        "Hi\rBcc: all@example.com",
        "Hi\x0bBcc: all@example.com",
        "Hi\u2028Bcc: all@example.com",
        "Hi\x00\r\n\r\nbody",
        "Bcc:",
        "x " * 60 + "Bcc: y",
        "=?utf-8?q?=0D=0ABcc=3A_x?=",
        "\ud800broken",
    ],
)
def test_header_injection_is_defused(attack):
    message = parsed(replace(LETTER, subject=attack, from_name=attack))

    assert message.keys() == HEADERS
    assert message["Bcc"] is None


def test_custom_headers_stay_on_their_line():
    headers = {"List-Unsubscribe": "<https://x.example/a\r\nBcc: y>"}

    message = parsed(replace(LETTER, headers=headers))

    assert message["List-Unsubscribe"] == "<https://x.example/a Bcc: y>"
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada+tag@Bücher.example", "ada+tag@xn--bcher-kva.example"),
        ("o'hara@example.com", "o'hara@example.com"),
    ],
)
def test_mail_address_writes_the_form_for_the_wire(address, expected):
    assert mail_address(address) == expected


@settings(max_examples=300, deadline=2_000)
@given(st.text(max_size=100))
def test_mail_address_is_one_plain_word_or_refused(text):
    try:
        address = mail_address(text)
    except ChannelError:
        return

    assert address.isascii()
    assert not set(address) & set(' \r\n\t<>,;:"()[]\\')
    assert address.count("@") == 1
