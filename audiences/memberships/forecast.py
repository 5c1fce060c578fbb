"""Which audiences people would enter because of past events that are about to be imported."""

from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse

from audiences import usage
from audiences.conditions.errors import ConditionError
from audiences.conditions.sql import combine, value
from audiences.memberships.watch import mentioned
from audiences.models import Audience, WatchedAudience
from audiences.selection import predicate
from contacts.histories.forecast import Prediction
from contacts.models import HistoryRun

CHUNK = 5_000
# For more people it takes too long to say; then the audiences are named without numbers.
MOST_PEOPLE = 50_000

PEOPLE = """
SELECT DISTINCT contact_id FROM contacts_historyrow
WHERE history_run_id = %s AND state = 'new' AND contact_id IS NOT NULL
ORDER BY contact_id
LIMIT %s
"""

NAMES = """
SELECT DISTINCT name FROM contacts_historyrow
WHERE history_run_id = %s AND state = 'new'
"""

# Counts whom a rule selects who is no member, as if the staged events had happened: the table
# of events is replaced by one with theirs, for these contacts alone; inside of its own
# definition the name still means the table.
ENTERING = """
WITH contacts_event AS MATERIALIZED (
    SELECT event.contact_id, event.name, event.occurred_at, event.properties
    FROM contacts_event AS event
    WHERE event.contact_id = ANY ({}) AND event.name = ANY ({})
    UNION ALL
    SELECT row.contact_id, row.name, row.occurred_at,
        coalesce(row.item -> 'properties', '{{}}')
    FROM contacts_historyrow AS row
    WHERE row.history_run_id = {}
        AND row.state = 'new'
        AND row.contact_id = ANY ({})
        AND row.name = ANY ({})
)
SELECT count(*)
FROM contacts_contact AS contact
WHERE contact.id = ANY ({})
    AND ({})
    AND NOT EXISTS (
        SELECT FROM audiences_membership AS member
        WHERE member.audience_id = {} AND member.contact_id = contact.id
    )
"""


def predict(run: HistoryRun, now: datetime) -> list[Prediction]:
    """
    Say for each audience that mentions an event of the file how many people would enter.

    Exact for people who are known and for rules that name no other audience; one statement
    for each audience and some thousand people.
    """
    with connection.cursor() as cursor:
        cursor.execute(NAMES, [run.pk])
        names = {row[0] for row in cursor.fetchall()}
        cursor.execute(PEOPLE, [run.pk, MOST_PEOPLE + 1])
        people = [row[0] for row in cursor.fetchall()]
    concerned = [
        audience
        for audience in Audience.objects.live().order_by("name", "pk")
        if mentioned(audience.rule) & names
    ]
    uses = usage.uses_of_many([audience.pk for audience in concerned])
    starting = set(
        WatchedAudience.objects.filter(consumer__startswith="campaign:").values_list(
            "audience_id", flat=True
        )
    )
    predictions: list[Prediction] = []
    for audience in concerned:
        link = reverse("admin:audiences_audience_change", args=[audience.pk])
        if len(people) > MOST_PEOPLE:
            text = (
                f"The audience “{audience.name}” looks at these events; how many enter it "
                "shows after the import."
            )
            entering = 1
        else:
            entering = _count_entering(audience, run, people, now)
            text = f"{_people(entering)} would enter the audience “{audience.name}”."
        predictions.append(Prediction(text, link))
        if entering and audience.pk in starting:
            predictions += [
                Prediction(
                    f"The campaign “{use.name}” would begin for those who enter “{audience.name}”.",
                    use.url,
                    if_fires=True,
                )
                for use in uses[audience.pk]
                if use.kind == "Campaign"
            ]
    return predictions


def _count_entering(
    audience: Audience, run: HistoryRun, people: list[int], now: datetime
) -> int:
    """Count who would enter an audience; nobody if its rule can't be read any more."""
    try:
        condition = predicate(audience.rule, as_of=now)
    except ConditionError:
        return 0
    names = value(sorted(mentioned(audience.rule)), "text[]")
    total = 0
    for start in range(0, len(people), CHUNK):
        ids = value(people[start : start + CHUNK], "bigint[]")
        statement = combine(
            ENTERING,
            ids,
            names,
            value(run.pk),
            ids,
            names,
            ids,
            condition,
            value(audience.pk),
        )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            total += cursor.fetchone()[0]
    return total


def _people(count: int) -> str:
    """Say how many people."""
    return "1 person" if count == 1 else f"{count:,} people"
