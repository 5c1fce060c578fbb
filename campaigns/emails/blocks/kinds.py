"""What a kind of block is: its fields, its checks and its MJML."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from campaigns.emails.words import Words


class Input(StrEnum):
    """How the editor asks for the value of a field."""

    LINE = "line"
    RICH = "rich"
    URL = "url"
    CHOICE = "choice"
    PICTURE = "picture"


@dataclass(frozen=True)
class Field:
    """One value of a block, always text."""

    name: str
    label: str
    input: Input = Input.LINE
    required: bool = False
    default: str = ""
    help: str = ""
    # (value, label) of a choice.
    choices: tuple[tuple[str, str], ...] = ()
    longest: int = 5_000


def no_further_checks(_block: dict[str, Any]) -> list[str]:
    """Find nothing to say."""
    return []


@dataclass(frozen=True)
class BlockKind:
    """
    A kind of block.

    ``mjml`` returns what stands inside a column, or whole sections if ``is_section``.
    ``check`` returns sentences beyond those about single fields.
    """

    kind: str
    label: str
    icon: str
    help: str
    fields: tuple[Field, ...]
    mjml: Callable[[dict[str, Any], Words], str]
    check: Callable[[dict[str, Any]], list[str]] = no_further_checks
    is_section: bool = False


ALIGNMENTS = (("start", "Start"), ("center", "Center"))


def align(block: dict[str, Any]) -> str:
    """Write the attribute for the chosen alignment; the layout gives the direction."""
    return ' align="center"' if block.get("align") == "center" else ""
