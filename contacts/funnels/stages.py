"""The stages of a funnel: read from a form, suggested from what has happened."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from contacts.models import Funnel

MOST_STAGES = 8
MOST_EVENTS = 10
LONGEST_NAME = 60
LONGEST_EVENT = 200
MOST_NAMES = 500

# Jumps from name to name in the index event_by_name instead of reading every event.
EVENT_NAMES = """
WITH RECURSIVE seen AS (
    (SELECT name FROM contacts_event ORDER BY name LIMIT 1)
    UNION ALL
    SELECT (
        SELECT event.name FROM contacts_event AS event
        WHERE event.name > seen.name
        ORDER BY event.name
        LIMIT 1
    )
    FROM seen
    WHERE seen.name IS NOT NULL
)
SELECT name FROM seen WHERE name IS NOT NULL LIMIT %s
"""

# Stages that many have, with the names under which they often come.
TEMPLATES: dict[str, tuple[str, Mapping[str, Sequence[str]]]] = {
    "shop": (
        "Shop",
        {
            "Visited": ("Page Viewed", "Session Started", "Link Visited"),
            "Signed up": ("Signed Up", "Account Created", "User Registered"),
            "Ordered": ("Order Completed", "Purchase", "Order Placed"),
            "Reviewed": ("Review Left", "Product Reviewed"),
        },
    ),
    "product": (
        "Product",
        {
            "Visited": ("Page Viewed", "Session Started", "Link Visited"),
            "Signed up": ("Signed Up", "Account Created", "User Registered"),
            "Activated": ("Activated", "Onboarding Completed", "Trial Started"),
            "Ordered": ("Order Completed", "Subscription Started", "Plan Upgraded"),
        },
    ),
    "mood": (
        "From order to praise",
        {
            "Ordered": ("Order Completed", "Purchase", "Order Placed"),
            "Answered the survey": ("Survey Answered", "Nps Answered"),
            "Reviewed": ("Review Left", "Product Reviewed"),
        },
    ),
}


class StagesRefused(ValueError):
    """The stages can't be used; the argument says why, for people."""


@dataclass(frozen=True)
class Stage:
    """A stage, and the events that mean it."""

    name: str
    events: tuple[str, ...]


def stages_of(funnel: Funnel) -> list[Stage]:
    """Read the stages of a funnel as they are kept."""
    return [Stage(row["name"], tuple(row["events"])) for row in funnel.stages]


def documents(stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """Write stages as they are kept."""
    return [{"name": stage.name, "events": list(stage.events)} for stage in stages]


def check_stages(stages: Sequence[Stage]) -> list[Stage]:
    """
    Tidy stages up, and check them; rows without name and events are left out.

    :raises StagesRefused: at the first thing that can't be
    """
    tidy = [
        Stage(
            stage.name.strip(),
            tuple(dict.fromkeys(filter(None, map(str.strip, stage.events)))),
        )
        for stage in stages
    ]
    kept = [stage for stage in tidy if stage.name or stage.events]
    if len(kept) < 2:
        raise StagesRefused("A funnel has at least two stages.")
    if len(kept) > MOST_STAGES:
        raise StagesRefused(f"A funnel has at most {MOST_STAGES} stages.")
    seen: dict[str, str] = {}
    for number, stage in enumerate(kept, start=1):
        if not stage.name:
            raise StagesRefused(f"Name stage {number}.")
        if not stage.events:
            raise StagesRefused(f"Say which event means “{stage.name}”.")
        if len(stage.events) > MOST_EVENTS:
            raise StagesRefused(f"“{stage.name}” has more than {MOST_EVENTS} events.")
        for event in stage.events:
            if event in seen:
                raise StagesRefused(
                    f"“{event}” means both “{seen[event]}” and “{stage.name}”."
                    " An event can mean one stage."
                )
            seen[event] = stage.name
    return kept


def event_names() -> list[str]:
    """List the names of everything that has happened; one query that reads no events."""
    with connection.cursor() as cursor:
        cursor.execute(EVENT_NAMES, [MOST_NAMES])
        return [row[0] for row in cursor.fetchall()]


def from_template(word: str, names: Collection[str]) -> list[Stage]:
    """Fill a template with the events that have happened; unknown stages stay empty."""
    _, stages = TEMPLATES[word]
    known = {plain(name): name for name in names}
    return [
        Stage(
            title,
            tuple(known[plain(each)] for each in wanted if plain(each) in known),
        )
        for title, wanted in stages.items()
    ]


def plain(name: str) -> str:
    """Take away what people write differently: case, and what stands between words."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
