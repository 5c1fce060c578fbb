"""A thin line."""

from typing import Any

from campaigns.emails.blocks.kinds import BlockKind
from campaigns.emails.words import Words


def mjml(_block: dict[str, Any], _words: Words) -> str:
    """Write the line."""
    return '<mj-divider border-color="#e5e7eb" border-width="1px" />'


DIVIDER = BlockKind(
    kind="divider",
    label="Divider",
    icon="horizontal_rule",
    help="A thin line between two parts.",
    fields=(),
    mjml=mjml,
)
