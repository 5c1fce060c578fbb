"""
What a condition about events found, for the explanation of one contact, as jsonb.

An object: ``value`` is what was found, ``needed`` what it takes where that is a number, ``unit``
says what both are ("times", "steps", "periods", "seconds" or "moment"), ``events`` are ids of
the events that counted, the newest first, no more than a page can show.
"""

from audiences.conditions.happenings import of_contact
from audiences.conditions.sql import Fragment, combine, value

MOST_EVENTS = 20


def evidence(unit: str, found: Fragment, **parts: Fragment) -> Fragment:
    """Put the parts into an object."""
    named = {"unit": value(unit, "text"), "value": found, **parts}
    pairs = [combine(f"'{name}', {{}}", part) for name, part in named.items()]
    return combine(f"jsonb_build_object({', '.join('{}' for _ in pairs)})", *pairs)


def count_of(rows: Fragment) -> Fragment:
    """Count the events of the contact."""
    return of_contact(rows).format("(SELECT count(*) {})")


def newest_of(rows: Fragment, most: int = MOST_EVENTS) -> Fragment:
    """List the ids of the newest events of the contact."""
    return combine(
        "(SELECT coalesce(jsonb_agg(newest.id ORDER BY newest.occurred_at DESC,"
        " newest.id DESC), '[]') FROM (SELECT event.id, event.occurred_at {}"
        " ORDER BY event.occurred_at DESC, event.id DESC LIMIT {}) AS newest)",
        of_contact(rows),
        value(most),
    )
