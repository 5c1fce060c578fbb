"""Some room."""

from typing import Any

from campaigns.emails.blocks.kinds import BlockKind, Field, Input
from campaigns.emails.words import Words

HEIGHTS = {"small": "12px", "medium": "24px", "large": "48px"}


def mjml(block: dict[str, Any], _words: Words) -> str:
    """Write the room."""
    height = HEIGHTS.get(block.get("size", ""), HEIGHTS["medium"])
    return f'<mj-spacer height="{height}" />'


SPACER = BlockKind(
    kind="spacer",
    label="Space",
    icon="height",
    help="Some room between two parts.",
    fields=(
        Field(
            "size",
            "Height",
            Input.CHOICE,
            default="medium",
            choices=(("small", "Small"), ("medium", "Medium"), ("large", "Large")),
        ),
    ),
    mjml=mjml,
)
