"""
What an import of past events will do to people, said by the apps that know.

An app above registers a callable in ``AppConfig.ready``; the check of the file calls it, and
the confirmation page shows what it said. It reads and writes nothing.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from contacts.models import HistoryRun

# Counts whom the new rows are about: known people, and pairs of ids that nobody has yet.
COUNT_PEOPLE = """
SELECT
    count(DISTINCT contact_id),
    count(DISTINCT (user_id, anonymous_id, CASE
        WHEN user_id = '' AND anonymous_id = '' THEN email ELSE '' END
    )) FILTER (WHERE contact_id IS NULL)
FROM contacts_historyrow
WHERE history_run_id = %s AND state = 'new'
"""


@dataclass(frozen=True)
class Prediction:
    """A sentence for the marketer, and where to look; ``if_fires`` holds only if it fires."""

    text: str
    link: str = ""
    if_fires: bool = False


Source = Callable[[HistoryRun, datetime], list[Prediction]]
SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Let an app say what an import of past events will do."""
    SOURCES.append(source)


def forecast(run: HistoryRun, *, now: datetime) -> dict[str, Any]:
    """Collect how many people the new events are about, and what all apps say."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_PEOPLE, [run.pk])
        known, new = cursor.fetchone()
    return {
        "known_people": known,
        "new_people": new,
        "predictions": [
            asdict(prediction) for source in SOURCES for prediction in source(run, now)
        ],
    }
