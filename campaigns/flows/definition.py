"""
The document of a campaign, as it is drafted, published and run.

::

    {
      "trigger": {"audience": 12 | null, "existing": true, "frequency": "once" | "every_entry"},
      "steps": [step, …],
      "goal": {"condition": {…} | null, "window_days": 30},
      "exit": {"condition": {…} | null},
      "settings": {
        "locale": "en",                       fallback for people without a variant
        "time_zone": "UTC",                   for people without one
        "quiet_from": "20:00", "quiet_until": "08:00",
        "snooze_days": 75,
        "from_name": "", "reply_to": ""
      }
    }

A step has ``key`` (stable through versions), ``kind`` and ``name``, and by kind:

- ``delay``: ``amount`` (whole number), ``unit`` minutes | hours | days | calendar_days,
  ``at`` "09:00" | "" (for calendar days: the wall time of the contact's zone)
- ``branch``: ``condition`` (a condition document | null), ``yes``: [step, …], ``no``: [step, …];
  both sides re-join after it
- ``email``: ``ask`` (true for a request, which takes from the ask budget), ``if_held``
  wait | skip | exit, ``content``: see ``campaigns.emails``

A goal or exit condition of null never holds.
"""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
Step = dict[str, Any]


def walk_steps(steps: list[Step]) -> Iterator[Step]:
    """Yield each step, depth first, in the order of reading."""
    for step in steps:
        yield step
        if step["kind"] == "branch":
            yield from walk_steps(step["yes"])
            yield from walk_steps(step["no"])


def find_step(document: Document, key: str) -> Step | None:
    """Find a step by its key."""
    return next(
        (step for step in walk_steps(document["steps"]) if step["key"] == key), None
    )


def following(steps: list[Step], after: str = "") -> dict[str, str]:
    """
    Map each step's key to the key of the step that comes after it in reading order of its side.

    The last step of a side leads to what follows the branch; "" is the end of the flow.
    """
    result: dict[str, str] = {}
    for index, step in enumerate(steps):
        is_last = index + 1 == len(steps)
        result[step["key"]] = after if is_last else steps[index + 1]["key"]
        if step["kind"] == "branch":
            result |= following(step["yes"], result[step["key"]])
            result |= following(step["no"], result[step["key"]])
    return result


def first_key(steps: list[Step], otherwise: str = "") -> str:
    """Name the step at which a list of steps begins."""
    return steps[0]["key"] if steps else otherwise


def empty_document() -> Document:
    """Make the document of a new campaign."""
    return {
        "trigger": {"audience": None, "existing": False, "frequency": "once"},
        "steps": [],
        "goal": {"condition": None, "window_days": 30},
        "exit": {"condition": None},
        "settings": {
            "locale": "en",
            "time_zone": "UTC",
            "quiet_from": "20:00",
            "quiet_until": "08:00",
            "snooze_days": 75,
            "from_name": "",
            "reply_to": "",
        },
    }
