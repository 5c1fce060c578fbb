"""Ask who has just got what they came for."""

from campaigns.flows.definition import Document
from campaigns.starters.parts import (
    HELLO,
    LINK,
    ask,
    begins_with,
    block,
    delay,
    goal,
    in_product,
    mail,
    words,
    written,
)
from campaigns.starters.starter import Filled, Starter, address, event


def write(filled: Filled) -> Document:
    """Give something first; ask while the success is fresh."""
    document = begins_with(filled["reached"], which="first", frequency="once")
    document["steps"] = [
        mail("Well done, and a tip", well_done(filled["page"])),
        delay("Let it settle", 1, "calendar_days", "10:00"),
        ask(
            "Ask: who has the same problem?",
            content(),
            in_app=in_product(
                "It works",
                "You have it running. Who do you know with the same problem?",
            ),
            if_held="exit",
            freshness_hours=72,
            fresh_from="moment",
        ),
    ]
    return goal(document, "referral_lead", 90)


def well_done(page: str) -> dict:
    """Give a tip before asking for anything."""
    return written(
        "You have it running. One tip",
        "What people with your set-up do next.",
        words(
            HELLO,
            "that worked. Before anything else, a tip that saves people with your set-up"
            " the most time:",
        ),
        block("button", label="Read the tip", url=page),
    )


def content() -> dict:
    """Ask for one person with the problem that was just solved."""
    return written(
        "Who do you know with the same problem?",
        "The one that you have just solved.",
        words(
            HELLO,
            "a short while ago this was still a problem for you. Chances are that somebody you"
            " know has it today.",
            "If you like, pass this on as it is:",
        ),
        block(
            "note",
            text="This solved for me what you told me about. It took an afternoon to set up:"
            f" {LINK}\n\n{{{{ program.disclosure }}}}",
        ),
        block("answers"),
    )


FIRST_VALUE = Starter(
    key="first_value",
    name="First value",
    about="A tip first, and on the next morning one question, while the success is fresh.",
    icon="verified",
    blanks=(
        event(
            "reached",
            "They get what they came for",
            "Activated",
            "activated",
            "firstvaluereached",
            "onboardingcompleted",
            "projectcreated",
        ),
        address("page", "Where the tip is", "A page of your product or your help."),
    ),
    write=write,
)
