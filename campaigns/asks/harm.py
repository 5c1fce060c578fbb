"""
What an ask may have done harm to, written down at the ask.

A complaint is of one mail, so it belongs to its ask. Whoever unsubscribes within seven days of
the delivery of an ask does so because of the latest one, as far as anybody can know; and what he
says in a survey within thirty days is about us after that ask. Of several answers the least
happy one counts, in whatever order they come.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import Least

from campaigns.models import Ask, Message, MessageFact
from contacts.consents import UNSUBSCRIBED
from contacts.events import Taken

Kind = MessageFact.Kind
OPENINGS = (
    Kind.OPENED,
    Kind.OPENED_BY_MACHINE,
    Kind.CLICKED,
    Kind.CLICKED_BY_MACHINE,
)
MARKED = dict.fromkeys(OPENINGS, "opened_at") | {Kind.COMPLAINED: "complained_at"}

# How long after its delivery an ask answers for what the person does.
UNSUBSCRIBE_WINDOW = timedelta(days=7)
SURVEY_WINDOW = timedelta(days=30)
# The answers of surveys: the property with the number, and the highest that is an unhappy one.
SURVEYS = {
    "survey_answered": ("nps", 6),
    "nps_answered": ("score", 6),
    "csat_answered": ("score", 2),
}
WATCHED = {UNSUBSCRIBED, *SURVEYS}

# The latest ask delivered before each fact and not longer ago than the window.
# Leans on the primary key of events and on asks_of_contact.
ANSWERS_FOR = """
SELECT ask.contact_id, ask.id, fact.occurred_at, fact.name, fact.properties
FROM unnest(%(contacts)s::bigint[], %(events)s::bigint[]) AS taken (contact_id, event_id)
JOIN contacts_event AS fact
    ON fact.contact_id = taken.contact_id AND fact.id = taken.event_id
CROSS JOIN LATERAL (
    SELECT latest.contact_id, latest.id
    FROM campaigns_ask AS latest
    WHERE latest.contact_id = fact.contact_id AND latest.refunded_at IS NULL
        AND latest.delivered_at <= fact.occurred_at
        AND latest.delivered_at > fact.occurred_at - make_interval(secs => %(window)s)
    ORDER BY latest.delivered_at DESC, latest.id DESC
    LIMIT 1
) AS ask
"""
UNSUBSCRIBE = f"""
UPDATE campaigns_ask AS ask
SET unsubscribed_at = LEAST(ask.unsubscribed_at, told.at)
FROM (
    SELECT contact_id, id, min(occurred_at) AS at FROM ({ANSWERS_FOR}) AS found
    GROUP BY contact_id, id
) AS told
WHERE ask.contact_id = told.contact_id AND ask.id = told.id
"""  # noqa: S608 - constants
SATISFY = f"""
UPDATE campaigns_ask AS ask
SET is_content = COALESCE(ask.is_content, TRUE) AND told.is_content
FROM (
    SELECT found.contact_id, found.id, bool_and(
        (found.properties ->> survey.property)::numeric > survey.unhappy
    ) AS is_content
    FROM ({ANSWERS_FOR}) AS found
    JOIN unnest(%(surveys)s::text[], %(properties)s::text[], %(unhappy)s::int[])
        AS survey (name, property, unhappy) ON survey.name = found.name
    WHERE jsonb_typeof(found.properties -> survey.property) = 'number'
    GROUP BY found.contact_id, found.id
) AS told
WHERE ask.contact_id = told.contact_id AND ask.id = told.id
"""  # noqa: S608 - constants


def credit_harm(facts: Iterable[Taken]) -> None:
    """Note at asks that people unsubscribed, and what they said in surveys."""
    taken = list(facts)
    unsubscribed = [fact for fact in taken if fact.name == UNSUBSCRIBED]
    _run(UNSUBSCRIBE, unsubscribed, UNSUBSCRIBE_WINDOW)
    _run(SATISFY, [fact for fact in taken if fact.name in SURVEYS], SURVEY_WINDOW)


def mark_reaction(*, message: Message, kind: str, at: datetime) -> None:
    """Note at the ask that its mail was opened by anybody, or marked as spam."""
    field = MARKED.get(Kind(kind))
    if field is None or message.ask_id is None:
        return
    own = Ask.objects.filter(contact_id=message.contact_id, pk=message.ask_id)
    later = own.filter(Q(**{field: None}) | Q(**{f"{field}__gt": at}))
    later.update(**{field: Least(field, Value(at))})


def _run(statement: str, facts: list[Taken], window: timedelta) -> None:
    """Write what some facts say."""
    if not facts:
        return
    values: dict[str, Any] = {
        "contacts": [fact.contact_id for fact in facts],
        "events": [fact.event_id for fact in facts],
        "window": window.total_seconds(),
        "surveys": list(SURVEYS),
        "properties": [name for name, _ in SURVEYS.values()],
        "unhappy": [limit for _, limit in SURVEYS.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
