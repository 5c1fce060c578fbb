"""Whether a pass is at its goal, and what a document waits to hear of; plain Python."""

from datetime import timedelta

from tests.campaigns.oracle import steps
from tests.campaigns.oracle.people import holds


def is_goal_reached(one, now):
    """Whether the goal is reached, in time."""
    goal = one.document["goal"]
    if now >= one.enrolled_at + timedelta(days=goal["window_days"]):
        return False
    return holds(goal["condition"], one.person, now, after=one.moment_at)


def reached_since(one, now):
    """Say whether the pass is at its goal, or at its exit, before the mail left."""
    if is_goal_reached(one, now):
        return "exited_goal"
    if holds(one.document["exit"]["condition"], one.person, now):
        return "exited_condition"
    return ""


def mentioned(document):
    """Name the events and audiences that goal, exit and waits of a document speak of."""
    found: set[str] = set()

    def collect(part):
        if isinstance(part, dict):
            if part.get("kind") == "event" and "count" in part:
                found.add(part["name"])
            if part.get("kind") == "audience" and "operator" in part:
                found.add(part["audience"])
            for value in part.values():
                collect(value)
        elif isinstance(part, list):
            for value in part:
                collect(value)

    collect([document["goal"]["condition"], document["exit"]["condition"]])
    for step in steps.all_steps(document):
        if step["kind"] == "wait_until":
            collect(step["condition"])
    return found
