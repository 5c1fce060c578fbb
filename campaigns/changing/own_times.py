"""
When people go on whose waiting depends on their own clock or on a day of their own.

The arithmetic is that of the steps, done once for everybody who came at the same moment, lives
in the same zone and has the same day.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from campaigns.flows.definition import Document, Step, find_step
from campaigns.steps.delay import calendar_due, day_due
from campaigns.steps.waits import paused_since
from campaigns.steps.window import opening_for
from campaigns.steps.zones import EXACT

Pauses = Sequence[tuple[datetime, timedelta]]

# Selects the moments, zones and days that those of some actions have. Leans on the indexes of
# {standing}, and on the primary key of contacts.
GROUPS = """
WITH action AS (
    SELECT * FROM unnest(
        %(numbers)s::int[], %(versions)s::bigint[], %(places)s::text[], %(opens)s::boolean[],
        %(attributes)s::text[], %(by_since)s::boolean[], %(own)s::boolean[]
    ) AS action (number, version_id, place, is_open, attribute, is_by_since, is_own)
    WHERE is_own
)
SELECT DISTINCT action.number, CASE WHEN action.is_by_since THEN standing.since END,
    contact.time_zone, COALESCE(contact.attributes ->> action.attribute, '')
FROM ({standing}) AS standing
JOIN action ON action.version_id = standing.version_id
    AND action.place = standing.place AND action.is_open = standing.is_open
JOIN contacts_contact AS contact ON contact.id = standing.contact_id
"""


def is_own(step: Step | None) -> bool:
    """Whether until when one stays at a step depends on who it is."""
    if step is None:
        return False
    if step["kind"] == "window":
        return True
    return step["kind"] == "delay" and bool(step["until"] or step["unit"] not in EXACT)


def timing_of(document: Document, key: str) -> dict[str, Any] | None:
    """Give what of a step says for how long one stays; None if it lets nobody wait."""
    step = find_step(document, key)
    names = TIMINGS.get(step["kind"]) if step else None
    if step is None or names is None:
        return None
    if step.get("until") and step["kind"] == "delay":
        return {"until": step["until"], "at": step["at"]}
    found = {name: step[name] for name in names}
    return found if found.get("unit") == "calendar_days" else found | {"at": ""}


TIMINGS = {
    "delay": ("amount", "unit", "at"),
    "wait_until": ("amount", "unit"),
    "wait_answer": ("amount", "unit"),
    "window": ("days", "from", "until"),
}


def shapes_of(document: Document, keys: Sequence[str]) -> dict[str, list[Any]]:
    """Say of steps what the statements ask for of an own time."""
    steps = [find_step(document, key) for key in keys]
    return {
        "own": [is_own(step) for step in steps],
        "by_since": [is_own(one) and not _until(one) for one in steps],
        "windows": [step is not None and step["kind"] == "window" for step in steps],
        "attributes": [_until(step).get("attribute", "") for step in steps],
    }


def own_dues(
    document: Document,
    keys: Sequence[str],
    values: Mapping[str, Any],
    *,
    standing: str,
    pauses: Pauses,
) -> dict[str, list[Any]]:
    """
    Work out when people of actions go on, for each moment, zone and day that they have.

    ``keys`` names the step of each action; ``standing`` selects the people. One query, if any
    of the steps is of that sort.
    """
    rows: list[tuple[int, datetime | None, str, str]] = []
    if any(values["own"]):
        with connection.cursor() as cursor:
            cursor.execute(GROUPS.format(standing=standing), values)
            rows = cursor.fetchall()
    steps = [find_step(document, key) for key in keys]
    fallback = document["settings"]["time_zone"]
    dues = [
        _due(steps[number], since, zone, said, values["at"], fallback, pauses)
        for number, since, zone, said in rows
    ]
    return {
        "own_numbers": [row[0] for row in rows],
        "own_sinces": [row[1] for row in rows],
        "own_zones": [row[2] for row in rows],
        "own_said": [row[3] for row in rows],
        "own_dues": dues,
    }


def _due(
    step: Step | None,
    since: datetime | None,
    zone: str,
    said: str,
    at: datetime,
    fallback: str,
    pauses: Pauses,
) -> datetime:
    """Work out when those go on who came at a moment, live in a zone and have a day."""
    assert step is not None  # noqa: S101 - only steps that are there have own times
    if step["kind"] == "window":
        return opening_for(step, at, zone, fallback) or at
    if since is None:
        return day_due(step, zone, said, fallback) or at
    return calendar_due(step, since + paused_since(since, pauses), zone, fallback)


def _until(step: Step | None) -> dict[str, Any]:
    """Give the day of the contact's own that a delay waits for, and for a window nothing."""
    if step is None or step["kind"] != "delay":
        return {}
    until: dict[str, Any] = step["until"] or {}
    return until
