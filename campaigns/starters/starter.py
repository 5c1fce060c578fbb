"""What a starter is: what it asks for, and the document that it writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.flows.definition import Document

EVENT, PROPERTY, ATTRIBUTE, TEXT, NUMBER, ADDRESS = (
    "event",
    "property",
    "attribute",
    "text",
    "number",
    "address",
)
# What was filled in, by the keys of the blanks.
Filled = Mapping[str, Any]


@dataclass(frozen=True)
class Blank:
    """
    Something to fill in.

    ``wanted`` are names under which the data of a customer may know it, in letters only; a
    property belongs to the event of the blank ``of``.
    """

    key: str
    kind: str
    label: str
    default: Any
    help: str = ""
    wanted: tuple[str, ...] = ()
    of: str = ""
    is_needed: bool = True

    @property
    def comes_from_data(self) -> bool:
        """Whether the data shows if there is such a thing."""
        return self.kind in (EVENT, PROPERTY, ATTRIBUTE)


@dataclass(frozen=True)
class Starter:
    """
    A campaign to start from.

    ``rule`` is for those that begin with an audience: it writes the rule of the one that is
    made if none is chosen, under the name ``audience_name``.
    """

    key: str
    name: str
    about: str
    icon: str
    blanks: tuple[Blank, ...]
    write: Callable[[Filled], Document]
    rule: Callable[[Filled], dict[str, Any]] | None = None
    audience_name: str = ""

    def defaults(self) -> dict[str, Any]:
        """Give what is filled in before anybody has looked."""
        return {blank.key: blank.default for blank in self.blanks}


def event(
    key: str,
    label: str,
    default: str,
    *wanted: str,
    help_text: str = "",
    is_needed: bool = True,
) -> Blank:
    """Ask for the name of an event."""
    return Blank(
        key, EVENT, label, default, help_text, wanted=wanted, is_needed=is_needed
    )


def address(key: str, label: str, help_text: str = "") -> Blank:
    """Ask for the address of a page."""
    return Blank(key, ADDRESS, label, "https://example.com/", help_text)
