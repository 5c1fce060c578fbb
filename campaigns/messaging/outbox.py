"""
The outbox: each message goes through it once, and what became of it is always known or shown.

queued → claimed → handing_over → accepted, refused or unknown. A claim is a lease with a
number: every later write repeats the owner and the attempt, and stops if it hits no row. What
was being handed over when its sender died is unknown, and is never sent again by itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from campaigns.channels.causes import LABELS, Cause
from campaigns.event_names import ASK_DELIVERED
from campaigns.guardrails import budget
from campaigns.models import PASSED_ON, Ask, Message
from contacts import background
from contacts.background import Backlog, backlog_of
from contacts.events import Fact, record_many
from contacts.prepared import prepared

State = Message.State

# Longer than the slowest conversation with a mail server; what is claimed waits its turn.
LEASE = timedelta(minutes=5)
MOST_RECOVERIES = 3
WEBHOOK = "webhook"

# The two kinds of queued messages, as the indexes know them: messages_to_send and
# messages_to_try_again.
FRESH = "queued.state = 'queued' AND queued.attempts = 0"
TRIED = "queued.state = 'queued' AND queued.attempts > 0"
# Mail, and what goes to other systems, wait apart: neither is late because of the other. The
# second is written as the index messages_to_pass_on has it.
_PASSED_ON = ", ".join(f"'{channel}'" for channel in PASSED_ON)
MAIL = f"queued.channel NOT IN ({_PASSED_ON})"
ELSEWHERE = f"queued.channel IN ({_PASSED_ON})"

# Names the campaigns with messages that are due, the one that has waited longest first; one
# look into the index for each campaign. Paused ones are not looked at.
WAITING = """
SELECT campaign.id
FROM campaigns_campaign AS campaign
CROSS JOIN LATERAL (
    SELECT queued.due_at, queued.id
    FROM campaigns_message AS queued
    WHERE queued.campaign_id = campaign.id AND {kind} AND queued.due_at <= %(now)s
    ORDER BY queued.due_at, queued.id
    LIMIT 1
) AS longest
WHERE campaign.state <> 'paused'
ORDER BY longest.due_at, longest.id
"""

# Takes the messages of a campaign that are due, oldest first. The rows are picked once, in a
# part of its own: as a mere subquery the planner may run it again for each row, and every run
# skips what is locked and picks more.
CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT queued.contact_id, queued.id
    FROM campaigns_message AS queued
    WHERE queued.campaign_id = %(campaign)s AND {kind} AND queued.due_at <= %(now)s
    ORDER BY queued.due_at, queued.id
    LIMIT %(size)s
    FOR UPDATE SKIP LOCKED
)
UPDATE campaigns_message AS message
SET state = 'claimed', lease_owner = %(owner)s, lease_until = %(until)s,
    attempts = attempts + 1
WHERE (message.contact_id, message.id) IN (SELECT contact_id, id FROM picked)
  AND message.state = 'queued'
RETURNING message.id
"""

# Counts what waits in each campaign that is not paused, and since when.
BACKLOG = """
SELECT count(*), min(due_at)
FROM (
    SELECT first.due_at
    FROM campaigns_campaign AS campaign
    CROSS JOIN LATERAL (
        (
            SELECT queued.due_at
            FROM campaigns_message AS queued
            WHERE queued.campaign_id = campaign.id AND {fresh} AND queued.due_at <= %(now)s
            ORDER BY queued.due_at
            LIMIT %(most)s
        )
        UNION ALL
        (
            SELECT queued.due_at
            FROM campaigns_message AS queued
            WHERE queued.campaign_id = campaign.id AND {tried} AND queued.due_at <= %(now)s
            ORDER BY queued.due_at
            LIMIT %(most)s
        )
    ) AS first
    WHERE campaign.state <> 'paused'
    ORDER BY first.due_at
    LIMIT %(most)s
) AS waiting
"""

# Accepts a message that is still its sender's, and lets its ask count as delivered.
ACCEPT = """
WITH accepted AS (
    UPDATE campaigns_message
    SET state = 'accepted', finished_at = %(now)s, lease_until = NULL, cause = '',
        details = %(answer)s
    WHERE contact_id = %(contact)s::bigint AND id = %(message)s::bigint
      AND state IN ('handing_over', 'unknown')
      AND lease_owner = %(owner)s AND attempts = %(attempts)s::smallint
    RETURNING contact_id, ask_id
), delivered AS (
    UPDATE campaigns_ask AS ask
    SET delivered_at = %(now)s
    FROM accepted
    WHERE ask.contact_id = accepted.contact_id AND ask.id = accepted.ask_id
      AND ask.delivered_at IS NULL
)
SELECT count(*) FROM accepted
"""


class ClaimLost(Exception):
    """Somebody else has the message now; leave it."""


def deserted(now: datetime) -> Q:
    """Select the messages whose sender has gone silent."""
    return Q(state__in=[State.CLAIMED, State.HANDING_OVER], lease_until__lte=now)


def due_to_send(now: datetime, lane: str = MAIL) -> Backlog:
    """See how many messages wait, and since when."""
    statement = BACKLOG.format(fresh=f"{FRESH} AND {lane}", tried=f"{TRIED} AND {lane}")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"now": now, "most": background.MOST_COUNTED})
        return Backlog(*cursor.fetchone())


def due_to_pass_on(now: datetime) -> Backlog:
    """See how much waits for other systems, and since when."""
    return due_to_send(now, ELSEWHERE)


def due_to_recover(now: datetime) -> Backlog:
    """See how many messages lost their sender, and since when."""
    return backlog_of(Message.objects.filter(deserted(now)), "lease_until")


def claim(
    *, owner: str, size: int, again: bool, now: datetime, lane: str = MAIL
) -> list[Message]:
    """
    Take messages that are due and count the attempt, in committed statements.

    ``again`` takes those that were tried before: alone, so that one which kills its sender takes
    no others with it. Three queries, and one more for each further campaign.
    """
    kind = f"{TRIED if again else FRESH} AND {lane}"
    taken: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute(WAITING.format(kind=kind), {"now": now})
        for (campaign,) in cursor.fetchall():
            values = {
                "campaign": campaign,
                "owner": owner,
                "until": now + LEASE,
                "now": now,
                "size": size - len(taken),
            }
            cursor.execute(CLAIM.format(kind=kind), values)
            taken += [row[0] for row in cursor.fetchall()]
            if len(taken) >= size:
                break
    if not taken:
        return []
    claimed = Message.objects.filter(pk__in=taken, lease_owner=owner)
    return list(claimed.select_related("contact", "connection").order_by("pk"))


def write(message: Message, *states: str, **changes: Any) -> None:
    """
    Change a message that is in one of the states and still ours.

    :raises ClaimLost: if it is not
    """
    hit = Message.objects.filter(
        contact_id=message.contact_id,
        pk=message.pk,
        state__in=states,
        lease_owner=message.lease_owner,
        attempts=message.attempts,
    ).update(**changes)
    if not hit:
        raise ClaimLost(message)


def give_back(
    messages: Sequence[Message], *, due_at: datetime, cause: str = ""
) -> None:
    """Put claimed messages back as if they had not been taken; the attempt does not count."""
    for message in messages:
        Message.objects.filter(
            contact_id=message.contact_id,
            pk=message.pk,
            state=State.CLAIMED,
            lease_owner=message.lease_owner,
            attempts=message.attempts,
        ).update(
            state=State.QUEUED,
            due_at=due_at,
            attempts=F("attempts") - 1,
            lease_until=None,
            **({"cause": cause} if cause else {}),
        )


def fence(message: Message) -> dict[str, Any]:
    """Name the row and the claim that a write belongs to."""
    return {
        "contact": message.contact_id,
        "message": message.pk,
        "owner": message.lease_owner,
        "attempts": message.attempts,
    }


@transaction.atomic
def accept(message: Message, *, answer: str, now: datetime) -> None:
    """
    Note that the mail server took the message, and that the ask is delivered.

    Also where the lease ran out meanwhile: who was handing it over knows best. Two statements.

    :raises ClaimLost: if somebody else has it now
    """
    accepted = prepared(ACCEPT, accepted_values(message, answer=answer, now=now))
    if accepted.fetchone() != (1,):
        raise ClaimLost(message)
    tell_delivered(message, now=now)


def accepted_values(message: Message, *, answer: str, now: datetime) -> dict[str, Any]:
    """Say what ``ACCEPT`` is to write."""
    return {**fence(message), "answer": answer, "now": now}


def mark_delivered(message: Message, *, now: datetime) -> None:
    """Let the message's ask count as delivered, once; does nothing if it was none."""
    if message.ask_id is None:
        return
    Ask.objects.filter(
        contact_id=message.contact_id, pk=message.ask_id, delivered_at=None
    ).update(delivered_at=now)
    tell_delivered(message, now=now)


def tell_delivered(*messages: Message, now: datetime) -> None:
    """Let the timeline and the audiences know of those messages that were asks; one query."""
    record_many(
        [
            Fact(
                message.contact_id,
                ASK_DELIVERED,
                now,
                str(message.ask_id),
                {
                    "campaign": message.campaign.name,
                    "campaign_id": message.campaign_id,
                    "ask": message.ask_id,
                    "channel": message.channel,
                },
            )
            for message in messages
            if message.ask_id is not None
        ],
        now=now,
    )


def put_off(
    message: Message,
    *,
    cause: str,
    details: str,
    due_at: datetime,
    counts: bool = True,
) -> None:
    """
    Send it later, for nothing of it was accepted.

    :param counts: whether this was an attempt; it was not if only the moment was wrong
    :raises ClaimLost: if somebody else has it now
    """
    write(
        message,
        State.CLAIMED,
        State.HANDING_OVER,
        state=State.QUEUED,
        due_at=due_at,
        attempts=F("attempts") - (0 if counts else 1),
        lease_until=None,
        cause=cause,
        details=details,
    )


def end(
    message: Message, state: str, *, cause: str, details: str, now: datetime
) -> None:
    """
    End a message of which nothing was accepted; its unit goes back to the ask budget.

    :raises ClaimLost: if somebody else has it now
    """
    with transaction.atomic():
        write(
            message,
            State.CLAIMED,
            State.HANDING_OVER,
            state=state,
            finished_at=now,
            lease_until=None,
            cause=cause,
            details=details,
        )
        refund(message, now=now)


def refund(message: Message, *, now: datetime) -> None:
    """Give the unit of a message back to the budget, if it took one."""
    if message.ask_id is not None:
        budget.refund(
            contact_ids=[message.contact_id], ask_ids=[message.ask_id], now=now
        )


def lose(message: Message, *, details: str, now: datetime) -> None:
    """
    Note that nobody knows what became of a message; its unit stays taken.

    :raises ClaimLost: if somebody else has it now
    """
    write(
        message,
        State.HANDING_OVER,
        state=State.UNKNOWN,
        finished_at=now,
        lease_until=None,
        cause=Cause.OUTCOME_UNKNOWN,
        details=details,
    )


@transaction.atomic
def recover_deserted(*, now: datetime, size: int = 200) -> int:
    """
    Settle messages whose sender has gone silent.

    What was only claimed goes back to the queue, the third time it fails; what was being
    handed over is unknown. A webhook goes back in either case: who takes it knows by its name
    that he has had it.

    :returns: how many were settled
    """
    found = list(
        Message.objects.filter(deserted(now))
        .select_for_update(skip_locked=True)
        .order_by("lease_until", "pk")[:size]
    )
    for message in found:
        if message.state == State.HANDING_OVER and message.channel != WEBHOOK:
            lose(message, details=LABELS[Cause.SENDER_DIED], now=now)
        elif message.recoveries + 1 >= MOST_RECOVERIES:
            end(message, State.FAILED, cause=Cause.SENDER_DIED, details="", now=now)
        else:
            write(
                message,
                State.CLAIMED,
                State.HANDING_OVER,
                state=State.QUEUED,
                due_at=now,
                lease_until=None,
                recoveries=message.recoveries + 1,
            )
    return len(found)
