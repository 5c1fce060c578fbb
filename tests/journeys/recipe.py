"""
Two campaigns as their documents say them: the ask of the guide, and the onboarding of the recipe.

Each is built by clicks in one test and run through a quarter in another.
"""

from campaigns.emails.blocks.registry import new_block
from campaigns.emails.document import empty_variant
from campaigns.emails.starters import starter_content
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step


def guide_ask():
    """
    Ask who answers 9 or 10: in the product, then by mail, then in person.

    Within two hours, and never at night; "not now" lasts 75 days.
    """
    document = empty_document()
    document["trigger"] |= {
        "kind": "event",
        "event": {
            "name": "NPS Answered",
            "filters": [{"name": "score", "operator": "at_least", "value": 9}],
        },
        "max_age_hours": 1,
        "frequency": "every_entry",
    }
    document["steps"] = [
        new_step(
            "email",
            key="ask",
            name="Ask promoters",
            content=starter_content("thank_you"),
            if_held="exit",
            freshness_hours=2,
            fresh_from="moment",
            in_app={
                "hours": 24,
                "variants": {
                    "en": {
                        "title": "One person who would like this?",
                        "text": "You said you would recommend us.",
                    }
                },
            },
            task={
                "hours": 72,
                "channel": "dm",
                "title": "Ask {{ contact.name }} for a referral",
                "text": "A note to pass on: {{ ask.url }}",
                "owner": {"rule": "anyone"},
                "due_days": 2,
            },
        )
    ]
    return document


def onboarding():
    """
    Help new accounts to their first success: owners to a trial, users to the main feature.

    Whoever gets there has converted, and whoever upgrades leaves.
    """
    document = empty_document()
    document["trigger"] |= {
        "kind": "event",
        "event": {"name": "Account Created", "filters": []},
    }
    role = {"kind": "attribute", "name": "role", "operator": "is", "value": "owner"}
    document["steps"] = [
        branch("role", "Owner?", role, owners(), users()),
        delay("rest", "Third morning", 3, "calendar_days", "09:30"),
        message("still", "Still with us?", "Can we help?", "One line is enough."),
    ]
    document["goal"]["condition"] = every(did("Activated"))
    document["exit"]["condition"] = every(did("Plan Upgraded"))
    return document


def owners():
    """A day to start a trial in; then what fits."""
    return [
        delay("day", "One day", 1, "days"),
        branch(
            "trial",
            "Trial started?",
            did("Trial Started"),
            [message("counts", "Make it count", "Three days", "Invite a colleague.")],
            [
                message(
                    "shows", "What a trial shows", "Look around", "Your own numbers."
                )
            ],
        ),
    ]


def users():
    """Two days to use the feature in; then who did is asked, and who did not is helped."""
    thanks = starter_content("thank_you")
    return [
        delay("two", "Two days", 2, "days"),
        branch(
            "feature",
            "Feature used?",
            did("Feature Used"),
            [mail("ask", "Ask a happy user", thanks, ask=True)],
            [message("minutes", "First minutes", "Five minutes", "All you need.")],
        ),
    ]


def did(name):
    """Write that something has happened, as the builder begins with it."""
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "last", "amount": 90, "unit": "days"},
        "filters": [],
    }


def every(*conditions):
    """Write that all of some conditions hold, as the builder writes it."""
    return {"kind": "all", "conditions": list(conditions)}


def branch(key, name, condition, yes, no):
    """Make a branch."""
    sides = {"condition": every(condition), "yes": yes, "no": no}
    return new_step("branch", key=key, name=name, **sides)


def delay(key, name, amount, unit, at=""):
    """Make a delay."""
    return new_step("delay", key=key, name=name, amount=amount, unit=unit, at=at)


def message(key, name, subject, words):
    """Make a mail of a few words, which asks for nothing."""
    variant = empty_variant() | {
        "subject": subject,
        "preheader": "It takes two minutes.",
        "blocks": [new_block("text") | {"text": words}],
    }
    content = {"default_locale": "en", "variants": {"en": variant}}
    return mail(key, name, content, ask=False)


def mail(key, name, content, *, ask):
    """Make a mail that is done without where it may not be sent."""
    own = {"ask": ask, "content": content, "if_held": "skip", "freshness_hours": 48}
    return new_step("email", key=key, name=name, **own)
