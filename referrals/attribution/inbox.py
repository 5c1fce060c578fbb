"""
Which events we hear of, and the slice that takes them.

Of the many people to whom something happens, few have brought a clue along or are referred;
the others cost one look at two indexes. A batch that fails is cut in half until the friend is
found who is to blame; he stands aside with the error, and the rest goes on.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction

from contacts.background import Backlog, add_up, backlog_of
from contacts.events import take_reactions
from contacts.models import Reaction, WatchedEvent
from referrals.attribution.credit import credit_contacts
from referrals.models import Setback, StageRule
from referrals.models.stage_rule import CONSUMER, HISTORY, hear_of
from referrals.setbacks import PASSING, Work, forget_setbacks, note_setback

BATCH = 500
AGAIN_AT_ONCE = 20
CONSUMERS = (CONSUMER, HISTORY)

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

# Takes what happened to some contacts, after a batch with them in it has failed; skips what is
# in another worker's hands. Leans on reaction_once.
TAKE_OF = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM contacts_reaction
    WHERE contact_id = ANY (%s) AND consumer = ANY (%s)
    ORDER BY contact_id, id
    FOR UPDATE SKIP LOCKED
)
DELETE FROM contacts_reaction AS reaction
WHERE (reaction.contact_id, reaction.id) IN (SELECT contact_id, id FROM picked)
RETURNING reaction.contact_id
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


def credit_next(*, now: datetime) -> int:
    """
    Take a batch of what happened, and see to the credit for those concerned.

    :returns: how many happenings were taken, and how many friends were tried again
    """
    return _take_batch(now) + _try_again(now)


def _take_batch(now: datetime) -> int:
    """Work on the next batch, in one transaction; if it fails, on smaller ones."""
    ids: list[int] = []
    try:
        with transaction.atomic():
            taken = take_reactions(consumer=CONSUMER, size=BATCH) or take_reactions(
                consumer=HISTORY, size=BATCH
            )
            ids = sorted({one.contact_id for one in taken})
            _credit(ids, now)
    except PASSING:
        raise
    except Exception as error:
        if not ids:
            raise
        _isolate(ids, error, now)
    return len(taken)


def _credit(contact_ids: Collection[int], now: datetime) -> None:
    """See to the credit for those of some contacts whom it concerns."""
    concerned = find_concerned(set(contact_ids))
    if concerned:
        credit_contacts(concerned, now=now)
        forget_setbacks(Work.CREDIT, concerned)


def _isolate(contact_ids: Sequence[int], error: Exception, now: datetime) -> None:
    """Halve a batch that failed until the friends who are to blame stand alone."""
    if len(contact_ids) == 1:
        _set_aside(contact_ids[0], error, now)
        return
    middle = len(contact_ids) // 2
    for half in (contact_ids[:middle], contact_ids[middle:]):
        try:
            with transaction.atomic():
                _credit(_take_of(half), now)
        except PASSING:
            raise
        except Exception as cause:  # noqa: BLE001 - as above
            _isolate(half, cause, now)


def _take_of(contact_ids: Collection[int]) -> set[int]:
    """Take what happened to some contacts; leaves out what another worker has taken."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OF, [list(contact_ids), list(CONSUMERS)])
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def _set_aside(contact_id: int, error: Exception, now: datetime) -> None:
    """Let one friend stand aside with the error; all that is known is looked at again later."""
    if _take_of([contact_id]):
        note_setback(error, work=Work.CREDIT, contact_id=contact_id, now=now)


def _try_again(now: datetime) -> int:
    """Try the friends who stood aside long enough, each in a transaction of its own."""
    due = Setback.objects.filter(work=Work.CREDIT, due_at__lte=now)
    rows = due.order_by("due_at", "pk").values_list("contact_id", "pk")
    found = list(rows[:AGAIN_AT_ONCE])
    for contact_id, pk in found:
        try:
            with transaction.atomic():
                own = due.filter(contact=contact_id, pk=pk)
                if own.select_for_update(skip_locked=True).exists():
                    credit_contacts([contact_id], now=now)
                    forget_setbacks(Work.CREDIT, [contact_id])
        except PASSING:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            note_setback(error, work=Work.CREDIT, contact_id=contact_id, now=now)
    return len(found)


def find_concerned(contact_ids: set[int]) -> list[int]:
    """Find who brought a clue along or is referred."""
    if not contact_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(CONCERNED, [list(contact_ids)])
        return [row[0] for row in cursor.fetchall()]


def backlog(now: datetime) -> Backlog:
    """See how much has happened that was not looked at."""
    happened = (
        backlog_of(Reaction.objects.filter(consumer=consumer), "created_at")
        for consumer in CONSUMERS
    )
    again = Setback.objects.filter(work=Work.CREDIT, due_at__lte=now)
    return add_up((*happened, backlog_of(again, "due_at")))
