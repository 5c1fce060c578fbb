"""A flow as an outline: its steps by name, and what is on their sides, inside them."""

from dataclasses import dataclass
from typing import Any

from audiences.catalog import event_label
from campaigns.admin.step_kinds import look_of
from campaigns.flows.definition import Document, Step, side_titles, sides_of
from campaigns.flows.triggers import ANSWER, AUDIENCE, DATE, EVENT, LEFT
from campaigns.triggers.registry import REGISTRY


@dataclass(frozen=True)
class Row:
    """A step of an outline; sides without steps are left out."""

    name: str
    icon: str
    kind: str
    sides: list[tuple[str, list["Row"]]]
    is_ask: bool = False


def outline(steps: list[Step]) -> list[Row]:
    """Draw the outline of a row of steps."""
    return [
        Row(
            name=step["name"],
            icon=look_of(step)["icon"],
            kind=look_of(step)["title"],
            is_ask=bool(step.get("ask")),
            sides=[
                (side_titles(step)[name], outline(inner))
                for name, inner in sides_of(step).items()
                if inner
            ],
        )
        for step in steps
    ]


def beginning(document: Document) -> str:
    """Say what lets people in, by the names in the document: "Something happens: Signed up"."""
    trigger = document["trigger"]
    label = REGISTRY[trigger["kind"]].label
    named: Any = {
        AUDIENCE: trigger["audience"],
        LEFT: trigger["audience"],
        EVENT: event_label(trigger["event"]["name"]),
        DATE: trigger["date"]["attribute"],
        ANSWER: trigger["answer"]["campaign"],
    }.get(trigger["kind"])
    return f"{label}: {named}" if named else label
