from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from referrals.sharing import (
    Message,
    bluesky,
    facebook,
    linkedin,
    mailto,
    sms,
    telegram,
    threads,
    whatsapp,
    x,
)

MESSAGE = Message(
    "Kaffee & Käse?\nProbier mal: 50 %",
    "I get $20 too.",
    "https://go.example/r/abcd1234?c=x",
    "Für dich & mich",
)
WRITTEN = (
    "Kaffee & Käse?\nProbier mal: 50 %\n\nI get $20 too.\n\n"
    "https://go.example/r/abcd1234?c=x"
)


def test_mailto_holds_subject_and_body_with_network_line_ends():
    address = mailto(MESSAGE)

    assert address.startswith("mailto:?subject=F%C3%BCr%20dich%20%26%20mich&body=")
    assert unquote(address.split("body=")[1]) == WRITTEN.replace("\n", "\r\n")
    assert "+" not in address


def test_mailto_cuts_a_long_text_and_keeps_the_link():
    long = Message("é" * 5000, MESSAGE.disclosure, MESSAGE.link, "Hi")

    address = mailto(long)

    assert len(address) <= 1800
    body = unquote(address.split("body=")[1])
    assert body.startswith("éé")
    assert body.endswith(f"{MESSAGE.disclosure}\r\n\r\n{MESSAGE.link}")


def test_mailto_gives_up_cutting_when_nothing_is_left():
    endless = Message("", "d" * 3000, MESSAGE.link)

    assert unquote(mailto(endless)).endswith(MESSAGE.link)


def test_apps_get_text_disclosure_and_link():
    assert unquote(sms(MESSAGE).removeprefix("sms:?&body=")) == WRITTEN
    assert whatsapp(MESSAGE).startswith("https://wa.me/?text=")
    assert parse_qs(urlsplit(whatsapp(MESSAGE)).query) == {"text": [WRITTEN]}


def test_x_gets_the_link_apart():
    assert parse_qs(urlsplit(x(MESSAGE)).query) == {
        "text": ["Kaffee & Käse?\nProbier mal: 50 %\n\nI get $20 too."],
        "url": [MESSAGE.link],
    }


def test_linkedin_gets_the_link_alone():
    assert linkedin(MESSAGE) == (
        "https://www.linkedin.com/sharing/share-offsite/"
        "?url=https%3A%2F%2Fgo.example%2Fr%2Fabcd1234%3Fc%3Dx"
    )


def test_facebook_gets_the_link_alone():
    assert facebook(MESSAGE) == (
        "https://www.facebook.com/sharer/sharer.php?u=" + quote(MESSAGE.link, safe="")
    )


@pytest.mark.parametrize("opener", [telegram, bluesky, threads])
def test_further_apps_get_text_disclosure_and_link(opener):
    address = unquote(opener(MESSAGE))

    for part in (MESSAGE.text, MESSAGE.disclosure, MESSAGE.link):
        assert part in address


@pytest.mark.parametrize(
    ("opener", "limit"), [(bluesky, 300), (threads, 500), (x, 280)]
)
def test_a_long_post_is_cut_and_keeps_disclosure_and_link(opener, limit):
    long = Message("word " * 400, MESSAGE.disclosure, MESSAGE.link)

    query = parse_qs(urlsplit(opener(long)).query)

    text = query["text"][0]
    counted = len(text) + (len("\n") + 23 if "url" in query else 0)
    assert limit - 15 < counted <= limit
    assert long.disclosure in text
    assert long.link in query.get("url", query["text"])[0]
    assert "…" in text
