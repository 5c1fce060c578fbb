"""What a file holds once it is understood."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns.flows.definition import Document
from campaigns.flows.references import (
    AUDIENCE,
    CAMPAIGN,
    CONNECTION,
    LIST,
    TRAIT,
    USER,
    exchange_in_condition,
    exchange_in_trait,
    exchange_references,
)

FORMAT = "greenlight-campaign"
VERSION = 1
# The parts of a document, in the order of the file.
PARTS = ("trigger", "steps", "goal", "goals", "exit", "settings", "guardrails")
# Under which title a kind of thing stands among the needs.
TITLES = {
    AUDIENCE: "audiences",
    LIST: "lists",
    TRAIT: "traits",
    CAMPAIGN: "campaigns",
    USER: "users",
    CONNECTION: "connections",
}
# Kind and name.
Thing = tuple[str, str]


@dataclass(frozen=True)
class CampaignFile:
    """
    A campaign, with names where numbers will stand.

    ``definitions`` explains the things that it names, as far as the file does. ``notes`` are
    sentences about what was left out.
    """

    name: str
    program: str
    priority: int
    document: Document
    definitions: Mapping[Thing, dict[str, Any]]
    notes: list[str] = field(default_factory=list)

    def places(self) -> dict[Thing, list[str]]:
        """Map what the campaign itself names to where it does, in the order of reading."""
        found: dict[Thing, list[str]] = {}

        def remember(kind: str, name: Any, place: str) -> Any:
            places = found.setdefault((kind, str(name)), [])
            if place not in places:
                places.append(place)
            return name

        exchange_references(self.document, remember)
        return found


def named_by(thing: Thing, definition: Mapping[str, Any]) -> Iterator[Thing]:
    """Yield the things that the definition of a thing names."""
    found: list[Thing] = []

    def remember(kind: str, name: Any, _place: str) -> Any:
        found.append((kind, str(name)))
        return name

    if thing[0] == AUDIENCE:
        exchange_in_condition(definition.get("rule"), remember, "")
    elif thing[0] == TRAIT:
        exchange_in_trait(definition.get("definition"), remember, "")
    yield from found
