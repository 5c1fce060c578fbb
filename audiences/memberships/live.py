"""
Let contacts enter and leave as soon as something happens to them.

Only the audiences whose rules mention what happened are looked at, with those that name one of
them, for the contacts alone to whom it happened. What happened is taken and the ledger written
in one transaction: so it is once, whatever dies. An audience that fails is left out and noted;
the others go on.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from audiences.conditions.errors import ConditionError
from audiences.memberships.refresh import (
    HISTORY,
    LIVE,
    News,
    RuleChanged,
    refresh_members,
)
from audiences.memberships.schedule import SHORTEST
from audiences.memberships.watch import mentioned
from audiences.models import Audience
from audiences.models.membership import Cause
from contacts.background import Backlog, add_up, backlog_of
from contacts.models import Reaction
from contacts.models.event import CONTACT_CHANGED

log = logging.getLogger(__name__)

SLICE = "audiences.live"
TASK = "audiences.tasks.react"
BATCH = 2_000
# While things happen, a worker stays at it, as one does at the drain.
LINGER_SECONDS = 2.0

# Takes what happened, the oldest first, and all else that waits of the same contacts. It is
# picked once, in a part of its own. Leans on reaction_oldest.
TAKE = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM contacts_reaction
    WHERE consumer = %s
    ORDER BY created_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM contacts_reaction AS reaction
WHERE (reaction.contact_id, reaction.id) IN (SELECT contact_id, id FROM picked)
RETURNING reaction.contact_id, reaction.name, reaction.event_id, reaction.receipt_id
"""

# A contact, what happened, the event and the message behind it.
Happening = tuple[int, str, int, int | None]


def backlog(now: datetime) -> Backlog:
    """See how much has happened that no audience has been looked at for."""
    return add_up(
        backlog_of(Reaction.objects.filter(consumer=consumer), "created_at")
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
    """Take a batch of one consumer."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [consumer, BATCH])
        taken: list[Happening] = cursor.fetchall()
    if taken:
        _look(taken, is_historical=consumer == HISTORY, now=now)
    return len(taken)


def _look(taken: Sequence[Happening], *, is_historical: bool, now: datetime) -> None:
    """
    Look at the contacts in each audience that mentions what happened to them.

    History is looked at for every audience, so that no refresh finds a contact it has made
    and takes that for news. All audiences are locked first, in one order, as who changes
    rules does.
    """
    concerned = _concerned(None if is_historical else {one[1] for one in taken})
    locked = Audience.objects.select_for_update().order_by("pk")
    by_pk = {row.pk: row for row in locked.filter(pk__in=concerned, archived_at=None)}
    # Of several events the last one is named as the cause.
    in_order = sorted(taken, key=lambda one: one[2])
    looks: dict[int, dict[int, News]] = {}
    for audience in sorted(by_pk.values(), key=lambda row: (row.depth, row.pk)):
        news: dict[int, News] = {}
        for nested in sorted(audience.names_audiences()):
            news |= looks.get(nested, {})
        names = mentioned(audience.rule)
        news |= {
            one[0]: _news(one, is_historical)
            for one in in_order
            if is_historical or one[1] in names
        }
        looks[audience.pk] = news
        _look_in(audience, news, now=now)


def _look_in(audience: Audience, news: dict[int, News], *, now: datetime) -> None:
    """
    Look at the contacts in one audience; what fails there stops no other.

    What was taken is gone for an audience that fails, so its refresh has to make up for it.
    """
    try:
        # A savepoint, so that nothing of it is left.
        with transaction.atomic():
            refresh_members(
                audience, sorted(news), now=now, cause=Cause.EVENT, news=news
            )
    except (ConditionError, RuleChanged):
        # The refresh of the audience meets the same error, and notes it for the page.
        return
    except Exception as error:
        log.exception("Audience %s could not be looked at.", audience.pk)
        row = Audience.objects.filter(pk=audience.pk)
        row.update(refresh_error=str(error) or type(error).__name__)
        # Not at once: as long as it fails, each batch comes by here.
        soon = now + SHORTEST
        row.filter(refresh_due_at__gt=soon).update(refresh_due_at=soon)


def _concerned(names: set[str] | None) -> set[int]:
    """Find the audiences that mention one of the names, and those that name one of those."""
    concerned: set[int] = set()
    for audience in Audience.objects.live().order_by("depth", "pk"):
        names_one = audience.depth > 0 and audience.names_audiences() & concerned
        if names is None or names_one or mentioned(audience.rule) & names:
            concerned.add(audience.pk)
    return concerned


def _news(happening: Happening, is_historical: bool) -> News:
    """Say why a contact is looked at."""
    _, name, event_id, receipt_id = happening
    cause = Cause.CHANGED if name == CONTACT_CHANGED else Cause.EVENT
    return News(Cause.HISTORY if is_historical else cause, event_id or None, receipt_id)
