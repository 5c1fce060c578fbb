"""
Let happen again what happened: by the doors that a fact comes through, where they matter.

What people are told to have goes through the journal of attributes; who waits for an event, or for
a change of a person, is told in the way that the doors tell it.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from campaigns.asks.answer import answer_ask
from campaigns.models import Ask, Campaign
from campaigns.rehearsal.beginning import WISHES, take_asks, take_incidents
from campaigns.rehearsal.tables import fetch, run
from contacts.attributes import Assertion, assert_attributes
from contacts.changes import tell_changed
from referrals.event_names import ASK_NEVER, ASK_RESUMED, ASK_SNOOZED
from referrals.models import AskPreference
from referrals.preferences import SNOOZE_DAYS

BETWEEN = "heard_at > %(after)s AND heard_at <= %(now)s"
# People who are there from now on; what they show is told next.
PEOPLE = f"""
INSERT INTO contacts_contact
SELECT contact.* FROM real.contacts_contact AS contact
JOIN coming_person AS coming ON coming.contact_id = contact.id
WHERE {BETWEEN}
RETURNING id
"""
NOTHING_TOLD = """
UPDATE contacts_contact SET first_name = '', last_name = '', locale = '', time_zone = '',
    attributes = '{}', attributes_at = NULL
WHERE id = ANY (%(contacts)s) AND attributes_at IS NOT NULL
"""
CHANGES = f"""
SELECT contact_id, at, order_key, values::text, cause, identifier_id, receipt_id, source_id,
    changed_by_id
FROM coming_change WHERE {BETWEEN}
"""
# Events, each with a reaction for whoever waits for it.
EVENTS = f"""
WITH happened AS (
    INSERT INTO contacts_event (
        id, contact_id, name, key, occurred_at, received_at, properties, source_id,
        identifier_id
    )
    SELECT id, contact_id, name, key, occurred_at,
        CASE WHEN is_historical THEN heard_at ELSE received_at END, properties, source_id,
        identifier_id
    FROM coming_event WHERE {BETWEEN}
    ON CONFLICT DO NOTHING
    RETURNING id, contact_id, name, occurred_at, received_at
), told AS (
    INSERT INTO contacts_reaction
        (contact_id, consumer, event_id, name, occurred_at, created_at)
    SELECT happened.contact_id, watched.consumer, happened.id, happened.name,
        happened.occurred_at, happened.received_at
    FROM happened
    JOIN contacts_watchedevent AS watched
        ON watched.name = happened.name AND NOT watched.tells_history
    ORDER BY happened.received_at, happened.id
    ON CONFLICT DO NOTHING
)
SELECT DISTINCT contact_id FROM happened WHERE name = ANY (%(wishes)s)
"""
CONSENTS = (
    f"""
    INSERT INTO contacts_consentchange (
        id, contact_id, channel, state, changed_at, source, statement, evidence, changed_by_id
    )
    SELECT id, contact_id, channel, state, changed_at, source, statement, evidence,
        changed_by_id
    FROM coming_consent WHERE {BETWEEN}
    ON CONFLICT DO NOTHING
    """,
    f"""
    INSERT INTO contacts_consent (contact_id, channel, state, changed_at)
    SELECT DISTINCT ON (contact_id, channel) contact_id, channel, state, changed_at
    FROM coming_consent WHERE {BETWEEN}
    ORDER BY contact_id, channel, changed_at DESC, id DESC
    ON CONFLICT (contact_id, channel)
    DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at
    """,
    f"""
    INSERT INTO contacts_suppression
    SELECT silence.* FROM real.contacts_suppression AS silence
    JOIN coming_silence AS coming ON coming.id = silence.id
    WHERE {BETWEEN}
    ON CONFLICT DO NOTHING
    """,
    f"""
    INSERT INTO contacts_listmembership
    SELECT listed.* FROM real.contacts_listmembership AS listed
    JOIN coming_listing AS coming ON coming.id = listed.id
    WHERE {BETWEEN}
    ON CONFLICT DO NOTHING
    """,
    f"""
    INSERT INTO referrals_advocate
    SELECT advocate.* FROM real.referrals_advocate AS advocate
    JOIN coming_advocate AS coming ON coming.id = advocate.id
    WHERE {BETWEEN}
    ON CONFLICT DO NOTHING
    """,
)
# Who is another one now, otherwise than by an event or an attribute.
TOLD = f"""
SELECT contact_id FROM coming_consent WHERE {BETWEEN}
UNION SELECT contact_id FROM coming_listing WHERE {BETWEEN}
UNION SELECT contact_id FROM coming_advocate WHERE {BETWEEN}
UNION SELECT contact.id FROM coming_silence AS silence
    JOIN contacts_contact AS contact ON contact.email = silence.address
    WHERE {BETWEEN} AND silence.address <> ''
ORDER BY 1
"""
# Where people stand in the other campaigns now.
PLACES = f"""
INSERT INTO campaigns_enrollment (
    contact_id, id, campaign_id, version_id, entry_key, moment_key, moment_at, enrolled_at,
    step_key, visit, state, due_at, ended_at, end_reason, attempts, error
)
SELECT DISTINCT ON (id) contact_id, id, campaign_id, version_id, entry_key, moment_key,
    moment_at, enrolled_at, step_key, visit, state, due_at, ended_at, end_reason, 0, ''
FROM coming_place WHERE {BETWEEN}
ORDER BY id, heard_at DESC, visit DESC
ON CONFLICT (id) DO UPDATE SET step_key = excluded.step_key, visit = excluded.visit,
    state = excluded.state, due_at = excluded.due_at, ended_at = excluded.ended_at,
    end_reason = excluded.end_reason, began_at = NULL
"""
# Which kinds of facts there are to tell.
HAPPENED = f"""
SELECT
    EXISTS (SELECT FROM coming_person WHERE {BETWEEN})
        OR EXISTS (SELECT FROM coming_change WHERE {BETWEEN}),
    EXISTS (SELECT FROM coming_event WHERE {BETWEEN}),
    EXISTS (SELECT FROM coming_consent WHERE {BETWEEN})
        OR EXISTS (SELECT FROM coming_silence WHERE {BETWEEN})
        OR EXISTS (SELECT FROM coming_listing WHERE {BETWEEN})
        OR EXISTS (SELECT FROM coming_advocate WHERE {BETWEEN}),
    EXISTS (SELECT FROM coming_ask WHERE {BETWEEN}),
    EXISTS (SELECT FROM coming_incident WHERE {BETWEEN}),
    EXISTS (SELECT FROM coming_place WHERE {BETWEEN}),
    EXISTS (SELECT FROM coming_answer WHERE {BETWEEN})
"""
ASKS = f"SELECT DISTINCT contact_id, id FROM coming_ask WHERE {BETWEEN}"
# Who was really asked by the campaign then, and answered: so he answers the draft, too.
ANSWERS = f"""
SELECT contact_id, answer, days FROM coming_answer WHERE {BETWEEN} ORDER BY heard_at, contact_id
"""
WISHED = [ASK_SNOOZED, ASK_NEVER, ASK_RESUMED]


def feed(campaign: Campaign, *, after: datetime, now: datetime) -> None:
    """Let happen what we heard of after a moment and up to now."""
    values: dict[str, Any] = {"after": after, "now": now, "wishes": WISHED}
    [happened] = fetch(HAPPENED, values)
    people, happenings, consents, asks, incidents, places, answers = happened
    if people:
        _bring_people(values, now)
    if happenings:
        _let_happen(values)
    if consents:
        for statement in CONSENTS:
            run(statement, values)
        tell_changed(dict.fromkeys(_ids(fetch(TOLD, values))), now=now)
    if asks:
        take_asks(now, [(row[0], row[1]) for row in fetch(ASKS, values)])
    if incidents:
        take_incidents(now)
    if places:
        run(PLACES, values)
    if answers:
        for contact_id, answer, days in fetch(ANSWERS, values):
            _answer(campaign, contact_id, answer, days, now)


def _let_happen(values: dict[str, Any]) -> None:
    """Let events happen; some say what people wish from now on."""
    wishing = _ids(fetch(EVENTS, values))
    if wishing:
        AskPreference.objects.filter(contact_id__in=wishing).delete()
        run(WISHES, {"contacts": wishing})


def _bring_people(values: dict[str, Any], now: datetime) -> None:
    """Let people come, and tell what there is to tell about them and others."""
    born = _ids(fetch(PEOPLE, values))
    if born:
        run(NOTHING_TOLD, {"contacts": born})
    assertions = [
        Assertion(
            contact_id=row[0],
            at=row[1],
            order_key=row[2],
            values=json.loads(row[3]),
            cause=row[4],
            identifier_id=row[5],
            receipt_id=row[6],
            source_id=row[7],
            changed_by_id=row[8],
        )
        for row in fetch(CHANGES, values)
    ]
    if assertions:
        assert_attributes(assertions, now=now)
    tell_changed(dict.fromkeys(born), now=now, is_remade=True)


def _answer(
    campaign: Campaign, contact_id: int, answer: str, days: Any, now: datetime
) -> None:
    """Let somebody answer the draft's ask as he has answered the real one."""
    asks = Ask.objects.filter(contact_id=contact_id, campaign=campaign, answer="")
    ask = asks.exclude(delivered_at=None).order_by("-asked_at", "-pk").first()
    if ask is None or now - ask.asked_at > timedelta(days=90):
        return
    snooze = int(days) if days is not None and int(days) in SNOOZE_DAYS else None
    answer_ask(ask=ask, answer=answer, now=now, snooze_days=snooze)


def _ids(rows: Iterable[tuple[Any, ...]]) -> list[int]:
    """Read the first column."""
    return [row[0] for row in rows]
