"""Take the answer of a person: yes, not now, or never."""

from datetime import datetime

from django.db import transaction

from campaigns.asks.rungs import close_rungs, lock_rungs, wake
from campaigns.event_names import ASK_ANSWERED
from campaigns.models import Answer, Ask
from contacts import events
from referrals import preferences

# A yes is never taken back by a later press, and a never only by a yes.
RANK = {"": 0, Answer.NOT_NOW: 1, Answer.NEVER: 2, Answer.YES: 3}


@transaction.atomic
def answer_ask(
    *,
    ask: Ask,
    answer: str,
    now: datetime,
    snooze_days: int | None = None,
    via: str = "",
) -> Ask:
    """
    Write down an answer; the same one again changes nothing.

    A yes after a "not now" wins. What the person wishes from now on is always kept, also
    after a yes: not now snoozes for ``snooze_days``, never ends all asks. What of the ask has
    not been seen yet is withdrawn, and its ladder ends. ``via`` is the channel it came by.

    :raises SnoozeOutOfRange: if the snooze is not from 60 to 90 days
    """
    # Before the ask, as the sender does, so that nobody waits for each other.
    preferences.lock_contact(ask.contact_id)
    lock_rungs(contact_id=ask.contact_id, ask_id=ask.pk)
    locked = (
        Ask.objects.select_for_update(of=("self",))
        .select_related("campaign", "version")
        .get(pk=ask.pk, contact_id=ask.contact_id)
    )
    given = Answer(answer)
    if given == Answer.NOT_NOW:
        usual = locked.version.definition["settings"]["snooze_days"]
        preferences.snooze(
            contact_id=locked.contact_id, days=snooze_days or usual, now=now
        )
    elif given == Answer.NEVER:
        preferences.never(contact_id=locked.contact_id, now=now)
    if RANK[given] > RANK[locked.answer]:
        locked.answer, locked.answered_at, locked.answered_via = given, now, via
        locked.save(update_fields=["answer", "answered_at", "answered_via"])
        _tell(locked, now)
    close_rungs(contact_id=locked.contact_id, ask_id=locked.pk, via=via, now=now)
    wake(locked, now=now)
    return locked


def _tell(ask: Ask, now: datetime) -> None:
    """Let the timeline and the audiences know."""
    events.record(
        events.Fact(
            ask.contact_id,
            ASK_ANSWERED,
            now,
            f"{ask.pk}:{ask.answer}",
            {
                "answer": ask.answer,
                "campaign": ask.campaign.name,
                "campaign_id": ask.campaign_id,
                "program_id": ask.program_id,
                "ask": ask.pk,
                "channel": ask.answered_via,
            },
        ),
        now=now,
    )
