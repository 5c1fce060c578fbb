"""What the conditions of a campaign mention: lists, audiences, events."""

from collections.abc import Iterator
from typing import Any

from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.triggers import audience_of

Leaf = dict[str, Any]


def leaves(condition: dict[str, Any] | None) -> Iterator[Leaf]:
    """Yield the leaves of a condition document."""
    if not condition:
        return
    if condition["kind"] in ("not", "account"):
        yield from leaves(condition["condition"])
    elif condition["kind"] in ("all", "any"):
        for child in condition["conditions"]:
            yield from leaves(child)
    else:
        yield condition


def conditions_in(document: Document) -> Iterator[dict[str, Any] | None]:
    """Yield the conditions of the entry, the goals, the exit and every step."""
    yield document["trigger"].get("condition")
    yield document["goal"]["condition"]
    yield from (goal["condition"] for goal in document["goals"])
    yield document["exit"]["condition"]
    for step in walk_steps(document["steps"]):
        yield from conditions_of(step).values()


def conditions_of(step: Step) -> dict[str, dict[str, Any] | None]:
    """Map the conditions of a step to what each is for: a side's name, or ""."""
    if step["kind"] == "split":
        return {side["key"]: side["condition"] for side in step["branches"]}
    return {"": step["condition"]} if "condition" in step else {}


def lists_in(document: Document) -> set[int]:
    """Gather the ids of the lists that the conditions mention, and that steps change."""
    changed = {
        step["list"]
        for step in walk_steps(document["steps"])
        if step["kind"] == "list" and step["list"]
    }
    return changed.union(_references(document, "list"))


def audiences_in(document: Document) -> set[int]:
    """Gather the ids of the audiences that the conditions mention, and the trigger's."""
    trigger = audience_of(document)
    return {*_references(document, "audience"), *([trigger] if trigger else [])}


def traits_in(document: Document) -> set[int]:
    """Gather the ids of the traits that the conditions mention."""
    return set(_references(document, "trait"))


def ids_in(condition: dict[str, Any] | None, kind: str) -> Iterator[int]:
    """Yield the ids that leaves name; one that is not chosen yet names nothing."""
    for leaf in leaves(condition):
        holder = leaf.get("of") if leaf["kind"] == "rank" else leaf
        if isinstance(holder, dict) and str(holder.get(kind) or "").isdecimal():
            yield int(holder[kind])


def _references(document: Document, kind: str) -> Iterator[int]:
    """Yield the ids that the conditions of a document name."""
    for condition in conditions_in(document):
        yield from ids_in(condition, kind)
