"""Campaigns to begin with: documents with a flow and mails that can be sent as they are."""

from collections.abc import Callable

from campaigns.emails.starters import starter_content
from campaigns.flows.definition import Document, Step, empty_document
from campaigns.flows.edits import new_step


def make_document(starter: str) -> Document:
    """Make the document of a new campaign."""
    document = empty_document()
    document["steps"] = STARTERS[starter]()
    return document


def delay(name: str, amount: int, unit: str = "days", at: str = "") -> Step:
    """Make a delay."""
    return new_step("delay", name=name, amount=amount, unit=unit, at=at)


def email(name: str, starter: str, *, ask: bool = True, if_held: str = "wait") -> Step:
    """Make an email with the words of a starter."""
    content = starter_content(starter)
    return new_step("email", name=name, ask=ask, if_held=if_held, content=content)


def ask_happy_customers() -> list[Step]:
    """Ask a day after somebody shows that he is happy."""
    return [
        delay("Let it settle", 1),
        email("Ask for a referral", "thank_you"),
    ]


def ask_after_purchase() -> list[Step]:
    """Ask two weeks later, in the morning, and tell who never got around to it apart."""
    has_visits = {
        "kind": "event",
        "name": "link_visited",
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "last", "amount": 14, "unit": "days"},
        "filters": [],
    }
    check = new_step("branch", name="Has a friend visited?", condition=has_visits)
    check["yes"] = [delay("Give friends time", 7)]
    check["no"] = [
        email("Ask again, after a rest", "both_sides", if_held="exit"),
    ]
    return [
        delay("Until the product is in use", 14, "calendar_days", "09:30"),
        email("Offer for both sides", "both_sides"),
        delay("Wait for an answer", 95, "calendar_days", "09:30"),
        check,
    ]


def ask_business_customers() -> list[Step]:
    """Ask business customers for an introduction, on a working morning."""
    return [
        delay("Until the next morning", 1, "calendar_days", "10:00"),
        email("A note to forward", "to_forward"),
    ]


STARTERS: dict[str, Callable[[], list[Step]]] = {
    "blank": list,
    "happy_customers": ask_happy_customers,
    "after_purchase": ask_after_purchase,
    "business": ask_business_customers,
}
