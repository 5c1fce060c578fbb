"""Ask business customers for an introduction, and let sales follow up."""

from campaigns.flows.definition import Document
from campaigns.flows.edits import new_step
from campaigns.starters.parts import (
    HELLO,
    LINK,
    ask,
    begins_with,
    block,
    goal,
    in_person,
    words,
    written,
)
from campaigns.starters.starter import ATTRIBUTE, TEXT, Blank, Filled, Starter, event


def write(filled: Filled) -> Document:
    """Ask in working hours with a note to forward; whoever says yes hears from sales."""
    document = begins_with(filled["moment"], max_age_hours=72)
    owner = {"rule": "attribute", "attribute": filled["owner"]}
    answer = new_step("wait_answer", name="What do they say?", amount=10, unit="days")
    answer["yes"] = [
        new_step(
            "task",
            name="Follow up on the introduction",
            title="Thank {{ contact.name }}, and make the introduction easy",
            text="Said yes to introducing us. Say thank you the same day, ask whom they think"
            " of, and offer to write the first lines. Nobody is contacted without their"
            " word.",
            owner=owner,
            due_days=1,
        )
    ]
    document["steps"] = [
        new_step("window", name="Working hours"),
        ask(
            "Ask for an introduction",
            content(filled["outcome"]),
            task={
                **in_person(
                    "Ask {{ contact.name }} for an introduction",
                    "Hi {{ contact.first_name }}, would you be open to introducing us to a"
                    " peer who has the same task? Two lines to pass on are here:"
                    " {{ ask.url }}. If now is not the moment, just say so.",
                    hours=96,
                ),
                "owner": owner,
            },
            if_held="wait",
            freshness_hours=336,
            fresh_from="moment",
        ),
        answer,
    ]
    return goal(document, "referral_lead", 90)


def content(outcome: str) -> dict:
    """Give two sentences that can be forwarded as they are."""
    return written(
        "Would you introduce us to a peer?",
        "Two lines to pass on, already written.",
        words(
            HELLO,
            "is there a peer, in your company or elsewhere, who has the task that you had? If"
            " you are open to it, here are two lines to pass on as they are:",
        ),
        block(
            "note",
            text=f"We work with {{{{ sender.name }}}}, and it has helped us {outcome}. If that"
            " is on your list as well, they can show you in a quarter of an hour:"
            f" {LINK}\n\n{{{{ program.disclosure }}}}",
        ),
        words("We write to nobody whom you have not told about it."),
        block("answers", yes_label="Yes, I'll pass it on"),
    )


INTRODUCTION = Starter(
    key="introduction",
    name="Introduction to a peer (B2B)",
    about="Two lines to forward, in working hours. Whoever says yes becomes a task for the"
    " one who looks after the account.",
    icon="handshake",
    blanks=(
        event(
            "moment",
            "The moment to ask",
            "Review Held",
            "reviewheld",
            "quarterlyreviewheld",
            "wentlive",
            "subscriptionrenewed",
            help_text="A review that went well, a project that went live, a renewal.",
        ),
        Blank(
            "outcome",
            TEXT,
            "It has helped us …",
            "save half a day a week",
            "What customers gain, as it is to stand in the note.",
        ),
        Blank(
            "owner",
            ATTRIBUTE,
            "The attribute with the colleague",
            "account_owner",
            "Holds the name or address of who looks after them.",
            wanted=("accountowner", "owner", "csm", "salesrep"),
        ),
    ),
    write=write,
)
