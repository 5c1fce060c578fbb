"""
What a campaign names of what lies outside it: audiences, lists, traits, campaigns, users,
connections.

Inside one installation each is named by its number. ``exchange_references`` puts something
else in its place, such as a name that another installation understands, or the number that
the thing of this name has there.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.findings import named

AUDIENCE, LIST, TRAIT, CAMPAIGN, USER, CONNECTION = KINDS = (
    "audience",
    "list",
    "trait",
    "campaign",
    "user",
    "connection",
)
# Kind, what names it, and where that stands, in words: "“Check”".
Convert = Callable[[str, Any, str], Any]
Part = dict[str, Any]
TRIGGER, ENTRY, GOAL, EXIT = "the trigger", "who enters", "the goal", "the exit"


def exchange_references(document: Document, convert: Convert) -> Document:
    """Copy a document with each reference exchanged, in the order of reading."""
    result = deepcopy(document)
    trigger = result["trigger"]
    _exchange(trigger, AUDIENCE, AUDIENCE, convert, TRIGGER)
    _exchange(trigger["answer"], CAMPAIGN, CAMPAIGN, convert, TRIGGER)
    exchange_in_condition(trigger["condition"], convert, ENTRY)
    for step in walk_steps(result["steps"]):
        _exchange_in_step(step, convert)
    exchange_in_condition(result["goal"]["condition"], convert, GOAL)
    for tracked in result["goals"]:
        place = f"the goal “{tracked['name']}”"
        exchange_in_condition(tracked["condition"], convert, place)
    exchange_in_condition(result["exit"]["condition"], convert, EXIT)
    return result


def _exchange_in_step(step: Step, convert: Convert) -> None:
    """Exchange what a step itself names, in place."""
    place = named(step)
    if step["kind"] == "list":
        _exchange(step, LIST, LIST, convert, place)
    for one in (step, step.get("passed_on")):
        _exchange(one, CONNECTION, CONNECTION, convert, place)
    for one in (step, *step.get("branches", ())):
        exchange_in_condition(one.get("condition"), convert, place)
    for holder in (step, step.get("task")):
        if isinstance(holder, dict) and isinstance(holder.get("owner"), dict):
            _exchange(holder["owner"], "user", USER, convert, place)


def exchange_in_condition(condition: Any, convert: Convert, place: str) -> Any:
    """
    Exchange what the leaves of a condition name, in place, and give it back.

    What is none is given back as it is.
    """
    if not isinstance(condition, dict):
        return condition
    kind = condition.get("kind")
    if kind in ("not", "account"):
        exchange_in_condition(condition.get("condition"), convert, place)
    elif kind in ("all", "any"):
        children = condition.get("conditions")
        for child in children if isinstance(children, list) else ():
            exchange_in_condition(child, convert, place)
    elif kind == "rank":
        _exchange(condition.get("of"), TRAIT, TRAIT, convert, place)
    elif kind in ("list", "trait"):
        _exchange(condition, kind, kind, convert, place)
    elif kind in ("audience", "entered"):
        _exchange(condition, AUDIENCE, AUDIENCE, convert, place)
    return condition


def exchange_in_trait(definition: Any, convert: Convert, place: str) -> Any:
    """Exchange the traits of which a trait is put together, in place, and give it back."""
    if isinstance(definition, dict) and definition.get("kind") == "formula":
        for side in ("left", "right"):
            _exchange(definition, side, TRAIT, convert, place)
    return definition


def _exchange(holder: Any, key: str, kind: str, convert: Convert, place: str) -> None:
    """Exchange one reference; what is not chosen yet names nothing."""
    if isinstance(holder, dict) and holder.get(key) not in (None, ""):
        holder[key] = convert(kind, holder[key], place)
