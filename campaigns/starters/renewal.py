"""Ask who has decided for us once more, or said so to our support."""

from typing import Any

from campaigns.flows.definition import Document, empty_document
from campaigns.starters.parts import (
    HELLO,
    LINK,
    ask,
    block,
    compared,
    delay,
    did,
    goal,
    in_person,
    last,
    words,
    written,
)
from campaigns.starters.starter import (
    NUMBER,
    PROPERTY,
    Blank,
    Filled,
    Starter,
    event,
)


def rule(filled: Filled) -> dict[str, Any]:
    """Select who has renewed, upgraded or praised us in the last week."""
    praise = compared(filled["rating"], "at_least", filled["least"])
    asked_of = {
        "renewed": (),
        "upgraded": (),
        "praised": (praise,),
    }
    found = [
        did(filled[key], *filters, window=last(7))
        for key, filters in asked_of.items()
        if filled[key]
    ]
    return {"kind": "any", "conditions": found}


def write(filled: Filled) -> Document:
    """Ask the next morning; later a colleague does."""
    document = empty_document()
    document["trigger"] |= {"frequency": "every_days", "every_days": 180}
    document["steps"] = [
        delay("Next morning", 1, "calendar_days", "10:00"),
        ask(
            "Ask: you chose us again",
            content(),
            task=in_person(
                "Thank {{ contact.name }} in person, and ask",
                "Hi {{ contact.first_name }}, thank you for staying with us. You know better"
                " than we do who else should have a look. This page has a note that you"
                " can pass on: {{ ask.url }}",
            ),
            if_held="wait",
            freshness_hours=168,
            fresh_from="moment",
        ),
    ]
    return goal(document, "referral_lead", 90)


def content() -> dict:
    """Speak of their judgment."""
    return written(
        "Thank you for choosing us again",
        "And one question, if you have a minute.",
        words(
            HELLO,
            "you have looked at what we do and decided to stay. That says more than anything"
            " that we could write about ourselves.",
            "Would you lend that judgment to somebody who is still looking?",
        ),
        block(
            "note",
            text="We have just decided to stay with {{ sender.name }}. If you are still"
            f" comparing: {LINK}\n\n{{{{ program.disclosure }}}}",
        ),
        block("answers"),
    )


RENEWAL = Starter(
    key="renewal",
    name="Renewal, upgrade, or praise",
    about="Asks who has decided for you once more, or thanked your support, on the next"
    " morning; then a colleague does.",
    icon="autorenew",
    blanks=(
        event(
            "renewed",
            "They renew",
            "Subscription Renewed",
            "subscriptionrenewed",
            "contractrenewed",
            "renewed",
        ),
        event(
            "upgraded",
            "They upgrade",
            "Plan Upgraded",
            "planupgraded",
            "subscriptionupgraded",
            is_needed=False,
        ),
        event(
            "praised",
            "They rate a support thread",
            "Conversation Rated",
            "conversationrated",
            "ticketrated",
            is_needed=False,
        ),
        Blank(
            "rating",
            PROPERTY,
            "The property with the rating",
            "rating",
            wanted=("rating", "score", "stars"),
            of="praised",
        ),
        Blank("least", NUMBER, "Praise is a rating from", 5),
    ),
    write=write,
    rule=rule,
    audience_name="Renewed, upgraded or praised us",
)
