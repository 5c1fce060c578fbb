"""Ask who has come back for the third time."""

from campaigns.flows.definition import Document
from campaigns.starters.parts import (
    HELLO,
    LINK,
    ask,
    begins_with,
    block,
    did,
    goal,
    in_product,
    words,
    written,
)
from campaigns.starters.starter import NUMBER, Blank, Filled, Starter, event


def write(filled: Filled) -> Document:
    """Ask once somebody has done it so many times: in the product, then by mail."""
    document = begins_with(
        filled["done"],
        condition=did(filled["done"], count=filled["times"]),
        frequency="once",
        grace_minutes=1,
        max_age_hours=1,
    )
    document["steps"] = [
        ask(
            "Ask: you keep coming back",
            content(),
            in_app=in_product(
                "You keep coming back",
                "Thank you. Is there somebody who would like it as much as you do?",
            ),
            if_held="exit",
            freshness_hours=48,
            fresh_from="moment",
        )
    ]
    return goal(document, "referral_won", 90)


def content() -> dict:
    """Thank for coming back, and ask for one name."""
    return written(
        "You are one of our regulars now",
        "A thank-you, and one question.",
        words(
            HELLO,
            "nobody comes back by accident. Thank you for it.",
            "You know by now what is good here. If a friend would like it, too, this link"
            " is yours alone:",
        ),
        block("note", text=LINK),
        words("{{ program.offer }}"),
        block("answers"),
    )


MILESTONE = Starter(
    key="milestone",
    name="Third order, or another milestone",
    about="Asks regulars right after they have come back: in the product, then by email.",
    icon="shopping_bag",
    blanks=(
        event(
            "done",
            "What they do again and again",
            "Order Completed",
            "ordercompleted",
            "orderpaid",
            "purchased",
            "bookingcompleted",
        ),
        Blank("times", NUMBER, "Ask after so many times", 3),
    ),
    write=write,
)
