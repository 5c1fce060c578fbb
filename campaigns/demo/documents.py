"""What the campaigns of the demo shop say: two that run, and a draft."""

from typing import Any

from campaigns.emails.starters import starter_content
from campaigns.flows.definition import Document, empty_document


def delay(key: str, name: str, amount: int, unit: str, at: str = "") -> dict[str, Any]:
    """Make a delay."""
    return {
        "key": key,
        "kind": "delay",
        "name": name,
        "amount": amount,
        "unit": unit,
        "at": at,
    }


def email(key: str, name: str, starter: str, if_held: str = "wait") -> dict[str, Any]:
    """Make an ask by email."""
    return {
        "key": key,
        "kind": "email",
        "name": name,
        "ask": True,
        "if_held": if_held,
        "content": starter_content(starter),
    }


def happened(name: str, days: int | None = None) -> dict[str, Any]:
    """Make the condition that an event happened, ever or lately."""
    window = (
        {"kind": "ever"}
        if days is None
        else {"kind": "last", "amount": days, "unit": "days"}
    )
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": window,
        "filters": [],
    }


def promoters(audience: int) -> Document:
    """Ask who rated us nine or ten, regulars otherwise than newcomers."""
    document = empty_document()
    document["trigger"]["audience"] = audience
    document["steps"] = [
        delay("settle", "Wait two hours", 2, "hours"),
        {
            "key": "regular",
            "kind": "branch",
            "name": "Three orders or more?",
            "condition": happened("order_completed", 180) | {"count": 3},
            "yes": [email("offer", "Ask: something for both of you", "both_sides")],
            "no": [email("thanks", "Ask: simple thank-you", "thank_you")],
        },
        delay("rest", "Wait two weeks", 14, "days"),
    ]
    document["goal"] = {"condition": happened("referral_lead"), "window_days": 90}
    document["exit"] = {"condition": happened("ticket_opened", 14)}
    document["settings"]["from_name"] = "Fernweh Coffee"
    return document


def third_order(audience: int) -> Document:
    """Ask on the morning after the third order."""
    document = empty_document()
    document["trigger"]["audience"] = audience
    document["steps"] = [
        delay("morning", "Next day at 10:00", 1, "calendar_days", "10:00"),
        email("ask", "Ask: simple thank-you", "thank_you", if_held="exit"),
        delay("rest", "Wait 30 days", 30, "days"),
    ]
    document["goal"] = {"condition": happened("referral_won"), "window_days": 90}
    document["settings"]["from_name"] = "Fernweh Coffee"
    return document


def lapsed(audience: int) -> Document:
    """Begin a campaign that somebody has yet to finish."""
    document = empty_document()
    document["trigger"] = {
        "audience": audience,
        "existing": True,
        "frequency": "once",
    }
    document["steps"] = [
        delay("later", "Wait one day", 1, "days"),
        {
            "key": "rich",
            "kind": "branch",
            "name": "Spent more than 500?",
            "condition": {
                "kind": "attribute",
                "name": "lifetime_value",
                "operator": "greater_than",
                "value": 500,
            },
            "yes": [email("note", "Ask: a note to forward", "to_forward")],
            "no": [],
        },
    ]
    document["settings"]["from_name"] = "Fernweh Coffee"
    return document
