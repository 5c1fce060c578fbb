"""How our events are told on a contact's page."""

from collections.abc import Callable, Mapping
from typing import Any

from referrals.claims import REASONS
from referrals.event_names import (
    ASK_NEVER,
    ASK_RESUMED,
    ASK_SNOOZED,
    CREDIT_GIVEN,
    CREDIT_TAKEN,
    INTRO_ACCEPTED,
    INTRO_CLOSED,
    INTRO_OPTED_IN,
    INTRO_WRITTEN,
    LINK_BLOCKED,
    LINK_NAMED,
    LINK_SHARED,
    LINK_UNBLOCKED,
    LINK_VISITED,
    NAME_HIDDEN,
    NAME_SHOWN,
    OFFER_MAILED,
    PROGRAM_CHANGED,
    PROGRAM_ENDED,
    REFERRAL_CLEARED,
    REFERRAL_HELD,
    REFERRAL_LEAD,
    REFERRAL_LOST,
    REFERRAL_OPPORTUNITY,
    REFERRAL_QUALIFIED,
    REFERRAL_REFUSED,
    REFERRAL_REJECTED,
    REFERRAL_REVERSED,
    REFERRAL_WON,
    REFERRED,
    REFERRED_LOST,
    REFERRED_OPPORTUNITY,
    REFERRED_QUALIFIED,
    REFERRED_REVERSED,
    REFERRED_WON,
    REWARD_APPROVED,
    REWARD_EARNED,
    REWARD_PAID,
    REWARD_REVERSED,
    TIER_REACHED,
)
from referrals.money import say_money, to_minor

CHANNELS = {
    "copy": "copied it",
    "native": "with the phone's share sheet",
    "email": "by email",
    "sms": "by text message",
    "whatsapp": "on WhatsApp",
    "x": "on X",
    "linkedin": "on LinkedIn",
    "qr": "by QR code",
    "offer_mail": "in a mail that the friend asked for",
    "other": "somewhere",
}


def tell_visit(properties: Mapping[str, Any]) -> str:
    """Tell that somebody opened the link."""
    channel = properties.get("channel", "")
    if channel == "copy":
        return "Somebody opened the referral link, which was copied"
    how = CHANNELS.get(channel)
    return f"Somebody opened the referral link{f', shared {how}' if how else ''}"


def tell_share(properties: Mapping[str, Any]) -> str:
    """Tell how the link was shared."""
    channel = properties["channel"]
    if channel == "copy":
        return "Copied the referral link"
    return f"Shared the referral link {CHANNELS.get(channel, f'on {channel}')}"


def tell_refusal(properties: Mapping[str, Any]) -> str:
    """Tell why no advocate was credited."""
    lines = properties["receipt"]["claims"]
    because = lines[0]["because"] if lines else REASONS[properties["reason"]]
    return f"No advocate was credited. {because}"


def tell_reward(what: str) -> Callable[[Mapping[str, Any]], str]:
    """Tell what became of a reward, and of how much."""

    def tell(properties: Mapping[str, Any]) -> str:
        """Tell it with its amount, where it has one."""
        program = properties["program"]
        if not properties.get("amount"):
            return f"{what.format('A reward')} in “{program}”"
        currency = properties["currency"]
        money = say_money(to_minor(properties["amount"], currency), currency)
        return f"{what.format(f'A reward of {money}')} in “{program}”"

    return tell


def tell_naming(what: str) -> Callable[[Mapping[str, Any]], str]:
    """Make a sentence of whom the person lets see the own first name."""

    def tell(properties: Mapping[str, Any]) -> str:
        """Say to whom."""
        to_friends = properties.get("to") == "friends"
        whom = "friends" if to_friends else "whoever brought them"
        return f"{what.format(whom)}, in “{properties['program']}”"

    return tell


def tell_tier(properties: Mapping[str, Any]) -> str:
    """Tell how many friends it took."""
    number = properties["friends"]
    friends = "the first friend" if number == 1 else f"{number:,} friends"
    return f"Reached {friends} in “{properties['program']}”"


SENTENCES: dict[str, tuple[str | Callable[[Mapping[str, Any]], str], str]] = {
    LINK_VISITED: (tell_visit, "ads_click"),
    LINK_SHARED: (tell_share, "share"),
    LINK_NAMED: ("The referral link of “{program}” got another name", "badge"),
    LINK_BLOCKED: ("The referral link of “{program}” was blocked: {reason}", "block"),
    LINK_UNBLOCKED: ("The referral link of “{program}” works again", "check_circle"),
    NAME_SHOWN: (tell_naming("May be named to {}"), "badge"),
    NAME_HIDDEN: (tell_naming("May not be named to {} any more"), "visibility_off"),
    OFFER_MAILED: (
        "A friend asked for the offer of “{program}” by mail",
        "outgoing_mail",
    ),
    REFERRAL_LEAD: ("A friend joined through “{program}”", "person_add"),
    REFERRAL_QUALIFIED: ("A friend qualified through “{program}”", "verified"),
    REFERRAL_OPPORTUNITY: (
        "A friend became an opportunity through “{program}”",
        "handshake",
    ),
    REFERRAL_WON: ("A friend ordered through “{program}”", "celebration"),
    REFERRAL_LOST: ("A friend was lost in “{program}”", "heart_broken"),
    REFERRAL_REVERSED: (
        "Everything that a friend ordered through “{program}” was taken back",
        "undo",
    ),
    CREDIT_GIVEN: ("Got the credit for a friend in “{program}” by hand", "back_hand"),
    CREDIT_TAKEN: ("Lost the credit for a friend in “{program}” by hand", "back_hand"),
    REFERRED_QUALIFIED: ("Qualified as a friend in “{program}”", "verified"),
    REFERRED_OPPORTUNITY: ("Became an opportunity in “{program}”", "handshake"),
    REFERRED_WON: ("Ordered as a friend in “{program}”", "celebration"),
    REFERRED_LOST: ("Was lost as a friend in “{program}”", "heart_broken"),
    REFERRED_REVERSED: (
        "All orders as a friend in “{program}” were taken back",
        "undo",
    ),
    REFERRED: ("Came through an advocate of “{program}”", "diversity_3"),
    REFERRAL_REFUSED: (tell_refusal, "person_off"),
    PROGRAM_CHANGED: ("Was told that “{program}” changes", "campaign"),
    PROGRAM_ENDED: ("Was told that “{program}” ends", "event_busy"),
    INTRO_WRITTEN: ("Wrote an introduction through “{program}”", "edit_note"),
    INTRO_ACCEPTED: ("A friend accepted an introduction", "handshake"),
    INTRO_CLOSED: ("A friend closed an introduction", "do_not_disturb_on"),
    INTRO_OPTED_IN: ("Accepted an introduction through “{program}”", "handshake"),
    REFERRAL_HELD: ("A referral through “{program}” is held for review", "policy"),
    REFERRAL_CLEARED: ("A referral through “{program}” was cleared", "verified_user"),
    REFERRAL_REJECTED: ("A referral through “{program}” was rejected", "gpp_bad"),
    REWARD_EARNED: (tell_reward("{} was earned"), "redeem"),
    REWARD_APPROVED: (tell_reward("{} was approved"), "verified"),
    REWARD_PAID: (tell_reward("{} was delivered"), "paid"),
    REWARD_REVERSED: (tell_reward("{} was taken back"), "undo"),
    TIER_REACHED: (tell_tier, "military_tech"),
    ASK_SNOOZED: ("Said “not now” for {days} days", "snooze"),
    ASK_NEVER: (
        "Does not want to be asked for referrals any more",
        "do_not_disturb_on",
    ),
    ASK_RESUMED: ("May be asked for referrals again", "thumb_up"),
}
