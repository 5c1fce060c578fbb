"""Two texts side by side, one below the other on a phone."""

from typing import Any

from campaigns.emails.blocks.kinds import BlockKind, Field, Input
from campaigns.emails.markup import to_html
from campaigns.emails.words import Words


def mjml(block: dict[str, Any], _words: Words) -> str:
    """Write a section of two columns."""
    columns = "".join(
        f'<mj-column><mj-text padding-bottom="0">{to_html(block.get(side, ""))}</mj-text>'
        "</mj-column>"
        for side in ("start", "end")
    )
    return f'<mj-section padding="0">{columns}</mj-section>'


COLUMNS = BlockKind(
    kind="columns",
    label="Two columns",
    icon="view_column_2",
    help="Two texts side by side; on a phone, one below the other.",
    fields=(
        Field("start", "First column", Input.RICH, required=True),
        Field("end", "Second column", Input.RICH, required=True),
    ),
    mjml=mjml,
    is_section=True,
)
