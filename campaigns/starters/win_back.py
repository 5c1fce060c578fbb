"""Bring back who has stayed away; ask who came."""

from typing import Any

from campaigns.flows.definition import Document, empty_document
from campaigns.flows.edits import new_step
from campaigns.starters.parts import (
    HELLO,
    LINK,
    ask,
    block,
    delay,
    did,
    goal,
    mail,
    words,
    written,
)
from campaigns.starters.starter import NUMBER, Blank, Filled, Starter, address, event


def rule(filled: Filled) -> dict[str, Any]:
    """Select who has bought within a year, and not lately."""
    return {
        "kind": "all",
        "conditions": [
            {
                "kind": "stopped",
                "name": filled["bought"],
                "filters": [],
                "times": 1,
                "active": {"amount": 365, "unit": "days"},
                "quiet": {"amount": filled["days_away"], "unit": "days"},
            }
        ],
    }


def write(filled: Filled) -> Document:
    """Say what is new; who comes back is asked, who does not is left alone."""
    document = empty_document()
    document["trigger"] |= {"frequency": "every_days", "every_days": 365}
    back = new_step(
        "wait_until",
        name="Back within two weeks?",
        condition=did(filled["bought"]),
        amount=14,
        unit="days",
    )
    back["met"] = [
        delay("Until it has arrived", 7, "calendar_days", "10:00"),
        ask("Ask: good to have you back", content(), if_held="exit"),
    ]
    back["timeout"] = [new_step("exit", name="Leave them alone")]
    document["steps"] = [mail("What is new", what_is_new(filled["page"])), back]
    return goal(document, "referral_lead", 90)


def what_is_new(page: str) -> dict:
    """Give a reason to look, and no guilt."""
    return written(
        "What has changed since you were here",
        "Three things, in a minute.",
        words(
            HELLO,
            "it has been a while, so this is short. Since your last visit some things have"
            " become better, and one of them may be what you were waiting for.",
        ),
        block("button", label="See what is new", url=page),
        words("If it is not for you any more, that is fine. Nothing will happen."),
    )


def content() -> dict:
    """Ask who has come back."""
    return written(
        "Good to have you back",
        "And one question.",
        words(
            HELLO,
            "you have tried us a second time, so you know the difference. Do you know"
            " somebody who should try us a first time?",
        ),
        block("note", text=LINK),
        words("{{ program.offer }}"),
        block("answers"),
    )


WIN_BACK = Starter(
    key="win_back",
    name="Win back",
    about="A reason to look again for who has stayed away. Who comes back is asked a week"
    " later; nobody else is.",
    icon="undo",
    blanks=(
        event(
            "bought",
            "Somebody buys, or comes by",
            "Order Completed",
            "ordercompleted",
            "orderpaid",
            "purchased",
            "sessionstarted",
        ),
        Blank("days_away", NUMBER, "Away for so many days", 60),
        address("page", "Where it says what is new"),
    ),
    write=write,
    rule=rule,
    audience_name="Bought within a year, and not lately",
)
