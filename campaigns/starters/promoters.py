"""Ask who has just said that they would recommend us."""

from campaigns.flows.definition import Document
from campaigns.flows.edits import new_step
from campaigns.starters.parts import (
    HELLO,
    LINK,
    ask,
    begins_with,
    block,
    compared,
    goal,
    in_person,
    in_product,
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

IN_APP = in_product(
    "Glad that it works for you",
    "You said you would recommend us. Is there one person who would want to know?",
)
BY_HAND = in_person(
    "Thank {{ contact.name }} for the score, and ask",
    "Hi {{ contact.first_name }}, thank you for your answer, it made my day. If one person"
    " comes to mind who has the same problem, this page has a note to pass on: {{ ask.url }}"
    " And if not, that is just as fine.",
)


def write(filled: Filled) -> Document:
    """Ask at once, where they are; half of them for recognition, half with the reward."""
    document = begins_with(
        filled["answered"],
        compared(filled["score"], "at_least", filled["least"]),
        max_age_hours=1,
    )
    frames = new_step("cohort", name="Two ways to say it")
    frames["arms"] = [
        {
            "key": "recognition",
            "name": "Recognition",
            "weight": 50,
            "steps": [the_ask("Ask: what they know", recognition())],
        },
        {
            "key": "reward",
            "name": "Reward",
            "weight": 50,
            "steps": [the_ask("Ask: what both get", reward())],
        },
    ]
    document["steps"] = [frames]
    return goal(document, "referral_lead", 90)


def the_ask(name: str, content: dict) -> dict:
    """Ask within two hours: in the product, then by mail, then in person."""
    return ask(
        name,
        content,
        in_app=IN_APP,
        task=BY_HAND,
        if_held="exit",
        freshness_hours=2,
        fresh_from="moment",
    )


def recognition() -> dict:
    """Speak of what they know that others do not."""
    return written(
        "Who else should know?",
        "You have seen what works. One person comes to mind?",
        words(
            HELLO,
            "thank you for the score. You have worked out how to get something out of"
            " {{ sender.name }}; somebody you know is still trying to.",
            "If one person comes to mind, this note is ready to pass on. Change whatever you"
            " like:",
        ),
        block(
            "note",
            text="I have been using {{ sender.name }} and it does what it says. You asked me"
            f" about this once, so here it is: {LINK}\n\n{{{{ program.disclosure }}}}",
        ),
        block("answers"),
    )


def reward() -> dict:
    """Speak of what both get."""
    return written(
        "Something for you and for whoever you think of",
        "{{ program.friend_offer }}",
        words(
            HELLO,
            "thank you for the score. If you would tell one person, you both gain:",
        ),
        block(
            "columns",
            start="**For them**\n\n{{ program.friend_offer }}",
            end="**For you**\n\n{{ program.offer }}",
        ),
        block("note", text=LINK),
        block("answers"),
    )


PROMOTERS = Starter(
    key="promoters",
    name="Promoters: NPS or CSAT",
    about="Within two hours of a high score: in the product, then by email, then a personal"
    " message. Tries recognition against reward.",
    icon="thumb_up",
    blanks=(
        event(
            "answered",
            "A survey is answered",
            "NPS Answered",
            "npsanswered",
            "npssurveyanswered",
            "npssubmitted",
            "surveyanswered",
            "csatanswered",
            "ticketrated",
        ),
        Blank(
            "score",
            PROPERTY,
            "The property with the score",
            "score",
            wanted=("score", "rating", "nps", "csat", "value"),
            of="answered",
        ),
        Blank(
            "least",
            NUMBER,
            "Ask from this score on",
            9,
            "9 for an NPS of 0 to 10; 95 for a CSAT in percent.",
        ),
    ),
    write=write,
)
