"""
The ask budget: one unit per contact and ninety days, locked before it is counted.

Rows are locked in the order of contacts, so two campaigns that want the same people wait for
each other and never deadlock; the second sees what the first has taken.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import connection

from campaigns.flows.pacing import ASK_EVERY_DAYS

# Makes the budgets that do not exist yet. Leans on the unique index of the contact.
OPEN = """
INSERT INTO campaigns_askbudget (contact_id)
SELECT contact_id FROM unnest(%s::bigint[]) AS wanted (contact_id) ORDER BY contact_id
ON CONFLICT (contact_id) DO NOTHING
"""

LOCK = """
SELECT contact_id FROM campaigns_askbudget
WHERE contact_id = ANY (%s)
ORDER BY contact_id
FOR UPDATE
"""

TAKE = """
UPDATE campaigns_askbudget AS budget
SET last_asked_on = taken.asked_on, next_on = taken.asked_on + %s
FROM unnest(%s::bigint[], %s::date[]) AS taken (contact_id, asked_on)
WHERE budget.contact_id = taken.contact_id
"""

# Refunds asks of which nothing was handed over and nothing will be: no message of it is on its
# way, arrived or may have, and no rung of its ladder is to come. Leans on
# one_message_per_step_run and on the primary key of enrollments.
REFUND = """
UPDATE campaigns_ask AS ask SET refunded_at = %(now)s
WHERE ask.contact_id = ANY (%(contacts)s) AND ask.id = ANY (%(asks)s)
    AND ask.refunded_at IS NULL
    AND NOT EXISTS (
        SELECT FROM campaigns_message AS message
        WHERE message.contact_id = ask.contact_id
            AND message.enrollment_id = ask.enrollment_id AND message.visit = ask.visit
            AND message.state
                IN ('queued', 'waiting', 'claimed', 'handing_over', 'accepted', 'unknown')
    )
    AND (%(ladder_is_over)s OR NOT EXISTS (
        SELECT FROM campaigns_enrollment AS enrollment
        WHERE enrollment.contact_id = ask.contact_id AND enrollment.id = ask.enrollment_id
            AND enrollment.visit = ask.visit AND enrollment.state = 'active'
    ))
RETURNING ask.contact_id
"""

# Sets the budget of contacts to what their last ask that was not refunded took.
# Leans on asks_of_contact.
RECOUNT = """
UPDATE campaigns_askbudget AS budget
SET last_asked_on = last.asked_on, next_on = last.asked_on + %s
FROM (
    SELECT wanted.contact_id, (
        SELECT max(ask.asked_on) FROM campaigns_ask AS ask
        WHERE ask.contact_id = wanted.contact_id AND ask.refunded_at IS NULL
    ) AS asked_on
    FROM unnest(%s::bigint[]) AS wanted (contact_id)
) AS last
WHERE budget.contact_id = last.contact_id
"""


def lock_budgets(contact_ids: Collection[int]) -> None:
    """Lock the budget of each contact, in order; waits for who holds one. Two queries."""
    ordered = sorted(set(contact_ids))
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [ordered])
        cursor.execute(LOCK, [ordered])


def take(contact_ids: Sequence[int], days: Sequence[date]) -> None:
    """Take a unit from each budget, which is locked, on that day of the own calendar."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [ASK_EVERY_DAYS, list(contact_ids), list(days)])


def refund(
    *,
    contact_ids: Collection[int],
    ask_ids: Collection[int],
    now: datetime,
    ladder_is_over: bool = False,
) -> int:
    """
    Give back the unit of each ask of which nothing was handed over; safe to repeat.

    :param ladder_is_over: no rung will follow, though the enrollment still stands there
    :returns: how many were given back
    """
    if not ask_ids:
        return 0
    lock_budgets(contact_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            REFUND,
            {
                "now": now,
                "contacts": list(contact_ids),
                "asks": list(ask_ids),
                "ladder_is_over": ladder_is_over,
            },
        )
        refunded = [row[0] for row in cursor.fetchall()]
    recount(refunded)
    return len(refunded)


def recount(contact_ids: Collection[int]) -> None:
    """Set budgets, which are locked, to what the last ask of each contact took."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, [ASK_EVERY_DAYS, list(contact_ids)])
