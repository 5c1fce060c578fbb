"""Help new accounts to their first success, owners otherwise than users."""

from campaigns.flows.definition import Document, Step
from campaigns.flows.edits import new_step
from campaigns.starters.parts import (
    HELLO,
    begins_with,
    block,
    delay,
    did,
    goal,
    mail,
    note,
    words,
    written,
)
from campaigns.starters.starter import (
    ATTRIBUTE,
    TEXT,
    Blank,
    Filled,
    Starter,
    address,
    event,
)


def write(filled: Filled) -> Document:
    """Welcome everybody; then owners set up a trial, and users find their feet."""
    document = begins_with(
        filled["created"], which="first", frequency="once", grace_minutes=5
    )
    roles = new_step("split", name="Who is it?")
    roles["branches"] = [
        {
            "key": "owner",
            "name": "Owners",
            "condition": {
                "kind": "attribute",
                "name": filled["role"],
                "operator": "is",
                "value": filled["owner"],
            },
            "steps": owners(filled),
        }
    ]
    roles["otherwise"] = users(filled)
    document["steps"] = [
        note(
            "Who leaves early",
            "Whoever reaches the goal or upgrades leaves at once and gets nothing more from"
            " here.",
        ),
        mail("Welcome", welcome(filled["page"])),
        roles,
    ]
    goal(document, filled["activated"], 30)
    document["exit"] = {"condition": did(filled["upgraded"])}
    return document


def owners(filled: Filled) -> list[Step]:
    """Lead to a trial; then see whether it gets somewhere."""
    trial = new_step("branch", name="Trial started?", condition=did(filled["trial"]))
    trial["yes"] = [mail("Make the trial count", trial_runs(filled["page"]))]
    trial["no"] = [mail("What a trial shows", trial_waits(filled["page"]))]
    used = new_step(
        "wait_until",
        name="Feature used?",
        condition=did(filled["feature"]),
        since="ever",
        amount=4,
        unit="days",
    )
    used["met"] = [mail("The next step", going_on(filled["page"]))]
    used["timeout"] = [
        mail("Where others got stuck", stuck(filled["page"])),
        new_step(
            "task",
            name="Offer help",
            title="Offer {{ contact.name }} a hand with the set-up",
            text="Started some days ago and has not used the main feature yet. Ask what they"
            " came for, and offer a quarter of an hour.",
        ),
    ]
    return [delay("Next morning", 1, "calendar_days", "09:30"), trial, used]


def users(filled: Filled) -> list[Step]:
    """Show what helps in the first days."""
    used = new_step(
        "branch", name="Has used the feature?", condition=did(filled["feature"])
    )
    used["yes"] = [mail("Two shortcuts", shortcuts(filled["page"]))]
    used["no"] = [mail("The first five minutes", first_minutes(filled["page"]))]
    return [delay("Two days later", 2, "calendar_days", "09:30"), used]


def welcome(page: str) -> dict:
    """Welcome, with one thing to do."""
    return written(
        "Welcome. Here is the one thing to do first",
        "It takes about five minutes.",
        words(
            HELLO,
            "good to have you here. Most people who stay did one small thing on their first"
            " day: they tried {{ sender.name }} on something real, however small.",
        ),
        block("button", label="Start with something small", url=page),
        words("If you get stuck, answer this mail. A person reads it."),
    )


def trial_runs(page: str) -> dict:
    """Say how to get something out of a trial."""
    return written(
        "Three days that decide a trial",
        "A short plan that has worked for others.",
        words(
            HELLO,
            "your trial is running. Teams that get something out of it do three things early:",
            "- they invite one colleague who has the same problem\n- they bring in something"
            " that is really theirs\n- they agree on what would make it a success",
        ),
        block("button", label="Invite a colleague", url=page),
    )


def trial_waits(page: str) -> dict:
    """Say what a trial would show."""
    return written(
        "What you would see in a trial",
        "Nothing to pay, and nothing to undo.",
        words(
            HELLO,
            "you can look around for as long as you like. A trial shows what looking around"
            " can't: your own numbers in it, after a day.",
        ),
        block("button", label="Start the trial", url=page),
    )


def going_on(page: str) -> dict:
    """Praise, and name the next step."""
    return written(
        "That was the hard part",
        "Here is what makes it pay.",
        words(
            HELLO,
            "you have done what most people put off. The next step makes the difference"
            " between trying and using it: let somebody else see the result.",
        ),
        block("button", label="Share it with your team", url=page),
    )


def stuck(page: str) -> dict:
    """Name the usual obstacles."""
    return written(
        "Where others got stuck, and what helped",
        "Two minutes, no sales talk.",
        words(
            HELLO,
            "if it has not clicked yet, you are in good company. It is nearly always one of"
            " two things: the data is not in yet, or nobody has decided who looks after it.",
            "Both are quick to mend. Answer this mail with one line, and we will do it"
            " together.",
        ),
        block("button", label="See how it is done", url=page),
    )


def shortcuts(page: str) -> dict:
    """Give who knows it already something more."""
    return written(
        "Two shortcuts for what you do already",
        "They save a few minutes every day.",
        words(
            HELLO,
            "you have found your way in quickly. These two shortcuts are easy to miss:",
        ),
        block("button", label="Show me", url=page),
    )


def first_minutes(page: str) -> dict:
    """Make the beginning small."""
    return written(
        "Your first five minutes",
        "A colleague invited you. This is all you need.",
        words(
            HELLO,
            "somebody on your team has set {{ sender.name }} up and would like you in it."
            " You need not learn all of it: five minutes cover what you will use.",
        ),
        block("button", label="Take the five minutes", url=page),
    )


ONBOARDING = Starter(
    key="onboarding",
    name="Onboarding, by role",
    about="From a new account to the first success: owners get a trial going, users find"
    " their feet. Whoever upgrades leaves.",
    icon="rocket_launch",
    blanks=(
        event(
            "created",
            "An account is created",
            "Account Created",
            "accountcreated",
            "signedup",
            "userregistered",
            "registered",
        ),
        Blank(
            "role",
            ATTRIBUTE,
            "The attribute with their role",
            "role",
            wanted=("role", "persona", "jobrole"),
        ),
        Blank("owner", TEXT, "What it says of an owner", "owner"),
        event(
            "trial", "A trial is started", "Trial Started", "trialstarted", "trialbegun"
        ),
        event(
            "feature",
            "The main feature is used",
            "Feature Used",
            "featureused",
            "projectcreated",
            "reportcreated",
        ),
        event(
            "activated",
            "The goal: they are up and running",
            "Activated",
            "activated",
            "onboardingcompleted",
            "firstvaluereached",
        ),
        event(
            "upgraded",
            "They pay: who does so leaves",
            "Plan Upgraded",
            "planupgraded",
            "subscriptionupgraded",
            "subscriptionstarted",
        ),
        address("page", "Where the buttons lead", "A page of your product."),
    ),
    write=write,
)
