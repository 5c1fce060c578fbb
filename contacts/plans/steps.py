"""The steps of a repair: what they do to the name and the properties of a message."""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contacts.shapes import ELEMENT

CURRENCY = re.compile(r"^(?:[A-Z]{3}|[$€£¥])?\s*|\s*(?:[A-Z]{3}|[$€£¥%])?$")
PLAIN = re.compile(r"[-+]?\d{1,30}(\.\d{1,30})?", re.ASCII)
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3}){1,10}(\.\d{1,30})?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[-+]?\d{1,30},\d{1,2}", re.ASCII)
MISSING: Any = object()
WORDS = {
    "rename_event": "Rename the event to “{to}”",
    "rename": "Rename “{path}” to “{to}”",
    "to_number": "Turn “{path}” into a number",
    "to_text": "Turn “{path}” into text",
    "drop": "Drop “{path}”",
    "set": "Set “{path}” to “{value}”",
}


class StepRefused(ValueError):
    """A step can't be used; the argument says why, for people."""


@dataclass(frozen=True)
class Repaired:
    """A name and properties after a repair, and which steps changed something."""

    name: str
    body: dict[str, Any]
    done: tuple[str, ...]


def sentence(step: Mapping[str, Any]) -> str:
    """Say what a step does."""
    return WORDS[step["do"]].format(
        **{key: step.get(key, "") for key in ("to", "path", "value")}
    )


def check_steps(steps: Sequence[Mapping[str, Any]]) -> None:
    """
    Check steps before they are kept.

    :raises StepRefused: at the first that can't be used
    """
    if not steps:
        raise StepRefused("Say what should be put right.")
    for step in steps:
        if step.get("do") not in WORDS:
            raise StepRefused("Choose what should be done.")
        needs_path = step["do"] != "rename_event"
        if needs_path and not is_path(str(step.get("path", ""))):
            raise StepRefused("Name the property, such as total or address.city.")
        if step["do"] in {"rename", "rename_event"} and not str(step.get("to", "")):
            raise StepRefused("Say what the new name is.")
        if step["do"] == "rename":
            check_rename(step["path"], str(step["to"]))


def check_rename(path: str, target: str) -> None:
    """
    Check both names of a property.

    :raises StepRefused: if one is no name, or one leads into a list and the other doesn't
    """
    if not is_path(target):
        raise StepRefused("The new name is no name of a property.")
    if path.split(".")[-1] == ELEMENT or target.split(".")[-1] == ELEMENT:
        raise StepRefused("The elements of a list have no name.")
    is_moved = path.rpartition(".")[0] != target.rpartition(".")[0]
    if is_moved and ELEMENT in [*path.split("."), *target.split(".")]:
        raise StepRefused(
            "A property can be renamed inside a list, not moved into one."
        )


def is_path(path: str) -> bool:
    """Whether each part of a path has a name."""
    return 0 < len(path) <= 250 and all(path.split("."))


def repair(
    name: str, body: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]
) -> Repaired:
    """Do the steps in their order; a step that finds nothing to do is passed over."""
    changed = copy.deepcopy(dict(body))
    done = []
    for step in steps:
        if step["do"] == "rename_event":
            is_done = name != step["to"]
            name = step["to"]
        else:
            is_done = ACTIONS[step["do"]](changed, step)
        if is_done:
            done.append(sentence(step))
    return Repaired(name, changed, tuple(done))


def places(container: Any, path: str) -> list[tuple[Any, Any]]:
    """List the containers with the key or index under which a path lies; many in lists."""
    *way, last = path.split(".")
    found = [container]
    for name in way:
        found = [below for each in found for below in inside(each, name)]
    if last == ELEMENT:
        return [
            (each, index)
            for each in found
            if isinstance(each, list)
            for index in reversed(range(len(each)))
        ]
    return [(each, last) for each in found if isinstance(each, dict)]


def inside(container: Any, name: str) -> list[Any]:
    """List what lies under a name: one value, or each element."""
    if name == ELEMENT:
        return container if isinstance(container, list) else []
    if isinstance(container, dict) and name in container:
        return [container[name]]
    return []


def value_at(container: Any, key: Any) -> Any:
    """Read a place; MISSING if nothing is there."""
    if isinstance(container, list):
        return container[key]
    return container.get(key, MISSING)


def convert(body: dict[str, Any], path: str, turn: Callable[[Any], Any]) -> bool:
    """Turn each value under a path into another; returns whether one changed."""
    is_changed = False
    for container, key in places(body, path):
        old = value_at(container, key)
        new = MISSING if old is MISSING else turn(old)
        if new is not MISSING and new is not old:
            container[key] = new
            is_changed = True
    return is_changed


def to_number(body: dict[str, Any], step: Mapping[str, Any]) -> bool:
    """Turn texts that can only be numbers into numbers."""
    return convert(body, step["path"], read_number)


def to_text(body: dict[str, Any], step: Mapping[str, Any]) -> bool:
    """Turn numbers and flags into text."""
    return convert(body, step["path"], write_text)


def read_number(value: Any) -> Any:
    """Read "12.50", "1,200", "12,5", "€ 12" or "12 EUR"; anything else stays as it is."""
    if not isinstance(value, str) or len(value) > 60:
        return value
    text = CURRENCY.sub("", value.strip())
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    elif DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not PLAIN.fullmatch(text):
        return value
    return float(text) if "." in text else int(text)


def write_text(value: Any) -> Any:
    """Write a number or a flag as text; anything else stays as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def drop(body: dict[str, Any], step: Mapping[str, Any]) -> bool:
    """Leave a property out."""
    is_changed = False
    for container, key in places(body, step["path"]):
        if value_at(container, key) is not MISSING:
            del container[key]
            is_changed = True
    return is_changed


def put(body: dict[str, Any], step: Mapping[str, Any]) -> bool:
    """Give a property a value, where the objects on the way exist."""
    if "." not in step["path"]:
        is_changed = body.get(step["path"], MISSING) != step.get("value")
        body[step["path"]] = step.get("value")
        return is_changed
    is_changed = False
    for container, key in places(body, step["path"]):
        if value_at(container, key) != step.get("value"):
            container[key] = step.get("value")
            is_changed = True
    return is_changed


def rename(body: dict[str, Any], step: Mapping[str, Any]) -> bool:
    """Give a property another name, where that is still free, or move it."""
    old, new = step["path"], step["to"]
    way, _, last = old.rpartition(".")
    target_way, _, target = new.rpartition(".")
    if way == target_way:
        is_changed = False
        for container, key in places(body, old):
            if key in container and container.get(target) is None:
                container[target] = container.pop(key)
                is_changed = True
        return is_changed
    return move(body, old, new)


def move(body: dict[str, Any], old: str, new: str) -> bool:
    """Move a property into another object, where that is one and has the name free."""
    found = [spot for spot in places(body, old) if value_at(*spot) is not MISSING]
    way, _, target = new.rpartition(".")
    container: Any = body
    for name in filter(None, way.split(".")):
        container = container.get(name, {}) if isinstance(container, dict) else None
    is_free = isinstance(container, dict) and container.get(target) is None
    if not found or not is_free:
        return False
    container = body
    for name in filter(None, way.split(".")):
        container = container.setdefault(name, {})
    source, key = found[0]
    container[target] = source.pop(key)
    return True


ACTIONS: dict[str, Callable[[dict[str, Any], Mapping[str, Any]], bool]] = {
    "to_number": to_number,
    "to_text": to_text,
    "drop": drop,
    "set": put,
    "rename": rename,
}
