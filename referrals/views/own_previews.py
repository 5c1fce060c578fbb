"""The pages of a reward and of a friend, as a marketer previews them: with sample people."""

from datetime import datetime

from referrals.models import Program
from referrals.portal.friends import naming_text
from referrals.portal.page import data_text
from referrals.portal.standing import Line
from referrals.previews import (
    FRIEND,
    OWN,
    SAMPLE_ADDRESS,
    SAMPLE_NAME,
    SAMPLE_PATH,
    Draw,
    Drawn,
    base_context,
    register_preview,
)
from referrals.rewards.claiming import LENGTHS
from referrals.texts import Texts

CHARITY = "Coffee Kids"


def draw_gift(*, is_known: bool = False, is_wrong: bool = False) -> Draw:
    """Draw the page of a gift: it waits for an address, has one, or got half of one."""

    def draw(program: Program, texts: Texts, now: datetime) -> Drawn:
        """Draw it."""
        state = "reward_gift" if is_known else "reward_no_address"
        where = {"name": SAMPLE_NAME, "city": "Berlin", "country": texts.country("DE")}
        return "referrals/claim.html", base_context(program, texts) | {
            "line": Line(program.offer_headline, texts.words[state], "good"),
            "home": "#",
            "asks_address": True,
            "known": texts.say("address_known", **where) if is_known else "",
            "countries": texts.countries(),
            "given": {"name": SAMPLE_NAME},
            "wrong": ["street", "city"] if is_wrong else [],
            "lengths": LENGTHS,
        }

    return draw


def draw_charity(program: Program, texts: Texts, now: datetime) -> Drawn:
    """Draw the page of a reward that may be given away."""
    return "referrals/claim.html", base_context(program, texts) | {
        "line": Line(program.offer_headline, texts.words["reward_approved"], "good"),
        "home": "#",
        "charities": [CHARITY, "Médecins Sans Frontières"],
        "charity": CHARITY,
    }


def draw_friend(*, is_named: bool = False) -> Draw:
    """Draw the friend's own page."""

    def draw(program: Program, texts: Texts, now: datetime) -> Drawn:
        """Draw it."""
        came = texts.words["friend_came"]
        if is_named:
            came = texts.say("friend_came_named", name="Grace")
        rewards = [Line("20", texts.words["reward_sending"], "good")]
        return "referrals/friend.html", base_context(program, texts) | {
            "token": SAMPLE_PATH,
            "came": came,
            "rewards": rewards if is_named else [],
            "name_shown": is_named,
            "naming": naming_text(SAMPLE_NAME, texts, is_shown=is_named),
            "data_text": data_text(SAMPLE_ADDRESS, texts),
            "data_action": "#",
        }

    return draw


def register() -> None:
    """Let marketers look at these pages; called in ``AppConfig.ready``."""
    register_preview("gift", OWN, "A gift asks where to", draw_gift())
    register_preview("gift-wrong", OWN, "Half an address", draw_gift(is_wrong=True))
    register_preview(
        "gift-known", OWN, "The address is known", draw_gift(is_known=True)
    )
    register_preview("charity", OWN, "A reward for charity", draw_charity)
    register_preview("friend", FRIEND, "The friend's own page", draw_friend())
    register_preview(
        "friend-named", FRIEND, "The same, both named", draw_friend(is_named=True)
    )
