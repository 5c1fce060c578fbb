"""
Which events we hear of, and the slice that takes them.

Of the many people to whom something happens, few have brought a clue along or are referred;
the others cost one look at two indexes.
"""

from datetime import datetime

from django.db import connection, transaction

from contacts.background import Backlog, add_up, backlog_of
from contacts.events import take_reactions
from contacts.models import Reaction, WatchedEvent
from referrals.attribution.credit import credit_contacts
from referrals.models import StageRule
from referrals.models.stage_rule import CONSUMER, HISTORY, hear_of

BATCH = 500

# Of some contacts those who brought a clue or are referred. Leans on clue_once and
# one_advocate_per_friend, which begin with the contact.
CONCERNED = """
SELECT contact.id FROM unnest(%s::bigint[]) AS contact (id)
WHERE EXISTS (SELECT FROM referrals_clue AS clue WHERE clue.contact_id = contact.id)
    OR EXISTS (
        SELECT FROM referrals_referral AS referral WHERE referral.contact_id = contact.id
    )
ORDER BY contact.id
"""


@transaction.atomic
def watch_stages() -> None:
    """Hear of the events that mean something in a program, and of no others."""
    names = set(StageRule.objects.values_list("event", flat=True))
    counting = StageRule.objects.filter(program__counts_history=True)
    history = set(counting.values_list("event", flat=True))
    for consumer, wanted in ((CONSUMER, names), (HISTORY, history)):
        watched = WatchedEvent.objects.filter(consumer=consumer)
        watched.exclude(name__in=wanted).delete()
        hear_of(wanted, consumer, tells_history=consumer == HISTORY)


@transaction.atomic
def credit_next(*, now: datetime) -> int:
    """
    Take a batch of what happened, and see to the credit for those concerned.

    :returns: how many happenings were taken
    """
    taken = take_reactions(consumer=CONSUMER, size=BATCH) or take_reactions(
        consumer=HISTORY, size=BATCH
    )
    concerned = find_concerned({one.contact_id for one in taken})
    if concerned:
        credit_contacts(concerned, now=now)
    return len(taken)


def find_concerned(contact_ids: set[int]) -> list[int]:
    """Find who brought a clue along or is referred."""
    if not contact_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(CONCERNED, [list(contact_ids)])
        return [row[0] for row in cursor.fetchall()]


def backlog(now: datetime) -> Backlog:
    """See how much has happened that was not looked at."""
    return add_up(
        backlog_of(Reaction.objects.filter(consumer=consumer), "created_at")
        for consumer in (CONSUMER, HISTORY)
    )
