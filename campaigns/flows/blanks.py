"""What a new step of each kind begins with, and what an older one lacks."""

from typing import Any

from campaigns.flows.ladder import LADDER
from campaigns.flows.passing_on import WEBHOOK

BLANKS: dict[str, dict[str, Any]] = {
    "delay": {
        "name": "Wait 1 day",
        "amount": 1,
        "unit": "days",
        "at": "",
        "until": None,
    },
    "branch": {"name": "Check", "condition": None, "yes": [], "no": []},
    "email": {
        "name": "Email",
        "ask": True,
        "service": False,
        "if_held": "wait",
        "content": {},
        **LADDER,
        "freshness_hours": None,
        "fresh_from": "step",
    },
    "split": {
        "name": "Split",
        "branches": [
            {"key": "a", "name": "First", "condition": None, "steps": []},
            {"key": "b", "name": "Second", "condition": None, "steps": []},
        ],
        "otherwise": [],
    },
    "cohort": {
        "name": "Random cohorts",
        "arms": [
            {"key": "a", "name": "Cohort A", "weight": 50, "steps": []},
            {"key": "b", "name": "Cohort B", "weight": 50, "steps": []},
        ],
    },
    "window": {
        "name": "Office hours",
        "days": [1, 2, 3, 4, 5],
        "from": "09:00",
        "until": "17:00",
    },
    "wait_until": {
        "name": "Wait until",
        "condition": None,
        "since": "here",
        "amount": 7,
        "unit": "days",
        "met": [],
        "timeout": [],
    },
    "wait_answer": {
        "name": "Wait for the answer",
        "amount": 7,
        "unit": "days",
        "yes": [],
        "not_now": [],
        "none": [],
    },
    "attribute": {
        "name": "Set an attribute",
        "attribute": "",
        "type": "text",
        "value": "",
    },
    "list": {"name": "Change a list", "list": None, "action": "add"},
    "task": {
        "name": "Task",
        "title": "",
        "text": "",
        "owner": {"rule": "anyone"},
        "due_days": 2,
        "wait": None,
    },
    "webhook": WEBHOOK,
    "continue_at": {"name": "Continue", "target": ""},
    "exit": {"name": "Exit"},
    "note": {"name": "Note", "text": ""},
}
# What the editor begins with where an older document does without.
BEGINNINGS: dict[str, dict[str, Any]] = {"email": {"freshness_hours": 48}}
# The lists of sides that are named by a key of their own, by kind.
KEYED_SIDES = {"split": "branches", "cohort": "arms"}
# What a new side begins with, beside its name and steps.
NEW_SIDE: dict[str, dict[str, Any]] = {
    "split": {"condition": None},
    "cohort": {"weight": 50},
}
# The sides that every step of a kind has, with their titles, in the order of reading. A split
# has them behind those of its branches.
FIXED_SIDES: dict[str, dict[str, str]] = {
    "branch": {"yes": "True", "no": "False"},
    "split": {"otherwise": "Everyone else"},
    "wait_until": {"met": "It happened", "timeout": "Time ran out"},
    "wait_answer": {"yes": "Yes", "not_now": "Not now", "none": "No answer"},
}

# A goal that is tracked.
BLANK_GOAL: dict[str, Any] = {
    "key": "",
    "name": "",
    "condition": None,
    "window_days": 90,
    "touch": "delivered",
}
