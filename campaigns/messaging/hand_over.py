"""
The instant before a message leaves: the last at which "stop" wins.

Under the lock of the contact, in a commit of its own, with what became of the message before.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from campaigns.channels.base import Letter, Parcel
from campaigns.channels.causes import Cause
from campaigns.guardrails.clock import clock_for
from campaigns.guardrails.look import Look, passes
from campaigns.guardrails.recheck import recheck
from campaigns.messaging import outbox
from campaigns.messaging.outbox import ClaimLost, State
from campaigns.models import Message
from contacts.addresses import address_digest
from contacts.prepared import Values, prepared, prepared_in_turn

# A message that is this late is not sent any more: the moment has passed.
LATEST = timedelta(hours=48)

# Locks the contact, for whoever unsubscribes or changes his mind takes the same lock, and holds
# the campaign against pause and stop.
LOCK = """
SELECT contact.email
FROM contacts_contact AS contact, campaigns_campaign AS campaign
WHERE contact.id = %(contact)s::bigint AND campaign.id = %(campaign)s::bigint
FOR UPDATE OF contact FOR SHARE OF campaign
"""

# Says that a message is being handed over, if it is still its sender's.
HAND_OVER = """
UPDATE campaigns_message AS message
SET state = 'handing_over', handed_over_at = %(now)s, lease_until = %(until)s,
    address = %(address)s, subject = %(subject)s
WHERE message.contact_id = %(contact)s::bigint AND message.id = %(message)s::bigint
  AND message.state = 'claimed'
  AND message.lease_owner = %(owner)s AND message.attempts = %(attempts)s::smallint
"""

# The same, if all that was seen about it still holds. A statement of its own behind LOCK, for
# only so does it see what was committed while the lock was waited for.
HAND_OVER_UNCHANGED = f"""
{HAND_OVER}
  AND EXISTS (
    SELECT
    FROM contacts_contact AS contact
    JOIN campaigns_campaign AS campaign ON campaign.id = %(campaign)s::bigint
    JOIN campaigns_enrollment AS enrollment
        ON enrollment.id = %(enrollment)s::bigint AND enrollment.contact_id = contact.id
    JOIN contacts_consent AS consent
        ON consent.contact_id = contact.id AND consent.channel = %(channel)s
    LEFT JOIN referrals_askpreference AS preference ON preference.contact_id = contact.id
    WHERE contact.id = %(contact)s::bigint
      AND contact.email = %(address)s
      AND contact.time_zone = %(zone)s
      AND campaign.state IN ('running', 'stopping')
      AND enrollment.state = %(enrollment_state)s
      AND enrollment.end_reason = %(end_reason)s
      AND consent.state = %(consent)s
      AND preference.never_since IS NOT DISTINCT FROM %(never_since)s::timestamptz
      AND preference.snoozed_until IS NOT DISTINCT FROM %(snoozed_until)s::timestamptz
  )
  AND NOT EXISTS (
    SELECT FROM contacts_suppression AS suppression WHERE suppression.digest = %(digest)s
  )
"""  # noqa: S608 - names and texts of ours

# And no sign, incident or campaign of higher priority speaks against it by now.
AND_NOT = """
  AND EXISTS (
    SELECT FROM contacts_contact AS contact
    WHERE contact.id = %(contact)s::bigint AND ({unless}) IS NOT TRUE
  )
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that the mail server took, what it said, and when."""

    message: Message
    answer: str
    at: datetime


def hand_over(
    message: Message,
    letter: Letter | Parcel,
    *,
    look: Look | None,
    before: Accepted | None,
    now: datetime,
) -> bool:
    """
    Decide whether a message may leave, and commit that it does.

    With it goes what became of the message ``before``, which is noted in any case.

    :returns: False if it may not, or somebody else has it now
    """
    try:
        return _hand_over(message, letter, look=look, before=before, now=now)
    except Exception:
        note(before)
        raise


@transaction.atomic
def _hand_over(
    message: Message,
    letter: Letter | Parcel,
    *,
    look: Look | None,
    before: Accepted | None,
    now: datetime,
) -> bool:
    """Do it, in one transaction: the lock, the message before, this one."""
    statements: list[tuple[str, Values]] = [(LOCK, _names(message))]
    if before:
        values = outbox.accepted_values(
            before.message, answer=before.answer, now=before.at
        )
        statements.append((outbox.ACCEPT, values))
    is_fresh = not is_late(message, now)
    is_short = look is not None and is_fresh and passes(message, look, now=now)
    if look and is_short:
        values = {**_values(message, letter, now), **_seen(look, message, letter)}
        and_not = AND_NOT.replace("{unless}", look.unless)
        statements.append((HAND_OVER_UNCHANGED + and_not, values))
    cursors = prepared_in_turn(statements)
    if before and cursors[1].fetchone() == (1,):
        outbox.tell_delivered(before.message, now=before.at)
    if is_short and cursors[-1].rowcount:
        return True
    try:
        return may_hand_over(message, letter, now=now)
    except ClaimLost:
        log.info("Message %s was taken over", message.pk)
        return False


def note(accepted: Accepted | None) -> None:
    """Note that a message was accepted, unless somebody else has it now."""
    if accepted is None:
        return
    message = accepted.message
    try:
        outbox.accept(message, answer=accepted.answer, now=accepted.at)
    except ClaimLost:
        log.info("Message %s was taken over", message.pk)


def lock(message: Message) -> str | None:
    """Lock the contact and the campaign until the commit, and read the address."""
    row = prepared(LOCK, _names(message)).fetchone()
    return row[0] if row else None


def may_hand_over(message: Message, letter: Letter | Parcel, *, now: datetime) -> bool:
    """
    Look at everything again, under the lock, and commit what follows, with the reason.

    Who may not get it any more has it canceled, who may not get it now gets it later.

    :raises ClaimLost: if somebody else has the message now
    """
    address = lock(message)
    if is_late(message, now):
        outbox.end(message, State.CANCELED, cause=Cause.STALE, details="", now=now)
        return False
    verdict = recheck(message, now=now)
    if verdict.objections:
        cause = verdict.objections[0].reason
        if verdict.is_timing:
            clock = clock_for(message.version.definition["settings"], now)
            due_at = verdict.look_again_at(message.contact_id, clock)
            outbox.put_off(
                message, cause=cause, details="", due_at=due_at, counts=False
            )
        else:
            outbox.end(message, State.CANCELED, cause=cause, details="", now=now)
        return False
    if isinstance(letter, Letter) and address != letter.to:
        outbox.put_off(message, cause="", details="The address changed", due_at=now)
        return False
    with connection.cursor() as cursor:
        cursor.execute(HAND_OVER, _values(message, letter, now))
        if not cursor.rowcount:
            raise ClaimLost(message)
    return True


def is_late(message: Message, now: datetime) -> bool:
    """Whether the moment for it has passed; what only another system is told has none."""
    return message.channel != outbox.WEBHOOK and now - message.created_at > LATEST


def _names(message: Message) -> dict[str, int]:
    """Name what is locked."""
    return {"contact": message.contact_id, "campaign": message.campaign_id}


def _values(message: Message, letter: Letter | Parcel, now: datetime) -> dict[str, Any]:
    """Name the claim, and what is handed over."""
    return {
        **outbox.fence(message),
        "now": now,
        "until": now + outbox.LEASE,
        "address": letter.to,
        "subject": letter.subject,
    }


def _seen(look: Look, message: Message, letter: Letter | Parcel) -> dict[str, object]:
    """Say what was seen, to be compared with what is there."""
    facts = look.facts
    return {
        "campaign": message.campaign_id,
        "enrollment": message.enrollment_id,
        "enrollment_state": look.enrollment_state,
        "end_reason": look.end_reason,
        "zone": facts.zone,
        "channel": facts.channel,
        "consent": facts.consent,
        "never_since": facts.never_since,
        "snoozed_until": facts.snoozed_until,
        "digest": address_digest(letter.to),
    }
