"""A note to pass on, set apart from the rest."""

from typing import Any

from campaigns.emails.blocks.kinds import BlockKind, Field, Input
from campaigns.emails.markup import to_html
from campaigns.emails.words import Words


def mjml(block: dict[str, Any], _words: Words) -> str:
    """Write the note in a box."""
    return (
        '<mj-text padding-bottom="20px"><div style="background-color:#f0fdf4;'
        'border-inline-start:4px solid #15803d;border-radius:4px;padding:16px 20px 1px">'
        f"{to_html(block.get('text', ''))}</div></mj-text>"
    )


NOTE = BlockKind(
    kind="note",
    label="Note to forward",
    icon="format_quote",
    help="Words that a person can pass on as they are, with the link in them.",
    fields=(Field("text", "Text", Input.RICH, required=True),),
    mjml=mjml,
)
