"""What the public pages show of a program: for its advocates, for their friends."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import segno

from referrals.links import link_url
from referrals.models import Program
from referrals.preferences import SNOOZE_DAYS
from referrals.sharing import OPENERS, PASTED, Message
from referrals.texts import Texts

SNOOZE_CHOICES = (60, 75, 90)
BRANDS = {
    "whatsapp": "WhatsApp",
    "x": "X",
    "linkedin": "LinkedIn",
    "facebook": "Facebook",
    "telegram": "Telegram",
    "bluesky": "Bluesky",
    "threads": "Threads",
}


@dataclass(frozen=True)
class ShareButton:
    """A link that opens an app with the message in it."""

    channel: str
    label: str
    url: str


@dataclass(frozen=True)
class Pasted:
    """Words to copy for an app that takes only a link."""

    channel: str
    heading: str
    hint: str
    message: str


def share_text(program: Program, channel: str) -> str:
    """Take the program's words for a channel, or the general ones."""
    return getattr(program, f"share_{channel}_text", "") or program.share_text


def share_message(program: Program, code: str, channel: str) -> Message:
    """Write what is shared on a channel, with the link tagged by it."""
    return Message(
        share_text(program, channel),
        program.disclosure,
        link_url(code, channel),
        program.share_email_subject or program.friend_headline,
    )


def share_context(
    program: Program, *, code: str, first_name: str, texts: Texts
) -> dict[str, Any]:
    """Write what ``referrals/_share.html`` shows."""
    name = first_name.strip()
    buttons = [
        ShareButton(
            channel,
            BRANDS.get(channel) or texts.words[channel],
            opener(share_message(program, code, channel)),
        )
        for channel, opener in OPENERS.items()
    ]
    qr = segno.make(link_url(code, "qr"), error="m")
    return {
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "greeting": texts.say("greeting", name=name)
        if name
        else texts.words["greeting_nameless"],
        "program": program,
        "public_name": program.brand,
        "link": link_url(code),
        "copied_link": link_url(code, "copy"),
        "native_link": link_url(code, "native"),
        "native_text": Message(
            program.share_text, program.disclosure, ""
        ).written_out(),
        "pasted": [
            Pasted(
                channel,
                texts.say("paste_heading", app=BRANDS[channel]),
                texts.say("paste_hint", app=BRANDS[channel]),
                share_message(program, code, channel).written_out(),
            )
            for channel in PASTED
        ],
        "buttons": buttons,
        "qr": qr.svg_data_uri(border=2, dark="#17201b", light="#fff"),
    }


def snooze_context(program: Program, texts: Texts, *, today: date) -> dict[str, Any]:
    """List how long an advocate may snooze, and which days he may choose."""
    choices = sorted({*SNOOZE_CHOICES, program.snooze_days} & {*SNOOZE_DAYS})
    first, last = (today + timedelta(days=days) for days in snooze_limits())
    return {
        "snooze_first": first,
        "snooze_last": last,
        "snooze_range": texts.say(
            "snooze_range",
            first=texts.day(first, today=today),
            last=texts.day(last, today=today),
        ),
        "snooze_choices": [
            (days, texts.say("snooze_days", days=days), days == program.snooze_days)
            for days in choices
        ],
    }


def snooze_limits() -> tuple[int, int]:
    """Give the fewest and the most days of a snooze."""
    return SNOOZE_DAYS[0], SNOOZE_DAYS[-1]


def offer_context(
    program: Program, *, code: str, url: str, texts: Texts
) -> dict[str, Any]:
    """Write what ``referrals/_offer.html`` shows."""
    return {
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "program": program,
        "public_name": program.brand,
        "button": program.friend_button or texts.words["friend_button"],
        "code": code.upper(),
        "url": url,
    }
