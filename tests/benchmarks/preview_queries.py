"""
Questions about an audience, and what an expert would write for each by hand.

Of the ways by hand the fastest counts. ``%(now)s`` is the moment of the evaluation.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """A rule, and the SQL of an expert in some ways."""

    name: str
    rule: dict[str, Any]
    by_hand: tuple[str, ...]


def last(days: int) -> dict[str, Any]:
    return {"kind": "last", "amount": days, "unit": "days"}


def event(name: str, count: int, days: int, *filters: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": count,
        "window": last(days),
        "filters": list(filters),
    }


def attribute(name: str, operator: str, value: Any) -> dict[str, Any]:
    return {"kind": "attribute", "name": name, "operator": operator, "value": value}


SPENT = {
    "kind": "sum",
    "event": "order_completed",
    "property": "total",
    "filters": [],
    "window": last(90),
    "level": "contact",
}


def spent(trait: int, amount: int) -> dict[str, Any]:
    return {
        "kind": "trait",
        "trait": trait,
        "operator": "greater_than",
        "value": amount,
    }


def happened(name: str, days: int, more: str = "") -> str:
    """The contacts of the events of a name within the last days."""
    return (
        "SELECT contact_id FROM contacts_event"
        f" WHERE name = '{name}' AND occurred_at > %(now)s - interval '{days} days'"
        f" AND occurred_at <= %(now)s {more}"
    )


def for_columns(statement: str) -> str:
    """The same for a table with columns instead of properties."""
    for inside, column in COLUMNS.items():
        statement = statement.replace(inside, column)
    return statement


def size_of(contacts: str) -> str:
    return f"SELECT count(*) FROM ({contacts}) AS found"


GROUPED = "GROUP BY contact_id HAVING"
TOTAL = "(properties ->> 'total')::numeric"
# What lies in columns of its own in DuckDB.
COLUMNS = {
    TOTAL: "total",
    "properties ->> 'category'": "category",
    "contact.attributes ->> 'plan'": "contact.plan",
}
OTHER_ORDER = """
    WHERE later.contact_id = begun.contact_id AND later.name = 'order_completed'
    AND later.occurred_at > begun.occurred_at
    AND later.occurred_at < begun.occurred_at + interval '1 day'
"""
UNFINISHED = """
    SELECT DISTINCT begun.contact_id FROM contacts_event AS begun
    WHERE begun.name = 'checkout_started'
    AND begun.occurred_at > %(now)s - interval '7 days'
    AND begun.occurred_at <= %(now)s - interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM contacts_event AS later {})
"""
BOUNDED = "AND later.occurred_at > %(now)s - interval '7 days'"
FIVE = """
    SELECT contact.id FROM contacts_contact AS contact
    WHERE (contact.attributes ->> 'plan' = 'pro' OR contact.locale IN ('de', 'fr'))
    AND contact.id IN (SELECT contact_id FROM contacts_consent
        WHERE channel = 'email' AND state = 'granted')
    AND contact.id IN ({spent})
    AND contact.id NOT IN ({opened})
"""


def five() -> str:
    bought = happened("order_completed", 90, f"{GROUPED} sum({TOTAL}) > 200")
    return size_of(FIVE.format(spent=bought, opened=happened("ticket_opened", 14)))


def questions(trait: int) -> list[Question]:
    """All questions; the trait is the one of ``SPENT``."""
    viewed = happened("product_viewed", 30, f"{GROUPED} count(*) >= 3")
    shoes = happened(
        "product_viewed",
        30,
        f"AND properties ->> 'category' = 'shoes' {GROUPED} count(*) >= 3",
    )
    category = {"name": "category", "operator": "is", "value": "shoes"}
    bought = happened("order_completed", 90, f"{GROUPED} sum({TOTAL}) > 500")
    pages = happened("page_viewed", 90, f"{GROUPED} count(*) >= 10")
    return [
        Question(
            "Product Viewed >= 3 in 30 d",
            event("product_viewed", 3, 30),
            (size_of(viewed),),
        ),
        Question(
            "... with category = shoes",
            event("product_viewed", 3, 30, category),
            (size_of(shoes),),
        ),
        Question(
            "sum(total) 90 d > 500, a trait",
            spent(trait, 500),
            (size_of(bought),),
        ),
        Question(
            "Page Viewed >= 10 in 90 d",
            event("page_viewed", 10, 90),
            (size_of(pages),),
        ),
        Question(
            "Five conditions with a trait",
            {
                "kind": "all",
                "conditions": [
                    {
                        "kind": "any",
                        "conditions": [
                            attribute("plan", "is", "pro"),
                            attribute("locale", "is_one_of", ["de", "fr"]),
                        ],
                    },
                    {"kind": "state", "state": "email_granted", "operator": "is"},
                    spent(trait, 200),
                    {"kind": "not", "condition": event("ticket_opened", 1, 14)},
                ],
            },
            (five(),),
        ),
        Question(
            "Checkout in 7 d, no order within 1 d",
            {
                "kind": "sequence",
                "name": "checkout_started",
                "filters": [],
                "window": last(7),
                "then": [
                    {
                        "did": False,
                        "name": "order_completed",
                        "filters": [],
                        "within": {"amount": 1, "unit": "days"},
                    }
                ],
            },
            (
                size_of(UNFINISHED.format(OTHER_ORDER)),
                size_of(UNFINISHED.format(OTHER_ORDER + BOUNDED)),
            ),
        ),
    ]
