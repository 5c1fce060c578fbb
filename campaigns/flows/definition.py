"""
The document of a campaign, as it is drafted, published and run.

::

    {
      "trigger": {…},                         see campaigns.flows.triggers
      "steps": [step, …],
      "goal": {"condition": {…} | null, "window_days": 30, "touch": "delivered"},
      "goals": [goal, …],                     tracked ones, see campaigns.flows.goals
      "exit": {"condition": {…} | null},
      "settings": {
        "locale": "en",                       fallback for people without a variant
        "time_zone": "UTC",                   for people without one
        "quiet_from": "20:00", "quiet_until": "08:00",
        "snooze_days": 75,
        "from_name": "", "reply_to": "",
        "tagging": {"hosts": ["shop.example.com"], "source": "", "medium": "email",
                    "campaign": ""}       marks on links to these hosts: campaigns.emails.tagging
      },
      "guardrails": {"off": [code, …]}        what the campaign does without, of those that may be off
    }

A step has ``key`` (stable through versions), ``kind`` and ``name``, and by kind:

- ``delay``: ``amount`` (whole number), ``unit`` minutes | hours | days | calendar_days,
  ``at`` "09:00" | "" (for calendar days: the wall time of the contact's zone), ``until`` null |
  {"attribute": name, "offset_days": n}: instead of an amount, a day of the contact's own
- ``branch``: ``condition`` (a condition document | null), ``yes``: [step, …], ``no``: [step, …]
- ``split``: ``branches`` [{"key", "name", "condition", "steps"}, …], ``otherwise``: [step, …];
  the first branch whose condition holds is taken
- ``cohort``: ``arms`` [{"key", "name", "weight", "steps"}, …]; a share of people by chance, and
  the same person always the same arm
- ``window``: ``days`` [1, …, 7] (Monday is 1), ``from`` "09:00", ``until`` "17:00": goes on
  when it is such a time where the contact lives; an end before the beginning is on the next day
- ``wait_until``: ``condition``, ``since`` here | ever (events count from the arrival here on, or
  whenever they happened), ``amount`` and ``unit`` minutes | hours | days for the longest,
  ``met``: [step, …], ``timeout``: [step, …]
- ``wait_answer``: ``amount`` and ``unit`` as above, ``yes``, ``not_now``, ``none``: [step, …];
  waits for the answer to the last ask of this pass; who was not asked goes to ``none`` at once
- ``attribute``: ``attribute`` (its name), ``type`` text | number | flag | today | nothing, and
  ``value`` for the first three; nothing takes it away
- ``list``: ``list`` (its id | null), ``action`` add | remove
- ``task``: ``title`` and ``text`` with Liquid, ``owner`` and ``due_days``, see
  ``campaigns.handwork.make``; ``wait`` null | {"amount", "unit" minutes | hours | days}: goes on
  at once, or when the task is done or dismissed, or after so long
- ``webhook``: posts a document to another system, see ``campaigns.flows.passing_on``
- ``continue_at``: ``target`` (the key of a step further on in the order of reading)
- ``exit``: leaves the campaign
- ``note``: ``text``, for whoever reads the flow; does nothing
- ``email``: a message; ``ask`` (true for a request, which takes from the ask budget), ``service``
  (true for news of the person's own, see ``campaigns.flows.service``), ``if_held``
  wait | skip | exit, ``content``: see ``campaigns.emails``; an ask has more ways to the person, and
  what is no ask may go as a short text instead: ``by_email``, ``in_app``, ``passed_on``, ``task``, ``sender``, see ``campaigns.flows.ladder``; ``freshness_hours`` (null for no limit)
  and from when on they count, ``fresh_from``: "moment", what let the person in, or "step", when
  the step first wanted to ask

All sides of a step re-join after it. A goal or exit condition of null never holds. What all of it
does to a person, exactly: ``MEANING.md``.

The document grows. One that was written earlier lacks what came later: ``fill_in`` adds it
with a value under which everything works as it did, and ``campaigns.models.DocumentField``
fills in whatever is read from the database.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from campaigns.flows.blanks import BLANK_GOAL, BLANKS, FIXED_SIDES, KEYED_SIDES
from campaigns.flows.triggers import fill_trigger

# No link is marked: campaigns.emails.tagging.
NO_TAGGING: dict[str, Any] = {
    "hosts": [],
    "source": "",
    "medium": "email",
    "campaign": "",
}

Document = dict[str, Any]
Step = dict[str, Any]


def walk_steps(steps: list[Step]) -> Iterator[Step]:
    """Yield each step, depth first, in the order of reading."""
    for step in steps:
        yield step
        for side in sides_of(step).values():
            yield from walk_steps(side)


def sides_of(step: Step) -> dict[str, list[Step]]:
    """Map the names of a step's sides to their steps, in the order of reading."""
    keyed = KEYED_SIDES.get(step["kind"])
    sides = {side["key"]: side["steps"] for side in step[keyed]} if keyed else {}
    return sides | {name: step[name] for name in FIXED_SIDES.get(step["kind"], ())}


def side_titles(step: Step) -> dict[str, str]:
    """Map the names of a step's sides to their titles."""
    keyed = KEYED_SIDES.get(step["kind"])
    titles = {side["key"]: side["name"] for side in step[keyed]} if keyed else {}
    return titles | FIXED_SIDES.get(step["kind"], {})


def find_step(document: Document, key: str) -> Step | None:
    """Find a step by its key."""
    return next(
        (step for step in walk_steps(document["steps"]) if step["key"] == key), None
    )


def following(steps: list[Step], after: str = "") -> dict[str, str]:
    """
    Map each step's key to the key of the step that comes after it in reading order of its side.

    The last step of a side leads to what follows the step that it is a side of; "" is the end
    of the flow.
    """
    result: dict[str, str] = {}
    for index, step in enumerate(steps):
        is_last = index + 1 == len(steps)
        result[step["key"]] = after if is_last else steps[index + 1]["key"]
        for side in sides_of(step).values():
            result |= following(side, result[step["key"]])
    return result


def first_key(steps: list[Step], otherwise: str = "") -> str:
    """Name the step at which a list of steps begins."""
    return steps[0]["key"] if steps else otherwise


def empty_document() -> Document:
    """Make the document of a new campaign."""
    return {
        "trigger": fill_trigger({}),
        "steps": [],
        "goal": {"condition": None, "window_days": 30, "touch": "delivered"},
        "goals": [],
        "exit": {"condition": None},
        "settings": {
            "locale": "en",
            "time_zone": "UTC",
            "quiet_from": "20:00",
            "quiet_until": "08:00",
            "snooze_days": 75,
            "from_name": "",
            "reply_to": "",
            "tagging": deepcopy(NO_TAGGING),
        },
        "guardrails": {"off": []},
    }


def fill_in(document: Document) -> Document:
    """
    Add what a document lacks, in place: what is there is never touched; again changes nothing.

    :returns: the document
    """
    _add_missing(document, empty_document())
    for step in walk_steps(document["steps"]):
        _add_missing(step, BLANKS.get(step["kind"], {}))
    for goal in document["goals"]:
        _add_missing(goal, BLANK_GOAL)
    return document


def _add_missing(given: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Add the keys that are missing, also inside."""
    for key, default in defaults.items():
        if key not in given:
            given[key] = deepcopy(default)
        elif isinstance(default, dict) and isinstance(given[key], dict):
            _add_missing(given[key], default)
