"""Paragraphs and lists."""

from typing import Any

from campaigns.emails.blocks.kinds import ALIGNMENTS, BlockKind, Field, Input, align
from campaigns.emails.markup import to_html
from campaigns.emails.words import Words


def mjml(block: dict[str, Any], _words: Words) -> str:
    """Write the marked-up text."""
    return f'<mj-text padding-bottom="0"{align(block)}>{to_html(block.get("text", ""))}</mj-text>'


TEXT = BlockKind(
    kind="text",
    label="Text",
    icon="notes",
    help="Paragraphs and lists. **bold**, *italic*, [link](https://…), lines with - for a list.",
    fields=(
        Field("text", "Text", Input.RICH, required=True),
        Field("align", "Alignment", Input.CHOICE, default="start", choices=ALIGNMENTS),
    ),
    mjml=mjml,
)
