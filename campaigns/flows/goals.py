"""
The goals of a document: the primary one, and those that are tracked.

The primary goal ends a pass at once. A tracked one ends nothing, and can be reached after the
pass is over. What a goal has: ``condition``, ``window_days`` and ``touch``, by which it is
credited: "delivered" (a message had reached the person at most so many days before), "viewed"
(he had seen it), or "any" (no message is needed; the days count from the entry).
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from campaigns.flows.blanks import BLANK_GOAL
from campaigns.flows.findings import Finding

Goal = dict[str, Any]

PRIMARY = "goal"
TOUCHES = ("delivered", "viewed", "any")
MOST_GOALS = 8
LONGEST_WINDOW = 365


def goals_of(document: dict[str, Any]) -> dict[str, Goal]:
    """Map the keys of all goals that have a condition to the goals, the primary one first."""
    goals = {PRIMARY: {**document["goal"], "key": PRIMARY, "name": "Goal"}}
    goals |= {goal["key"]: goal for goal in document["goals"]}
    return {key: goal for key, goal in goals.items() if goal["condition"]}


def add_goal(document: dict[str, Any]) -> dict[str, Any]:
    """
    Add a tracked goal that is blank yet.

    :raises ValueError: if there are as many as there may be
    """
    if len(document["goals"]) >= MOST_GOALS:
        raise ValueError(f"A campaign tracks at most {MOST_GOALS} goals.")
    used = {goal["key"] for goal in document["goals"]}
    numbers = range(1, 10_000)
    key = next(f"goal{number}" for number in numbers if f"goal{number}" not in used)
    return _with_goals(document, [*document["goals"], {**BLANK_GOAL, "key": key}])


def remove_goal(document: dict[str, Any], key: str) -> dict[str, Any]:
    """Track a goal no more."""
    kept = [goal for goal in document["goals"] if goal["key"] != key]
    return _with_goals(document, kept)


def change_goal(document: dict[str, Any], key: str, **values: Any) -> dict[str, Any]:
    """Change values of a tracked goal."""
    return _with_goals(
        document,
        [
            {**goal, **values} if goal["key"] == key else goal
            for goal in document["goals"]
        ],
    )


def check_goals(document: dict[str, Any]) -> Iterator[Finding]:
    """Say what is wrong with the tracked goals, as sentences that say what to do."""
    names = [goal["name"].strip() for goal in document["goals"]]
    if len(names) > MOST_GOALS:
        yield _error(f"A campaign tracks at most {MOST_GOALS} goals. Remove some.")
    for number, goal in enumerate(document["goals"], start=1):
        called = f"“{goal['name']}”" if goal["name"].strip() else f"Goal {number}"
        if not goal["name"].strip():
            yield _error(f"Tracked goal {number} has no name. Give it one.")
        elif names.count(goal["name"].strip()) > 1:
            yield _error(f"Two tracked goals are called {called}. Rename one.")
        if not goal["condition"]:
            yield _error(
                f"{called} is tracked, and nobody can reach it. Say what it is."
            )
        yield from _check_window(goal, called)


def check_primary(goal: Goal) -> Iterator[Finding]:
    """Check what the primary goal counts by."""
    yield from _check_window(goal, "The goal")


def _check_window(goal: Goal, called: str) -> Iterator[Finding]:
    """A report can wait for it, and knows what to credit it to."""
    days = goal["window_days"]
    if type(days) is not int or not 1 <= days <= LONGEST_WINDOW:
        yield _error(
            f"{called} counts for at least 1 and at most {LONGEST_WINDOW} days."
        )
    if goal["touch"] not in TOUCHES:
        yield _error(f"{called}: choose what has to come before it.")


def _error(message: str) -> Finding:
    """Make a finding that blocks."""
    return Finding("error", message, part="goal")


def _with_goals(document: dict[str, Any], goals: list[Goal]) -> dict[str, Any]:
    """Copy a document with other tracked goals."""
    return {**deepcopy(document), "goals": deepcopy(goals)}
