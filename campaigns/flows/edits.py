"""
Edits of a flow: each takes a document and returns a new one.

A *place* is a slot between steps as the page shows it: ``step.side.index``, such as
``k3f9.yes.0`` for the first place on the yes side of a branch, or ``.main.2`` for the third on
the trunk.
"""

import secrets
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from campaigns.flows.blanks import BLANKS, FIXED_SIDES, KEYED_SIDES, NEW_SIDE
from campaigns.flows.definition import Document, Step, find_step, sides_of, walk_steps

MAIN = "main"
PARTS = ("trigger", "goal", "exit", "settings")
MOST_STEPS = 100
MOST_SIDES = 8


class FlowError(ValueError):
    """An edit does not fit the flow as it is; the message is for the marketer."""


@dataclass(frozen=True)
class Place:
    """A slot between steps: on the trunk, or on a side of the step ``branch``."""

    branch: str = ""
    side: str = MAIN
    index: int = 0

    def __str__(self) -> str:
        return f"{self.branch}.{self.side}.{self.index}"


def parse_place(text: str) -> Place:
    """
    Read a place as it was printed.

    :raises FlowError: if it is not one
    """
    branch, _, rest = text.partition(".")
    side, _, index = rest.partition(".")
    if (side == MAIN) == bool(branch) or not (side and index.isdecimal()):
        raise FlowError("This place in the flow does not exist. Reload the page.")
    return Place(branch, side, int(index))


def new_step(kind: str, *, key: str = "", **values: Any) -> Step:
    """
    Make a step of a kind, with a key that was never used before.

    :raises FlowError: if there is no such kind
    """
    if kind not in BLANKS:
        raise FlowError(f"Step kind must be one of {', '.join(BLANKS)}; got {kind!r}.")
    own = {"key": key or secrets.token_hex(4), "kind": kind}
    return {**own, **deepcopy(BLANKS[kind]), **values}


def name_anew(step: Step, document: Document) -> Step:
    """Number the name of a new step, "Email 2", if the flow has one of that name."""
    taken = {other["name"] for other in walk_steps(document["steps"])}
    name, number = step["name"], 2
    while name in taken:
        name, number = f"{step['name']} {number}", number + 1
    return {**step, "name": name}


def insert_step(document: Document, step: Step, place: Place) -> Document:
    """Put a step at a place."""
    result = deepcopy(document)
    _insert(result, deepcopy(step), place)
    return result


def move_step(document: Document, key: str, place: Place) -> Document:
    """
    Take a step, with all that is in it, to a place of the flow as it is now.

    :raises FlowError: if the place is inside the step itself
    """
    result = deepcopy(document)
    steps, index = _locate(result["steps"], key)
    step = steps[index]
    if any(inner["key"] == place.branch for inner in walk_steps([step])):
        raise FlowError(f"“{step['name']}” can't be moved into itself.")
    target = _slot(result, place)
    at = min(place.index, len(target))
    if target is steps and index < at:
        at -= 1
    steps.pop(index)
    target.insert(at, step)
    return result


def remove_step(document: Document, key: str) -> Document:
    """Take a step out, with all that is in it."""
    result = deepcopy(document)
    steps, index = _locate(result["steps"], key)
    steps.pop(index)
    return result


def duplicate_step(document: Document, key: str) -> Document:
    """Put a copy of a step, with new keys, right behind it."""
    result = deepcopy(document)
    steps, index = _locate(result["steps"], key)
    copy = copy_of(steps[index])
    copy["name"] = f"Copy of {copy['name']}"[:80]
    steps.insert(index + 1, copy)
    _refuse_too_many(result)
    return result


def copy_of(step: Step) -> Step:
    """Copy a step with all that is in it under new keys; what leads inside still does."""
    copy = deepcopy(step)
    inside = list(walk_steps([copy]))
    renamed = {one["key"]: secrets.token_hex(4) for one in inside}
    for one in inside:
        one["key"] = renamed[one["key"]]
        if one["kind"] == "continue_at":
            one["target"] = renamed.get(one["target"], one["target"])
    return copy


def update_step(document: Document, key: str, **values: Any) -> Document:
    """
    Change values of a step; its key, kind and sides stay.

    :raises FlowError: if a value is not one of this kind of step
    """
    result = deepcopy(document)
    step = _require(result, key)
    kind = step["kind"]
    allowed = {"name", *BLANKS[kind]} - {*FIXED_SIDES.get(kind, ())}
    if unknown := sorted(set(values) - allowed):
        raise FlowError(f"A {kind} has no {', '.join(unknown)}.")
    keyed = KEYED_SIDES.get(kind, "")
    step.update(deepcopy(values) | _merged_sides(step, values, keyed))
    return result


def _merged_sides(
    step: Step, values: dict[str, Any], keyed: str
) -> dict[str, list[dict[str, Any]]]:
    """Change the sides that are there; what is in them, and their number, stays."""
    if keyed not in values:
        return {}
    given = {side["key"]: side for side in values[keyed]}
    return {
        keyed: [
            {**side, **given.get(side["key"], {}), "steps": side["steps"]}
            for side in step[keyed]
        ]
    }


def add_side(document: Document, key: str) -> Document:
    """
    Give a split another branch, or a step of cohorts another one, behind the others.

    :raises FlowError: if it has as many as it may
    """
    result = deepcopy(document)
    sides, kind = _sides_to_change(result, key)
    if len(sides) >= MOST_SIDES:
        raise FlowError(f"A step has at most {MOST_SIDES} sides. Use a second one.")
    sides.append(
        {
            "key": secrets.token_hex(4),
            "name": _free_name(sides, "Branch" if kind == "split" else "Cohort"),
            **deepcopy(NEW_SIDE[kind]),
            "steps": [],
        }
    )
    return result


def remove_side(document: Document, key: str, side: str) -> Document:
    """
    Take a side out, with all that is in it.

    :raises FlowError: if it is the last one
    """
    result = deepcopy(document)
    sides, _ = _sides_to_change(result, key)
    index = _side_index(sides, side)
    if len(sides) == 1:
        raise FlowError("This is the last one. Delete the step instead.")
    sides.pop(index)
    return result


def move_side(document: Document, key: str, side: str, distance: int) -> Document:
    """Move a side before or behind its neighbor; at the end of the row it stays."""
    result = deepcopy(document)
    sides, _ = _sides_to_change(result, key)
    index = _side_index(sides, side)
    target = min(max(index + distance, 0), len(sides) - 1)
    sides.insert(target, sides.pop(index))
    return result


def _sides_to_change(document: Document, key: str) -> tuple[list[dict[str, Any]], str]:
    """Find the sides of a step that may have more or fewer of them, and its kind."""
    step = _require(document, key)
    if step["kind"] not in KEYED_SIDES:
        raise FlowError("The sides of this step are fixed.")
    return step[KEYED_SIDES[step["kind"]]], step["kind"]


def _side_index(sides: list[dict[str, Any]], key: str) -> int:
    """Find a side."""
    for index, side in enumerate(sides):
        if side["key"] == key:
            return index
    raise FlowError("This side is no longer in the flow. Reload the page.")


def _free_name(sides: list[dict[str, Any]], word: str) -> str:
    """Name a new side after its number."""
    taken = {side["name"] for side in sides}
    number = len(sides) + 1
    while f"{word} {number}" in taken:
        number += 1
    return f"{word} {number}"


def update_part(document: Document, part: str, **values: Any) -> Document:
    """
    Change values of the trigger, the goal, the exit or the settings.

    :raises FlowError: if there is no such part or value
    """
    if part not in PARTS:
        raise FlowError(f"Part must be one of {', '.join(PARTS)}; got {part!r}.")
    result = deepcopy(document)
    if unknown := sorted(set(values) - set(result[part])):
        raise FlowError(f"The {part} of a campaign has no {', '.join(unknown)}.")
    result[part].update(deepcopy(values))
    return result


def _insert(document: Document, step: Step, place: Place) -> None:
    """Put the step into its list of steps."""
    steps = _slot(document, place)
    steps.insert(min(place.index, len(steps)), step)
    _refuse_too_many(document)


def _refuse_too_many(document: Document) -> None:
    """Keep a flow at a size that a person can read."""
    if sum(1 for _ in walk_steps(document["steps"])) > MOST_STEPS:
        raise FlowError(f"A flow has at most {MOST_STEPS} steps. Split the campaign.")


def _slot(document: Document, place: Place) -> list[Step]:
    """Find the list of steps that a place is in."""
    if not place.branch:
        return document["steps"]
    step = _require(document, place.branch)
    sides = sides_of(step)
    if place.side not in sides:
        raise FlowError("This place in the flow does not exist. Reload the page.")
    return sides[place.side]


def _require(document: Document, key: str) -> Step:
    """Find a step, or say that it is gone."""
    step = find_step(document, key)
    if step is None:
        raise FlowError("This step is no longer in the flow. Reload the page.")
    return step


def _locate(steps: list[Step], key: str) -> tuple[list[Step], int]:
    """Find the list that a step is in, and where."""
    for index, step in enumerate(steps):
        if step["key"] == key:
            return steps, index
    for step in steps:
        for side in sides_of(step).values():
            if any(inner["key"] == key for inner in walk_steps(side)):
                return _locate(side, key)
    raise FlowError("This step is no longer in the flow. Reload the page.")
