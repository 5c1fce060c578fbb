"""An offer for both sides, some time after a purchase."""

from campaigns.flows.definition import Document
from campaigns.flows.edits import new_step
from campaigns.starters.parts import (
    HELLO,
    LINK,
    ask,
    begins_with,
    block,
    delay,
    did,
    goal,
    last,
    mail,
    words,
    written,
)
from campaigns.starters.starter import NUMBER, TEXT, Blank, Filled, Starter, event


def write(filled: Filled) -> Document:
    """Offer; remind who has shared how it stands; ask again after a quarter."""
    document = begins_with(filled["bought"], max_age_hours=72)
    friend, own = filled["friend_gets"], filled["own_reward"]
    shared = new_step(
        "branch",
        name="Has a friend visited?",
        condition=did("link_visited", window=last(30)),
    )
    shared["yes"] = [mail("How it stands", how_it_stands(friend, own))]
    document["steps"] = [
        delay("Until it is in use", filled["days_in_use"], "calendar_days", "09:30"),
        ask("Offer for both sides", offer(friend, own), if_held="wait"),
        delay("Give friends time", 10, "calendar_days", "09:30"),
        shared,
    ]
    return goal(document, "referral_won", 90)


def offer(friend: str, own: str) -> dict:
    """Put the friend first."""
    return written(
        f"{friend} for a friend, {own} for you",
        "One link, and it is yours alone.",
        block("heading", text="Give, and get", align="center"),
        block(
            "columns",
            start=f"**Your friend gets**\n\n{friend}",
            end=f"**You get**\n\n{own}",
        ),
        words(
            HELLO,
            "send it to one person who would enjoy it. Your friend sees from the start that"
            " you get something, too.",
        ),
        block("note", text=LINK),
        block("answers", yes_label="Yes, I'll share it"),
    )


def how_it_stands(friend: str, own: str) -> dict:
    """Tell who has shared what happened."""
    return written(
        "Somebody opened your link",
        "Here is how it stands.",
        words(
            HELLO,
            "at least one friend has looked. Once one of them orders, it is"
            f" {friend} for them and {own} for you. You can see how it stands at any time:",
        ),
        block("button", label="See my page"),
    )


GIVE_AND_GET = Starter(
    key="give_and_get",
    name="Give $20, get $20",
    about="An offer for both sides once the purchase is in use, and word to those whose"
    " friends have come by.",
    icon="redeem",
    blanks=(
        event(
            "bought",
            "Somebody buys",
            "Order Completed",
            "ordercompleted",
            "orderpaid",
            "purchased",
        ),
        Blank("days_in_use", NUMBER, "Days until it is in use", 14),
        Blank(
            "friend_gets",
            TEXT,
            "What the friend gets",
            "$20 off the first order",
            "As it is to stand in the mail.",
        ),
        Blank("own_reward", TEXT, "What the advocate gets", "$20"),
    ),
    write=write,
)
