"""
Every public page in each of its states, as a marketer previews it: with sample people.

An app above registers its own pages. Nothing is read but the program, and nothing is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from contacts.views.unsubscribe import WORDS as UNSUBSCRIBE_WORDS
from contacts.views.unsubscribe import mask_address
from referrals.models import Program
from referrals.pages import offer_context, share_context, snooze_context
from referrals.portal.channels import Standing
from referrals.portal.page import channel_rows, data_text
from referrals.portal.standing import Line
from referrals.texts import Texts, texts_for

SAMPLE_CODE = "7kq2wxyz"
SAMPLE_NAME = "Ada"
SAMPLE_ADDRESS = "ada@example.com"
SAMPLE_PATH = "preview"

Drawn = tuple[str, dict[str, Any]]
# Draws a page for a program that speaks already, in our words of a language.
Draw = Callable[[Program, Texts, datetime], Drawn]


@dataclass(frozen=True)
class PagePreview:
    """A public page in one of its states."""

    group: str
    title: str
    draw: Draw


PREVIEWS: dict[str, PagePreview] = {}


def register_preview(key: str, group: str, title: str, draw: Draw) -> None:
    """Let marketers look at a page."""
    PREVIEWS[key] = PagePreview(group, title, draw)


def base_context(program: Program, texts: Texts) -> dict[str, Any]:
    """Write what every public page needs."""
    return {
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "program": program,
        "public_name": program.brand,
        "token": SAMPLE_PATH,
        "is_preview": True,
    }


def draw_own_page(
    *, is_busy: bool = False, chosen: str = "", is_unsubscribed: bool = False
) -> Draw:
    """Draw the advocate's page: fresh, or with all that may be on it."""

    def draw(program: Program, texts: Texts, now: datetime) -> Drawn:
        """Draw it."""
        today = timezone.localdate(now)
        until = texts.day(today + timedelta(days=75), today=today)
        standings = [Standing("email", not is_unsubscribed)]
        context = {
            **share_context(
                program, code=SAMPLE_CODE, first_name=SAMPLE_NAME, texts=texts
            ),
            **snooze_context(program, texts, today=today),
            "token": SAMPLE_PATH,
            "is_preview": True,
            "chosen": texts.say(chosen, day=until) if chosen else "",
            "is_unsubscribed": is_unsubscribed,
            "channels": channel_rows(standings, texts),
            "data_text": data_text(SAMPLE_ADDRESS, texts),
            **(busy_context(texts, now) if is_busy else {}),
        }
        return "referrals/share.html", context

    return draw


def busy_context(texts: Texts, now: datetime) -> dict[str, Any]:
    """Make up referrals and rewards in their states."""
    today = timezone.localdate(now)

    def on(days: int) -> str:
        """Write a day some days from now."""
        return texts.day(today + timedelta(days=days), today=today)

    words = texts.words
    return {
        "friends_joined": texts.count("friends_joined", 3),
        "referrals": [
            Line(texts.say("friend_joined", day=on(-1)), words["ref_waiting"]),
            Line(texts.say("friend_ordered", day=on(-9)), words["ref_won"], "good"),
            Line(texts.say("friend_joined", day=on(-30)), words["ref_rejected"], "bad"),
        ],
        "rewards": [
            Line("20", texts.say("reward_on_hold", day=on(12))),
            Line("20", texts.say("reward_fulfilled", day=on(-3)), "good", "SAVE-7Q2X"),
            Line("20", words["reward_reversed"], "bad"),
        ],
        "history": [
            texts.say("asked_yes", day=on(-40)),
            texts.say("asked_not_now", day=on(-130)),
        ],
    }


def draw_ended(program: Program, texts: Texts, now: datetime) -> Drawn:
    """Draw the own page once the program has ended."""
    program.ended_at = program.ended_at or now
    return draw_own_page()(program, texts, now)


def draw_own_link(program: Program, texts: Texts, now: datetime) -> Drawn:
    """Draw what an advocate sees who opens the own link."""
    context = share_context(
        program, code=SAMPLE_CODE, first_name=SAMPLE_NAME, texts=texts
    )
    return "referrals/own_link.html", context | {
        "share_page": "#",
        "link_code": SAMPLE_CODE,
    }


def draw_offer(program: Program, texts: Texts, now: datetime) -> Drawn:
    """Draw what a friend is offered."""
    context = offer_context(program, code=SAMPLE_CODE, url="#", texts=texts)
    return "referrals/offer.html", context


def draw_message(kind: str, *, leads_on: bool = False) -> Draw:
    """Draw a page with a title and a sentence."""

    def draw(program: Program, texts: Texts, now: datetime) -> Drawn:
        """Draw it."""
        return "referrals/message.html", base_context(program, texts) | {
            "message_title": texts.words[f"{kind}_title"],
            "message_text": texts.words[f"{kind}_text"],
            "url": "#" if leads_on else "",
            "button": texts.words["visit_us"],
        }

    return draw


def draw_entry(*, is_wrong: bool = False) -> Draw:
    """Draw the page on which somebody types his address."""

    def draw(program: Program, texts: Texts, now: datetime) -> Drawn:
        """Draw it."""
        return "referrals/enter.html", base_context(program, texts) | {
            "error": texts.words["entry_wrong"] if is_wrong else "",
            "address": "ada@" if is_wrong else "",
        }

    return draw


def draw_data(program: Program, texts: Texts, now: datetime) -> Drawn:
    """Draw the page of somebody's data."""
    return "referrals/own_data.html", base_context(program, texts)


def draw_unsubscribe(state: str) -> Draw:
    """Draw the page behind the link at the foot of mails."""

    def draw(program: Program, texts: Texts, now: datetime) -> Drawn:
        """Draw it."""
        address = f"\u2068{mask_address(SAMPLE_ADDRESS)}\u2069"
        words = {
            name: text.replace("{address}", address)
            for name, text in UNSUBSCRIBE_WORDS[texts.language].items()
        }
        return "contacts/unsubscribe.html", {
            "language": texts.language,
            "direction": texts.direction,
            "public_name": program.brand,
            "state": state,
            "words": words,
        }

    return draw


OWN, FRIEND, WAYS = "The advocate's own page", "What friends see", "Ways in and out"
register_preview("own", OWN, "New", draw_own_page())
register_preview(
    "own-busy", OWN, "With referrals and rewards", draw_own_page(is_busy=True)
)
register_preview("own-snoozed", OWN, "After “not now”", draw_own_page(chosen="snoozed"))
register_preview(
    "own-never",
    OWN,
    "Never asked, unsubscribed",
    draw_own_page(chosen="never_done", is_unsubscribed=True),
)
register_preview("own-ended", OWN, "The program has ended", draw_ended)
register_preview("offer", FRIEND, "The offer", draw_offer)
register_preview(
    "ended", FRIEND, "The offer has ended", draw_message("ended", leads_on=True)
)
register_preview("own-link", FRIEND, "For the advocate", draw_own_link)
for kind, title in (
    ("expired", "The offer is over"),
    ("paused", "The program is paused"),
    ("spent", "All offers are given away"),
    ("blocked", "The offer is not available"),
    ("erased", "The advocate has left"),
    ("customer", "For a customer"),
    ("mail_done", "The offer was mailed"),
    ("trap", "The link that machines follow"),
):
    register_preview(kind, FRIEND, title, draw_message(kind))
register_preview("unknown", FRIEND, "A link that nobody has", draw_message("unknown"))
register_preview("wait", FRIEND, "Too many tries", draw_message("wait"))
register_preview(
    "broken", FRIEND, "The destination is not allowed", draw_message("broken")
)
register_preview("enter", WAYS, "Ask for the own page", draw_entry())
register_preview("enter-wrong", WAYS, "No address", draw_entry(is_wrong=True))
register_preview(
    "entry-sent", WAYS, "The link is on its way", draw_message("entry_sent")
)
register_preview("data", WAYS, "Own data", draw_data)
register_preview(
    "data-expired",
    WAYS,
    "The link to the data is too old",
    draw_message("data_expired"),
)
register_preview("deleted", WAYS, "The data is deleted", draw_message("deleted"))
register_preview("unsubscribe", WAYS, "Unsubscribe", draw_unsubscribe("question"))
register_preview("unsubscribed", WAYS, "Unsubscribed", draw_unsubscribe("done"))


def draw_page(key: str, program: Program, *, locale: str, now: datetime) -> Drawn:
    """
    Draw one page for somebody of a locale; the program speaks it already.

    :raises KeyError: if there is no such page
    """
    texts = texts_for(locale, program.locale)
    return PREVIEWS[key].draw(program, texts, now)
