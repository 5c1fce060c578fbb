"""
Let contacts enter and leave as soon as something happens to them.

Only the audiences whose rules mention what happened are looked at, with those that name one of
them, for the contacts alone to whom it happened. What happened is taken and the ledger written
in one transaction: so it is once, whatever dies. An audience that fails is left out and noted;
the others go on.
"""

from datetime import datetime

from django.db import connection, transaction

from audiences.memberships.judge import Happening, judge
from audiences.memberships.ledger import News
from audiences.memberships.looking import HISTORY, LIVE
from audiences.memberships.rules import EVERYTHING, Key
from audiences.models.membership import Cause
from contacts.background import Backlog, add_up, backlog_of
from contacts.models import Reaction
from contacts.models.event import CONTACT_REMADE

SLICE = "audiences.live"
TASK = "audiences.tasks.react"
BATCH = 2_000
# While things happen, a worker stays at it, as one does at the drain.
LINGER_SECONDS = 2.0
# To look at a few contacts costs nearly what it costs to look at a hundred.
PACE_SECONDS = 0.15

# Takes what happened, the oldest first; what lies ahead waits until then. It is picked once, in
# a part of its own. Leans on reaction_oldest.
TAKE = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM contacts_reaction
    WHERE consumer = %s AND occurred_at <= %s
    ORDER BY created_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM contacts_reaction AS reaction
WHERE (reaction.contact_id, reaction.id) IN (SELECT contact_id, id FROM picked)
RETURNING reaction.contact_id, reaction.name, reaction.event_id, reaction.receipt_id
"""


def backlog(now: datetime) -> Backlog:
    """See how much has happened that no audience has been looked at for."""
    return add_up(
        backlog_of(
            Reaction.objects.filter(consumer=consumer, occurred_at__lte=now),
            "created_at",
        )
        for consumer in (LIVE, HISTORY)
    )


def react_next(now: datetime) -> int:
    """
    Take a batch of what happened, and look at the contacts in the audiences concerned.

    What is told after the fact waits until there is nothing else.

    :returns: how many happenings were taken
    """
    return react(LIVE, now=now) or react(HISTORY, now=now)


@transaction.atomic
def react(consumer: str, *, now: datetime) -> int:
    """Take a batch of one consumer, and judge the contacts in the audiences concerned."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [consumer, now, BATCH])
        taken = cursor.fetchall()
    if taken:
        # Of several events the last one is named as the cause.
        taken.sort(key=lambda row: row[2])
        is_historical = consumer == HISTORY
        found = [_happening(*row, is_historical=is_historical) for row in taken]
        judge(found, now=now)
    return len(taken)


def _happening(
    contact_id: int,
    name: str,
    event_id: int,
    receipt_id: int | None,
    *,
    is_historical: bool,
) -> Happening:
    """
    Say what to look at a contact for, and why.

    History is looked at for every audience, so that no refresh finds a contact it has made
    and takes that for news; and so is a contact of whom everything may be different.
    """
    number = event_id if event_id > 0 else None
    if is_historical:
        return Happening(
            contact_id, EVERYTHING, News(Cause.HISTORY, number, receipt_id)
        )
    cause = Cause.EVENT if number else Cause.CHANGED
    key: Key = EVERYTHING if name == CONTACT_REMADE else name
    return Happening(contact_id, key, News(cause, number, receipt_id))
