"""Every kind of block, in the order of the editor's menu."""

from typing import Any

from campaigns.emails.blocks.answers import ANSWERS
from campaigns.emails.blocks.button import BUTTON
from campaigns.emails.blocks.columns import COLUMNS
from campaigns.emails.blocks.divider import DIVIDER
from campaigns.emails.blocks.heading import HEADING
from campaigns.emails.blocks.image import IMAGE
from campaigns.emails.blocks.kinds import BlockKind
from campaigns.emails.blocks.note import NOTE
from campaigns.emails.blocks.spacer import SPACER
from campaigns.emails.blocks.text import TEXT

KINDS: dict[str, BlockKind] = {
    kind.kind: kind
    for kind in (
        HEADING, TEXT, ANSWERS, BUTTON, IMAGE, NOTE, COLUMNS, DIVIDER, SPACER,
    )
}  # fmt: skip


def new_block(kind: str) -> dict[str, Any]:
    """Make a block with the defaults of its kind."""
    return {"kind": kind} | {field.name: field.default for field in KINDS[kind].fields}
