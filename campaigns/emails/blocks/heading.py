"""A heading."""

from typing import Any

from campaigns.emails.blocks.kinds import ALIGNMENTS, BlockKind, Field, Input, align
from campaigns.emails.markup import escape
from campaigns.emails.words import Words

SIZES = {"large": ("28px", "1"), "medium": ("21px", "2")}


def mjml(block: dict[str, Any], _words: Words) -> str:
    """Write the heading with its level, for who listens to the mail."""
    size, level = SIZES.get(block.get("size", ""), SIZES["large"])
    text = escape(block.get("text", ""))
    return (
        f'<mj-text font-size="{size}" line-height="1.3" font-weight="700"{align(block)}>'
        f'<h{level} style="margin:0;font:inherit">{text}</h{level}></mj-text>'
    )


HEADING = BlockKind(
    kind="heading",
    label="Heading",
    icon="title",
    help="A short line in large letters.",
    fields=(
        Field("text", "Text", required=True, longest=200),
        Field(
            "size",
            "Size",
            Input.CHOICE,
            default="large",
            choices=(("large", "Large"), ("medium", "Medium")),
        ),
        Field("align", "Alignment", Input.CHOICE, default="start", choices=ALIGNMENTS),
    ),
    mjml=mjml,
)
