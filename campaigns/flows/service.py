"""
Service messages: news of a person's own, such as a friend who joined or a reward that was paid.

They ask for nothing and sell nothing, so they need no consent to marketing and outlive its
withdrawal. They never go to an address that bounced, complained or was silenced by hand, nor to
who has stopped everything: the link at their foot does that. To keep them what they are, a
campaign with one begins with an event that only the referral program records.
"""

from collections.abc import Iterator
from typing import Any

from campaigns.flows.definition import walk_steps
from campaigns.flows.findings import Finding, error, named
from campaigns.flows.ladder import message_text_of

# What happens to an advocate of which he wants to know, whatever he has said about marketing.
NEWS = frozenset(
    {
        "referral_lead",
        "referral_won",
        "intro_accepted",
        "reward_earned",
        "reward_approved",
        "reward_paid",
        "reward_reversed",
        "tier_reached",
        "program_changed",
        "program_ended",
    }
)


def is_service(step: dict[str, Any]) -> bool:
    """Whether a step is a service message."""
    is_message = step["kind"] == "email" and not step["ask"]
    is_mail = is_message and message_text_of(step) is None
    return is_mail and bool(step.get("service"))


def check_services(document: dict[str, Any]) -> Iterator[Finding]:
    """A service message tells something that has just happened to the person."""
    trigger = document["trigger"]
    event = (trigger.get("event") or {}).get("name", "")
    if trigger["kind"] == "event" and event in NEWS:
        return
    for step in filter(is_service, walk_steps(document["steps"])):
        yield error(
            step,
            f"{named(step)} is a service message, but the campaign does not begin with news"
            " of the referral program, such as “A friend joined”. Make it an ordinary mail,"
            " or change the trigger.",
        )
